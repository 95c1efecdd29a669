"""What real clients send, one line each: every one of them gets its lead in, and is told what was guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.apps import LEADS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.apps import World

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
CALLER = "+18004506787"
KITTENS = {"interest": "kittens"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A request, and the lead that comes of it.

    Shape: ``TOKEN`` in the query, the body or a header stands for the schedule's lead token; `warnings` are codes.
    """

    query: str = "lead_token=TOKEN"
    body: str | bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = LEADS
    caller: str = CALLER
    tokens: Mapping[str, str] = field(default_factory=lambda: KITTENS)
    warnings: tuple[str, ...] = ()
    lead: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = "created"


def multipart(*parts: bytes) -> bytes:
    """Write a body of these parts, each from its first header on."""
    return b"".join(b"--xx\r\n" + part + b"\r\n" for part in parts) + b"--xx--\r\n"


def text_part(name: str, value: str) -> bytes:
    """Write a part as browsers do."""
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


MULTIPART = "multipart/form-data; boundary=xx"
PHONE = text_part("caller_id", "8004506787")
INTEREST = text_part("interest", "kittens")

ROWS: dict[str, Row] = {
    # --- the query ---------------------------------------------------------------------------------------------
    "a raw plus in the query": Row(query="lead_token=TOKEN&caller_id=+18004506787&interest=kittens"),
    "an encoded plus in the query": Row(query="lead_token=TOKEN&caller_id=%2B18004506787&interest=kittens"),
    "a raw plus of another country": Row(
        query="lead_token=TOKEN&caller_id=+442079460018&interest=kittens",
        caller="+442079460018",
        warnings=("phone_read_as_international",),
    ),
    "white space around every value": Row(
        query="lead_token=%20TOKEN%20&caller_id=%20%20800-450-6787%20&interest=%20kittens%20"
    ),
    "line feeds around every value": Row(
        query="lead_token=TOKEN%0A&caller_id=8004506787%0D%0A&interest=%0Akittens%0D%0A"
    ),
    "a number with brackets and dashes": Row(query="lead_token=TOKEN&caller_id=(800)%20450-6787&interest=kittens"),
    "empty pairs between ampersands": Row(query="&&lead_token=TOKEN&&caller_id=8004506787&interest=kittens&"),
    "a name without a value": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens&flag", warnings=("empty_values_ignored",)
    ),
    "an equals sign in a value": Row(
        query="lead_token=TOKEN&caller_id=8004506787&page=/x?a=b", tokens={"page": "/x?a=b"}
    ),
    "a semicolon in a value": Row(query="lead_token=TOKEN&caller_id=8004506787&x=a;b=c", tokens={"x": "a;b=c"}),
    "emoji in the query": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=%F0%9F%90%B1", tokens={"interest": "\U0001f431"}
    ),
    "raw UTF-8 in the query": Row(query="lead_token=TOKEN&caller_id=8004506787&city=Zürich", tokens={"city": "Zürich"}),
    "a traffic source and a sub id in the query": Row(
        query="lead_token=TOKEN&caller_id=8004506787&traffic_source_id=1000&sub_id=creative-A",
        tokens={},
        lead={"traffic_source_id": 1000, "sub_id": "creative-A"},
    ),
    "a time with a raw plus": Row(
        query="lead_token=TOKEN&caller_id=8004506787&next_action_at=2026-07-01T09:00:00+02:00",
        tokens={},
        lead={"next_action_at": "2026-07-01T07:00:00Z"},
    ),
    "a time with a blank and a raw plus": Row(
        query="lead_token=TOKEN&caller_id=8004506787",
        content_type=FORM,
        body="next_action_at=2026-07-01 09:00:00 +0200",
        tokens={},
        lead={"next_action_at": "2026-07-01T07:00:00Z"},
    ),
    "an unknown traffic source": Row(
        query="lead_token=TOKEN&caller_id=8004506787&traffic_source_id=77",
        tokens={},
        warnings=("unknown_traffic_source",),
        lead={"traffic_source_id": None},
    ),
    # --- next to no body ---------------------------------------------------------------------------------------
    "an empty body that says it is JSON": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens", content_type=JSON
    ),
    "an empty body that says it is a form": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens", content_type=FORM
    ),
    "a body of white space": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens", content_type=JSON, body=" \r\n "
    ),
    "a body of null": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens", content_type=JSON, body="null"
    ),
    "an empty object": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens", content_type=JSON, body="{}"
    ),
    "data that is null": Row(content_type=JSON, body='{"caller_id":"8004506787","interest":"kittens","data":null}'),
    "data that is an empty list, as PHP writes an empty hash": Row(
        content_type=JSON, body='{"caller_id":"8004506787","interest":"kittens","data":[]}'
    ),
    "platform fields that are null": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","interest":"kittens","expires_in":null,"sub_id":null,"test":null}',
        lead={"expires_at": None, "sub_id": None},
    ),
    "platform fields that are empty": Row(
        content_type=FORM,
        body="caller_id=8004506787&interest=kittens&expires_in=&sub_id=&test=&next_action_at=&lead_priority=",
        lead={"expires_at": None, "sub_id": None},
    ),
    "lead tokens that are null or empty": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","interest":"kittens","a":null,"b":"","c":"  "}',
        warnings=("empty_values_ignored",),
    ),
    # --- JSON under every label --------------------------------------------------------------------------------
    "JSON without a content type": Row(body='{"caller_id":"8004506787","interest":"kittens"}'),
    "JSON as text/plain": Row(content_type="text/plain", body='{"caller_id":"8004506787","interest":"kittens"}'),
    "JSON as text/plain with a charset": Row(
        content_type="text/plain;charset=UTF-8", body='{"caller_id":"8004506787","interest":"kittens"}'
    ),
    "JSON labelled as a form": Row(content_type=FORM, body='{"caller_id":"8004506787","interest":"kittens"}'),
    "JSON labelled as a multipart form without a boundary": Row(
        content_type="multipart/form-data", body='{"caller_id":"8004506787","interest":"kittens"}'
    ),
    "JSON as octets": Row(
        content_type="application/octet-stream", body='{"caller_id":"8004506787","interest":"kittens"}'
    ),
    "JSON with a BOM": Row(
        content_type=JSON, body=b"\xef\xbb\xbf" + b'{"caller_id":"8004506787","interest":"kittens"}'
    ),
    "JSON with a charset": Row(
        content_type="application/json; charset=utf-8",
        body='{"caller_id":"8004506787","city":"Zürich"}',
        tokens={"city": "Zürich"},
    ),
    "JSON with a charset in quotes and capitals": Row(
        content_type='Application/JSON;Charset="UTF8"', body='{"caller_id":"8004506787","interest":"kittens"}'
    ),
    "JSON in latin-1": Row(
        content_type="application/json; charset=iso-8859-1",
        body='{"caller_id":"8004506787","city":"Zürich"}'.encode("latin-1"),
        tokens={"city": "Zürich"},
    ),
    "JSON in windows-1252": Row(
        content_type="application/json; charset=windows-1252",
        body='{"caller_id":"8004506787","price":"€5"}'.encode("cp1252"),
        tokens={"price": "€5"},
    ),
    "JSON of an API vendor": Row(
        content_type="application/vnd.api+json", body='{"caller_id":"8004506787","interest":"kittens"}'
    ),
    "JSON with white space around it": Row(
        content_type=JSON, body='\r\n\t {"caller_id" : "8004506787" , "interest" : "kittens"} \n'
    ),
    "JSON with everything in one": Row(
        query="",
        content_type=JSON,
        body='{"lead_token":"TOKEN","caller_id":"+18004506787","expires_in":60,"data":{"interest":"kittens"}}',
        lead={"expires_at": "2026-03-01T13:00:00Z"},
    ),
    "JSON with a trailing zero for the caller, as data frames write it": Row(
        content_type=JSON, body='{"caller_id":18004506787.0,"interest":"kittens"}'
    ),
    "JSON with the caller as a number": Row(content_type=JSON, body='{"caller_id":8004506787,"interest":"kittens"}'),
    "a form without a content type": Row(body="caller_id=8004506787&interest=kittens"),
    "a form as text/plain": Row(content_type="text/plain", body="caller_id=8004506787&interest=kittens"),
    "a form with a charset": Row(content_type=f"{FORM}; charset=UTF-8", body="caller_id=8004506787&interest=kittens"),
    "a form in latin-1": Row(
        content_type=f"{FORM}; charset=ISO-8859-1",
        body="caller_id=8004506787&city=Z%FCrich",
        tokens={"city": "Zürich"},
    ),
    # --- names -------------------------------------------------------------------------------------------------
    "every key twice in the query": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens&lead_token=TOKEN&caller_id=%2B18004506787"
        "&interest=kittens"
    ),
    "every key twice, in the query and in the body": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens",
        content_type=FORM,
        body="lead_token=TOKEN&caller_id=%28800%29+450-6787&interest=kittens",
    ),
    "a repeated token with another value": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=puppies",
        content_type=FORM,
        body="interest=kittens",
        warnings=("token_collision",),
    ),
    "a repeated name in JSON": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","interest":"puppies","interest":"kittens"}',
        warnings=("token_collision",),
    ),
    "a repeated platform field, once empty": Row(
        query="lead_token=TOKEN&caller_id=&caller_id=8004506787&interest=kittens"
    ),
    "a name with a trailing tab": Row(
        query="lead_token%09=TOKEN&caller_id%09=8004506787&interest%09=kittens", warnings=("renamed_token",)
    ),
    "names with dots, dashes and blanks": Row(
        query="lead_token=TOKEN&caller_id=8004506787&first.name=A&last-name=B&zip%20code=C",
        tokens={"first_name": "A", "last_name": "B", "zip_code": "C"},
        warnings=("renamed_token", "renamed_token", "renamed_token"),
    ),
    "names in mixed case": Row(
        query="Lead_Token=TOKEN&Caller_ID=8004506787&Interest=kittens", warnings=("renamed_token",)
    ),
    "a name near a reserved one": Row(
        query="lead_token=TOKEN&caller_id=8004506787&Opt%20Out=yes",
        tokens={"opt_out": "yes"},
        warnings=("near_reserved_name", "renamed_token"),
    ),
    "a value without a name": Row(
        query="lead_token=TOKEN&caller_id=8004506787&interest=kittens&=lost", warnings=("unnamed_token",)
    ),
    # --- data and nesting --------------------------------------------------------------------------------------
    "flat JSON with unknown names": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","interest":"kittens","state":"WA"}',
        tokens={"interest": "kittens", "state": "WA"},
    ),
    "data over a flat name": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","interest":"puppies","data":{"interest":"kittens"}}',
        warnings=("token_collision",),
    ),
    "data that tries to set a platform field": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","data":{"interest":"kittens","opt_out":"true"}}',
        tokens={"interest": "kittens", "opt_out": "true"},
        warnings=("near_reserved_name",),
    ),
    "data that holds the address": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","data":{"email":"john@example.com"}}',
        tokens={"email": "john@example.com"},
        lead={"email": "john@example.com"},
    ),
    "data that holds the caller": Row(
        content_type=JSON,
        body='{"data":{"caller_id":"8004506787","interest":"kittens"}}',
        tokens={"caller_id": "8004506787", "interest": "kittens"},
        warnings=("phone_taken_from",),
    ),
    "data that holds the lead token": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","data":{"interest":"kittens","lead_token":"TOKEN"}}',
        warnings=("credential_left_out",),
    ),
    "a list of one lead": Row(content_type=JSON, body='[{"caller_id":"8004506787","interest":"kittens"}]'),
    "a list of one lead, labelled as a form": Row(
        content_type=FORM, body=' [ {"caller_id":"8004506787","interest":"kittens"}]'
    ),
    "a form whose charset has no semicolon": Row(
        content_type=f"{FORM} charset=utf-8", body="caller_id=8004506787&interest=kittens"
    ),
    "a form whose content type came twice": Row(
        content_type=f"{FORM}, {FORM}", body="caller_id=8004506787&interest=kittens"
    ),
    "nested objects": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","home":{"city":"Ely","pets":["cat","dog"]}}',
        tokens={"home_city": "Ely", "home_pets": "cat,dog"},
    ),
    "nested objects that are to stay": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","auto_format_nested_fields":false,"home":{"city":"Ely"}}',
        tokens={"home": '{"city":"Ely"}'},
    ),
    "bracketed names": Row(content_type=FORM, body="caller_id=8004506787&data[interest]=kittens"),
    "bracketed names, encoded": Row(content_type=FORM, body="caller_id=8004506787&data%5Binterest%5D=kittens"),
    "bracketed names in the query": Row(query="lead_token=TOKEN&caller_id=8004506787&data[interest]=kittens"),
    "a page builder's bracketed fields": Row(
        content_type=FORM,
        body="fields[phone][value]=8004506787&fields[interest][value]=kittens",
        query="lead_token=TOKEN&caller_id=8004506787",
        tokens={"phone": "8004506787", "interest": "kittens"},
        warnings=("form_builder",),
    ),
    "a page builder's fields called by numbers": Row(
        content_type=JSON,
        body='{"fields":{"1":{"id":1,"value":"kittens"},"2":{"id":2,"type":"phone","value":8004506787}}}',
        tokens={"1": "kittens", "2": "8004506787"},
        warnings=("form_builder", "phone_taken_from"),
    ),
    "a list of check boxes": Row(
        content_type=FORM,
        body="caller_id=8004506787&pets[]=cat&pets[]=dog",
        tokens={"pets": "cat,dog"},
    ),
    "a phone under another name": Row(
        content_type=FORM,
        body="phone=8004506787&interest=kittens",
        tokens={"phone": "8004506787", "interest": "kittens"},
        warnings=("phone_taken_from",),
    ),
    # --- values ------------------------------------------------------------------------------------------------
    "numbers and booleans": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","score":501,"income":30000.5,"owner":true,"renter":false,"big":'
        "12345678901234567890}",
        tokens={
            "score": "501",
            "income": "30000.5",
            "owner": "true",
            "renter": "false",
            "big": "12345678901234567890",
        },
    ),
    "control characters": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","interest":"kit\\u0000tens\\u0007"}',
        warnings=("control_characters_stripped",),
    ),
    "CR LF in a text area": Row(
        content_type=FORM,
        body="caller_id=8004506787&comment=one%0D%0Atwo",
        tokens={"comment": "one\r\ntwo"},
    ),
    "an address that is none": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","email":"not an address"}',
        tokens={"email": "not an address"},
        warnings=("invalid_email",),
        lead={"email": "not an address"},
    ),
    "the lead token inside a value": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","page_url":"https://example.com/?lead_token=TOKEN&x=1"}',
        tokens={"page_url": "https://example.com/?lead_token=[redacted]&x=1"},
        warnings=("credential_redacted",),
    ),
    "numbers that are counts": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","interest":"kittens","schedule_callback_in_seconds":60.0,"hours_to_expire":"2"}',
    ),
    "a dialling number to assign": Row(
        content_type=JSON,
        body='{"caller_id":"8004506787","interest":"kittens","assign_trackdrive_number":true}',
        warnings=("unsupported_parameter",),
    ),
    "what frameworks add to every form": Row(
        content_type=FORM,
        body="utf8=%E2%9C%93&authenticity_token=abc&_method=put&format=json&caller_id=8004506787&interest=kittens",
    ),
    "an API key of another service": Row(
        content_type=FORM, body="auth_token=secret-of-theirs&caller_id=8004506787&interest=kittens"
    ),
    "two sources, one in the webhook's address": Row(
        query="lead_token=TOKEN&caller_id=8004506787&traffic_source_id=1000",
        content_type=JSON,
        body='{"traffic_source_id":"77","interest":"kittens"}',
        warnings=("query_wins",),
        lead={"traffic_source_id": 1000},
    ),
    "two addresses": Row(
        query="lead_token=TOKEN&caller_id=8004506787&email=old@example.com",
        content_type=JSON,
        body='{"email":"new@example.com"}',
        tokens={"email": "new@example.com"},
        warnings=("body_wins",),
        lead={"email": "new@example.com"},
    ),
    # --- how it is asked ---------------------------------------------------------------------------------------
    "a native HTML form": Row(
        content_type=FORM, body="caller_id=8004506787&interest=kittens", headers={"Accept": BROWSER}
    ),
    "a native HTML form with multipart": Row(
        content_type=MULTIPART, body=multipart(PHONE, INTEREST), headers={"Accept": BROWSER}
    ),
    "a multipart form with a file": Row(
        content_type=MULTIPART,
        body=multipart(
            PHONE, INTEREST, b'Content-Disposition: form-data; name="bill"; filename="b.pdf"\r\n\r\n%PDF-\x00\xff'
        ),
        warnings=("file_part_ignored",),
    ),
    "a multipart form with an empty file input": Row(
        content_type=MULTIPART,
        body=multipart(PHONE, INTEREST, b'Content-Disposition: form-data; name="bill"; filename=""\r\n\r\n'),
    ),
    "a multipart form with CR LF in a text area": Row(
        content_type=MULTIPART,
        body=multipart(PHONE, text_part("comment", "one\r\ntwo")),
        tokens={"comment": "one\r\ntwo"},
    ),
    "a trailing slash": Row(path=f"{LEADS}/", query="lead_token=TOKEN&caller_id=8004506787&interest=kittens"),
    "the lead token in its own header": Row(
        query="", headers={"X-Lead-Token": "TOKEN"}, content_type=FORM, body="caller_id=8004506787&interest=kittens"
    ),
    "the lead token as a bearer": Row(
        query="",
        headers={"Authorization": "Bearer TOKEN"},
        content_type=FORM,
        body="caller_id=8004506787&interest=kittens",
    ),
    "the lead token as a bearer in small letters": Row(
        query="",
        headers={"Authorization": "bearer  TOKEN "},
        content_type=FORM,
        body="caller_id=8004506787&interest=kittens",
    ),
    "the lead token in every place": Row(
        headers={"X-Lead-Token": "TOKEN", "Authorization": "Bearer TOKEN"},
        content_type=JSON,
        body='{"lead_token":"TOKEN","schedule_lead_token":"TOKEN","caller_id":"8004506787","interest":"kittens"}',
    ),
    "somebody else's bearer beside the lead token": Row(
        headers={"Authorization": "Bearer eyJhbGciOi.of.another"},
        content_type=FORM,
        body="caller_id=8004506787&interest=kittens",
    ),
    "somebody else's Basic beside the lead token": Row(
        headers={"Authorization": "Basic dXNlcjpwYXNzd29yZA=="},
        content_type=FORM,
        body="caller_id=8004506787&interest=kittens",
    ),
    "a cookie": Row(headers={"Cookie": "session=abc"}, content_type=FORM, body="caller_id=8004506787&interest=kittens"),
    "a test": Row(
        content_type=FORM,
        body="caller_id=8004506787&interest=kittens&test=1",
        outcome="test",
        lead={"id": None, "uuid": None},
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_awkward_client_gets_its_lead_in(world: World, row: Row) -> None:
    token = world.schedule_token.encode()
    body = row.body.encode() if isinstance(row.body, str) else row.body

    answer = world.post(
        row.path,
        query_string=row.query.replace("TOKEN", world.schedule_token),
        data=body.replace(b"TOKEN", token),
        content_type=row.content_type,
        headers={name: value.replace("TOKEN", world.schedule_token) for name, value in row.headers.items()},
    )

    document = answer.get_json()
    assert (answer.status_code, answer.content_type) == (200, JSON), document
    assert document["outcome"] == row.outcome
    assert document["lead"]["caller_id"] == row.caller
    assert document["lead"]["tokens"] == row.tokens
    assert sorted(warning["code"] for warning in document["warnings"]) == sorted(row.warnings)
    assert {name: document["lead"][name] for name in row.lead} == row.lead
    assert token not in answer.data
    [submission] = world.submissions()
    assert str(submission.receipt.id) == document["submission_id"]
    assert submission.outcome == row.outcome
    if row.outcome == "created":
        [stored] = world.get().get_json()["leads"]
        assert (stored["caller_id"], stored["tokens"]) == (row.caller, row.tokens)


def test_there_are_rows_for_every_kind_of_client() -> None:
    assert len(ROWS) >= 60
