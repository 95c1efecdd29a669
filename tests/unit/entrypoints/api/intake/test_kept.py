from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadintake.domain.errors import MalformedBody
from leadintake.domain.parameters import Limits
from leadintake.domain.redaction import REDACTED
from leadintake.entrypoints.api.intake.carriers import read_body, read_query
from leadintake.entrypoints.api.intake.kept import kept_request, read_kept

LIMITS = Limits()
FORM = "application/x-www-form-urlencoded"
SECRET = "lt_0123456789abcdefghijklmnop"


def kept(query: bytes, content_type: str | None, body: bytes, *secrets: str) -> dict[str, Any]:
    read = read_body(content_type, body, limits=LIMITS)
    return kept_request(read_query(query), read, secrets=secrets).as_mapping()


def test_a_form_is_kept_as_received() -> None:
    assert kept(b"sub_id=a", FORM, b"caller_id=+1800&data[x]=&x=1&x=2") == {
        "query": [["sub_id", "a"]],
        "body": "form",
        "fields": [["caller_id", " 1800"], ["data[x]", ""], ["x", "1"], ["x", "2"]],
    }


def test_json_is_kept_with_its_numbers_and_repeats() -> None:
    body = b'{"price": 1.50, "a": 1, "a": 2, "data": {"b": [true, null, "\xc3\xa9"], "id": 123456789012345678901}}'

    assert kept(b"", "application/json", body) == {
        "query": [],
        "body": "json",
        "json": '{"price":1.50,"a":1,"a":2,"data":{"b":[true,null,"é"],"id":123456789012345678901}}',
    }


def test_an_empty_body_is_kept_as_such() -> None:
    assert kept(b"a=1", None, b"") == {"query": [["a", "1"]], "body": "empty"}


@pytest.mark.parametrize("name", ["lead_token", "Lead_Token", "offer_lead_token", "auth_token", "data[lead_token]"])
def test_what_has_a_credential_s_name_is_redacted(name: str) -> None:
    """Also one that is not known here: it may be good somewhere else."""
    form = f"{name}=something".encode()

    assert kept(form, FORM, form) == {"query": [[name, REDACTED]], "body": "form", "fields": [[name, REDACTED]]}
    for value in ('"something"', '["something"]', '{"a":"something"}', "501"):
        written = kept(b"", None, f'{{"{name}": {value}, "a": [{{"{name}": {value}}}]}}'.encode())["json"]
        assert json.loads(written) == {name: REDACTED, "a": [{name: REDACTED}]}


def test_an_empty_credential_is_kept_as_it_is() -> None:
    assert kept(b"lead_token=", None, b"")["query"] == [["lead_token", ""]]


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "%s"}',
        b'{"a": "x %s y"}',
        b'{"a": {"b": ["%s"]}}',
        b'{"%s": 1}',
        b'{"a": {"%s": 1}}',
        b'{"a": "%s", "a": "%s"}',
        b"a=%s",
        b"%s=a",
        b"a=https://example.com/?lead_token=%s",
    ],
)
def test_a_credential_is_redacted_wherever_it_stands(body: bytes) -> None:
    for content in (
        body.replace(b"%s", SECRET.encode()),
        body.replace(b"%s", SECRET.replace("_", "%5F" if b"=" in body else "\\u005f").encode()),
        body.replace(b"%s", SECRET.replace("_", "_%00" if b"=" in body else "_\\u0000").encode()),
    ):
        mapping = kept(b"a=" + SECRET.encode(), None, content, SECRET)

        assert SECRET not in json.dumps(mapping)
        assert REDACTED in json.dumps(mapping["query"])
        assert REDACTED in json.dumps(mapping.get("json", mapping.get("fields")))


def test_a_number_that_is_a_credential_is_redacted() -> None:
    assert kept(b"", None, b'{"a": 1234567890}', "1234567890")["json"] == '{"a":"[redacted]"}'


def test_nul_is_taken_out() -> None:
    """PostgreSQL refuses any text with it, in JSON too."""
    assert kept(b"a%00b=c%00d", None, b"")["query"] == [["ab", "cd"]]
    assert kept(b"", None, b'{"a\\u0000": "b\\u0000", "c": ["\\u0000d"]}')["json"] == '{"a":"b","c":["d"]}'


def test_lone_surrogates_stay_escaped() -> None:
    """The refused submission must be stored all the same."""
    mapping = kept(b"", None, b'{"a": "\\ud800"}')

    assert mapping["json"] == '{"a":"\\ud800"}'
    assert json.dumps(mapping, ensure_ascii=False).encode()


_names = st.text("ab_[] ", min_size=1, max_size=5)
_json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), _json_values))
def test_kept_json_reads_back_as_it_was(value: dict[str, Any]) -> None:
    read = read_body(None, json.dumps(value).replace("\\u0000", "").encode(), limits=LIMITS)
    mapping = json.loads(json.dumps(kept_request((), read, secrets=()).as_mapping()))

    query, again = read_kept(mapping, limits=LIMITS)

    assert (query, again) == ((), read)


@given(st.lists(st.tuples(_names, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))))
def test_a_kept_form_reads_back_as_it_was(fields: list[tuple[str, str]]) -> None:
    encoded = urlencode(fields).encode()
    read = read_body(FORM, encoded, limits=LIMITS)
    mapping = json.loads(json.dumps(kept_request(read_query(encoded), read, secrets=()).as_mapping()))

    query, again = read_kept(mapping, limits=LIMITS)

    assert (query, again) == (read_query(encoded), read)


def test_a_multipart_form_reads_back_as_fields() -> None:
    content = b'--x\r\nContent-Disposition: form-data; name="a[b]"\r\n\r\n1\r\n--x--\r\n'
    mapping = kept(b"", "multipart/form-data; boundary=x", content)

    assert mapping == {"query": [], "body": "multipart", "fields": [["a[b]", "1"]]}
    assert read_kept(mapping, limits=LIMITS)[1].pairs == (("a", {"b": "1"}),)


def test_what_was_edited_badly_is_malformed() -> None:
    with pytest.raises(MalformedBody):
        read_kept({"query": [], "body": "json", "json": "{"}, limits=LIMITS)


_with_secret = st.sampled_from([SECRET, f"a{SECRET}", f"{SECRET}{SECRET}", f" {SECRET} ", "a", ""])
_holding: st.SearchStrategy[Any] = st.recursive(
    _with_secret,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_with_secret, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_with_secret, _holding), st.lists(st.tuples(_with_secret, _with_secret)))
@settings(max_examples=50)
def test_no_secret_survives(value: dict[str, Any], query: list[tuple[str, str]]) -> None:
    read = read_body(None, json.dumps(value).encode(), limits=LIMITS)

    assert SECRET not in json.dumps(kept_request(tuple(query), read, secrets=[SECRET]).as_mapping())


def test_what_is_kept_is_not_in_the_repr() -> None:
    request = kept_request((("phone", "8004506787"),), read_body(None, b"a=8004506787", limits=LIMITS), secrets=())

    assert "8004506787" not in repr(request)


MINTED = "lt_0123456789abcdefghijABCDEFGHIJ_012345"
names = st.sampled_from(["lead_token", "Lead-Token", "auth_token", "caller_id", "data", "x", "a b", MINTED, "é"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.text(max_size=5),
    st.sampled_from([MINTED, f" {MINTED}", f"https://x/?lead_token={MINTED}&a=1", "\\u006ct_", "a\nb", "NUL\0"]),
)
values = st.one_of(
    scalars, st.lists(scalars, max_size=2), st.dictionaries(names, st.one_of(scalars, st.lists(scalars, max_size=1)))
)


@given(
    sent=st.dictionaries(names, values, max_size=5),
    is_ascii=st.booleans(),
    secrets=st.sets(st.sampled_from([MINTED, "x", "18004506787"])),
)
@settings(max_examples=500)
def test_json_kept_as_sent_holds_what_json_written_anew_would(
    *,
    sent: dict[str, Any],
    is_ascii: bool,
    secrets: set[str],
) -> None:
    """Redacting the text at once is only a shortcut: nothing may get past it, and nothing be broken by it."""
    text = json.dumps(sent, ensure_ascii=is_ascii)
    read = read_body("application/json", text.encode(), limits=LIMITS)
    anew = replace(read, text="")

    given_text = kept_request((), read, secrets=secrets).json
    assert json.loads(given_text) == json.loads(kept_request((), anew, secrets=secrets).json)
    assert MINTED not in secrets or MINTED not in given_text


def test_plain_json_is_kept_as_it_was_sent() -> None:
    body = f'{{ "lead_token": "{MINTED}",  "price": 1.50, "list": [1, null], "data": {{"b": "é"}} }}'.encode()

    assert kept(b"", "application/json", body, MINTED)["json"] == (
        '{ "lead_token": "[redacted]",  "price": 1.50, "list": [1, null], "data": {"b": "é"} }'
    )
