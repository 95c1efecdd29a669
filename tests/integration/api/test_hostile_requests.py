"""What nobody should send, one line each: a refusal with a code, never a fault of ours, never the token back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.support.apps import LEADS, UNKNOWN_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.apps import World

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=xx"
LIMIT = 262_144

MALFORMED = (400, "malformed_body")
MISSING = (401, "missing_lead_token")
UNKNOWN = (401, "unknown_lead_token")
NOT_FOUND = (404, "not_found")
WRONG_METHOD = (405, "method_not_allowed")
TOO_LARGE = (413, "payload_too_large")
MEDIA_TYPE = (415, "unsupported_media_type")
CALLER = (422, "invalid_caller_id")
NO_CALLER = (422, "missing_caller_id")
INVALID = (422, "invalid_parameter")
AMBIGUOUS = (422, "ambiguous_parameter")
TOO_MANY = (422, "too_many_tokens")
TAKEN = (200, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A request, and the status and code that it meets; ``TOKEN`` stands for the schedule's lead token."""

    expect: tuple[int, str | None]
    body: bytes = b""
    content_type: str | None = None
    target: str = f"{LEADS}?lead_token=TOKEN"
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    field: str | None = None


def lead(text: str, expect: tuple[int, str | None], *, field: str | None = None) -> Row:
    """Post these members as JSON beside a sound caller."""
    return Row(expect=expect, body=f'{{"caller_id":"8004506787",{text}}}'.encode(), content_type=JSON, field=field)


def form(text: str, expect: tuple[int, str | None], *, field: str | None = None) -> Row:
    """Post this form."""
    return Row(expect=expect, body=text.encode(), content_type=FORM, field=field)


def of_type(content_type: str, expect: tuple[int, str | None], body: bytes = b"<lead/>") -> Row:
    """Post something under that content type."""
    return Row(expect=expect, body=body, content_type=content_type)


def of_json(body: bytes, expect: tuple[int, str | None] = MALFORMED, *, field: str | None = None) -> Row:
    """Post this as JSON."""
    return Row(expect=expect, body=body, content_type=JSON, field=field)


def at(target: str, expect: tuple[int, str | None], method: str = "POST") -> Row:
    """Ask there for a sound lead."""
    return Row(expect=expect, target=target, method=method)


def with_headers(expect: tuple[int, str | None], target: str = LEADS, **headers: str) -> Row:
    """Post a sound lead with these headers."""
    return Row(
        expect=expect,
        target=target,
        headers={name.replace("_", "-"): text for name, text in headers.items()},
        body=b'{"caller_id":"8004506787"}',
        content_type=JSON,
    )


def nested(depth: int) -> bytes:
    """Write an object in an object in an object."""
    return b'{"caller_id":"8004506787","a":' + b'{"a":' * (depth - 1) + b"1" + b"}" * depth


SOUND = f"{LEADS}?lead_token=TOKEN&caller_id=8004506787"
PART = b'--xx\r\nContent-Disposition: form-data; name="caller_id"\r\n\r\n8004506787\r\n'

ROWS: dict[str, Row] = {
    # --- content types -----------------------------------------------------------------------------------------
    "XML": of_type("application/xml", MEDIA_TYPE),
    "XML as text": of_type("text/xml; charset=utf-8", MEDIA_TYPE),
    "a page": of_type("text/html", MEDIA_TYPE),
    "CSV": of_type("text/csv", MEDIA_TYPE, b"caller_id\n8004506787\n"),
    "a picture": of_type("image/png", MEDIA_TYPE, b"\x89PNG\r\n\x1a\n\x00"),
    "message pack": of_type("application/msgpack", MEDIA_TYPE, b"\x81\xa1a\x01"),
    "a PDF": of_type("application/pdf", MEDIA_TYPE, b"%PDF-1.7"),
    "YAML": of_type("application/yaml", MEDIA_TYPE, b"caller_id: 8004506787"),
    "mixed parts": of_type("multipart/mixed; boundary=xx", MEDIA_TYPE, PART),
    "plain prose": of_type("text/plain", MEDIA_TYPE, b"call me, please"),
    "binary without a label": Row(expect=MEDIA_TYPE, body=b"\x00\x01\x02"),
    "a compressed body without a label": Row(expect=MEDIA_TYPE, body=b"\x1f\x8b\x08\x00"),
    "a compressed body that says so": Row(
        expect=MEDIA_TYPE, body=b"\x1f\x8b\x08\x00", content_type=JSON, headers={"Content-Encoding": "gzip"}
    ),
    "a compressed body labelled JSON": Row(expect=MALFORMED, body=b"\x1f\x8b\x08\x00", content_type=JSON),
    "a type that is none": of_type(";;;=;", MEDIA_TYPE),
    "a type that never ends": of_type("application/" + "x" * 60_000, MEDIA_TYPE),
    "a type in the wrong alphabet": of_type("\xff\xfe/\x00", MEDIA_TYPE),
    "JSON in UTF-16": of_type("application/json; charset=utf-16", MEDIA_TYPE, b"\xff\xfe{\x00}\x00"),
    "JSON in UTF-7": of_type("application/json; charset=utf-7", MEDIA_TYPE, b"{}"),
    "a form in Shift JIS": of_type(f"{FORM}; charset=shift_jis", MEDIA_TYPE, b"a=b"),
    "a charset with an injection": of_type('application/json; charset="\r\nX: y"', MEDIA_TYPE, b"{}"),
    "a charset that runs code elsewhere": of_type("application/json; charset=idna", MEDIA_TYPE, b"{}"),
    # --- JSON that is none -------------------------------------------------------------------------------------
    "an open brace": of_json(b"{"),
    "a name without a value": of_json(b'{"a"}'),
    "a colon without a value": of_json(b'{"a":}'),
    "single quotes": of_json(b"{'a':'b'}"),
    "a trailing comma": of_json(b'{"a":1,}'),
    "a comment": of_json(b'{"a":1}//'),
    "two objects": of_json(b'{"a":1}{"b":2}'),
    "one brace too many": of_json(b'{"a":1}}'),
    "half a word": of_json(b"nul"),
    "a text": of_json(b'"caller_id"'),
    "a number": of_json(b"8004506787"),
    "true": of_json(b"true"),
    "NaN": of_json(b"NaN"),
    "a list": of_json(b"[]"),
    "a list of leads": of_json(b'[{"caller_id":"8004506787"},{"caller_id":"8004506788"}]'),
    "a text that does not end": of_json(b'{"a":"b'),
    "UTF-16 without a label": of_json('{"a":1}'.encode("utf-16")),
    "bytes that are no UTF-8": of_json(b'{"a":"\xff"}'),
    "an overlong NUL": of_json(b'{"a":"\xc0\x80"}'),
    "half a character": of_json(b'{"a":"\xe2\x82"}'),
    "an escape that is none": of_json(b'{"a":"\\x41"}'),
    "a surrogate in UTF-8": of_json(b'{"a":"\xed\xa0\x80"}'),
    "NUL outside a text": of_json(b'{"a":\x001}'),
    "NUL before everything": of_json(b'\x00{"a":1}'),
    # --- forms that are none -----------------------------------------------------------------------------------
    "a form with broken UTF-8": form("caller_id=8004506787&a=%FF", MALFORMED),
    "a form with an overlong character": form("caller_id=8004506787&a=%C0%80", MALFORMED),
    "a form with raw bytes": Row(expect=MALFORMED, body=b"caller_id=8004506787&a=\xff", content_type=FORM),
    "a query with broken UTF-8": at(f"{SOUND}&a=%FF", MALFORMED),
    "parts without a boundary": of_type("multipart/form-data", MALFORMED, PART + b"--xx--"),
    "parts with another boundary": of_type("multipart/form-data; boundary=yy", MALFORMED, PART + b"--xx--"),
    "parts without an end": of_type(MULTIPART, MALFORMED, PART),
    "a part without a header": of_type(MULTIPART, MALFORMED, b"--xx\r\n\r\n8004506787\r\n--xx--\r\n"),
    "a boundary without an end": of_type("multipart/form-data; boundary=" + "x" * 900, MALFORMED, PART),
    "a boundary of another alphabet": of_type("multipart/form-data; boundary=\xe9", MALFORMED, PART),
    "parts of broken UTF-8": of_type(
        MULTIPART, MALFORMED, PART + b'--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--xx--\r\n'
    ),
    # --- numbers and characters that no store keeps --------------------------------------------------------------
    "NaN in a token": lead('"x":NaN', INVALID, field="x"),
    "Infinity in a token": lead('"x":Infinity', INVALID, field="x"),
    "less than any number in a token": lead('"x":-Infinity', INVALID, field="x"),
    "a number that overflows": lead('"x":1e999', INVALID, field="x"),
    "NaN deep in a list": lead('"x":{"y":[1,NaN]}', INVALID),
    "NaN minutes": lead('"expires_in":NaN', INVALID, field="expires_in"),
    "NaN as the caller": of_json(b'{"caller_id":NaN}', (422, "invalid_parameter"), field="caller_id"),
    "a number with ten thousand digits": lead('"x":' + "9" * 9_999, INVALID, field="x"),
    "a lone surrogate in a token": lead('"x":"\\ud800"', INVALID, field="x"),
    "a lone surrogate in a name": lead('"\\udfffx":"y"', TAKEN),
    "a lone surrogate in a source": lead('"sub_id":"\\ud800"', INVALID, field="sub_id"),
    "a lone surrogate in a nested name": lead('"x":{"\\ud800":"y"}', TAKEN),
    "a lone surrogate in kept JSON": lead('"auto_format_nested_fields":false,"x":{"y":["\\ud800"]}', INVALID),
    "surrogates in the wrong order": lead('"x":"\\udc31\\ud83d"', INVALID, field="x"),
    "a lone surrogate for a caller": of_json(b'{"caller_id":"\\ud800"}', INVALID, field="caller_id"),
    "a lone surrogate for a lead token": Row(
        expect=UNKNOWN, target=LEADS, body=b'{"lead_token":"\\ud800","caller_id":"8004506787"}', content_type=JSON
    ),
    "NUL in a name": lead('"x\\u0000y":"z"', TAKEN),
    "NUL in a value": lead('"x":"a\\u0000b"', TAKEN),
    "NUL for a value": lead('"x":"\\u0000"', TAKEN),
    "NUL in a caller": of_json(b'{"caller_id":"800450\\u00006787"}', TAKEN),
    "NUL in the query": at(f"{SOUND}&a%00b=c%00d", TAKEN),
    "NUL in a sub id": lead('"sub_id":"a\\u0000b"', TAKEN),
    "NUL in an address": lead('"email":"a\\u0000@example.com"', TAKEN),
    "escape sequences of terminals": lead('"x":"\\u001b[31mred\\u009b0m"', TAKEN),
    # --- depth and size ----------------------------------------------------------------------------------------
    "sixteen levels": of_json(nested(15), TAKEN),
    "seventeen levels": of_json(nested(17), TOO_LARGE),
    "a thousand levels": of_json(nested(1_000), TOO_LARGE),
    "a hundred thousand brackets": of_json(b"[" * 100_000, TOO_LARGE),
    "a hundred thousand brackets in a text": lead('"x":"' + "[" * 9_000 + '"', TAKEN),
    "brackets in a form's name": form("caller_id=8004506787&a" + "[b]" * 17 + "=c", TOO_LARGE),
    "brackets in the query's name": at(f"{SOUND}&a{'[b]' * 17}=c", INVALID),
    "one byte too many": of_json(b'{"x":"' + b"a" * (LIMIT - 7) + b'"}', TOO_LARGE),
    "all the bytes there may be, in one value": of_json(b'{"x":"' + b"a" * (LIMIT - 8) + b'"}', NO_CALLER),
    "many bytes under no label": Row(expect=TOO_LARGE, body=b"x" * (LIMIT + 1)),
    "a value of ten thousand": lead('"x":"' + "a" * 10_000 + '"', TAKEN),
    "a value of ten thousand and one": lead('"x":"' + "a" * 10_001 + '"', INVALID, field="x"),
    "a caller of ten thousand digits": of_json(b'{"caller_id":"' + b"8" * 10_000 + b'"}', CALLER),
    "a sub id of 256": lead('"sub_id":"' + "a" * 256 + '"', INVALID, field="sub_id"),
    "a name of 64": lead('"' + "a" * 64 + '":"x"', TAKEN),
    "a name of 65": lead('"' + "a" * 65 + '":"x"', TAKEN),
    "a name of a hundred thousand": lead('"' + "a" * 100_000 + '":"x"', TAKEN),
    "two hundred tokens": lead(",".join(f'"t{n}":"x"' for n in range(200)), TAKEN),
    "two hundred and one tokens": lead(",".join(f'"t{n}":"x"' for n in range(201)), TOO_MANY),
    "ten thousand tokens in JSON": lead(",".join(f'"t{n}":1' for n in range(10_000)), TOO_MANY),
    "ten thousand tokens in a form": form("&".join(f"t{n}=1" for n in range(10_000)), TOO_LARGE),
    "ten thousand tokens in the query": at(SOUND + "".join(f"&t{n}=1" for n in range(10_000)), TOO_MANY),
    "ten thousand parts": of_type(MULTIPART, TOO_LARGE, PART * 3_000 + b"--xx--\r\n"),
    "ten thousand values of one list": lead('"x":[' + ",".join(["1"] * 10_000) + "]", INVALID, field="x"),
    "ten thousand lead tokens": Row(
        expect=UNKNOWN, target=LEADS, content_type=JSON, body=json.dumps({"lead_token": ["a"] * 10_000}).encode()
    ),
    # --- parameters given twice, and in shapes they do not have --------------------------------------------------
    "two callers": form("caller_id=8004506787&caller_id=8004506788", AMBIGUOUS, field="caller_id"),
    "two callers, in two carriers": Row(
        expect=AMBIGUOUS, target=SOUND, body=b"caller_id=8004506788", content_type=FORM, field="caller_id"
    ),
    "two callers in one list": of_json(b'{"caller_id":["8004506787","8004506788"]}', AMBIGUOUS, field="caller_id"),
    "two callers in PHP's way": form("caller_id[]=8004506787&caller_id[]=8004506788", AMBIGUOUS),
    "two expiries": form("caller_id=8004506787&expires_in=1&expires_in=2", AMBIGUOUS, field="expires_in"),
    "two wishes": form("caller_id=8004506787&opt_out=true&opt_out=false", AMBIGUOUS, field="opt_out"),
    "a caller that is an object": of_json(b'{"caller_id":{"a":"8004506787"}}', INVALID, field="caller_id"),
    "a caller that is true": of_json(b'{"caller_id":true}', CALLER, field="caller_id"),
    "a test that is an object": lead('"test":{"a":1}', INVALID, field="test"),
    "an opt-out in brackets": form("caller_id=8004506787&opt_out[a]=1", INVALID, field="opt_out"),
    "an address that is an object": lead('"email":{"a":"b"}', INVALID, field="email"),
    "a lead token that is an object": Row(
        expect=MISSING, target=LEADS, body=b'{"lead_token":{"a":"TOKEN"},"caller_id":"8004506787"}', content_type=JSON
    ),
    "a lead token that is a number": Row(
        expect=UNKNOWN, target=LEADS, body=b'{"lead_token":5,"caller_id":"8004506787"}', content_type=JSON
    ),
    "a lead token that is true": Row(
        expect=MISSING, target=LEADS, body=b'{"lead_token":true,"caller_id":"8004506787"}', content_type=JSON
    ),
    "a lead token in a list": Row(
        expect=TAKEN, target=LEADS, body=b'{"lead_token":["TOKEN"],"caller_id":"8004506787"}', content_type=JSON
    ),
    "a prototype": lead('"__proto__":{"is_admin":true},"constructor":{"x":1}', TAKEN),
    "data that is a text": lead('"data":"kittens"', TAKEN),
    "data in data in data": lead('"data":{"data":{"data":{"opt_out":"true"}}}', TAKEN),
    # --- values that mean nothing ------------------------------------------------------------------------------
    "no caller": of_json(b"{}", NO_CALLER, field="caller_id"),
    "an empty caller": of_json(b'{"caller_id":""}', NO_CALLER, field="caller_id"),
    "a caller of blanks": of_json(b'{"caller_id":" \\u00a0 "}', NO_CALLER, field="caller_id"),
    "a caller too short": of_json(b'{"caller_id":"123"}', CALLER, field="caller_id"),
    "a plus": of_json(b'{"caller_id":"+"}', CALLER, field="caller_id"),
    "a number that does not exist": of_json(b'{"caller_id":"+10000000000"}', CALLER, field="caller_id"),
    "two numbers in one": of_json(b'{"caller_id":"8004506787 or 8004506788"}', CALLER, field="caller_id"),
    "a command for the database": of_json(b'{"caller_id":"\'; DROP TABLE leads;--"}', CALLER, field="caller_id"),
    "a script for a caller": of_json(b'{"caller_id":"<script>alert(1)</script>"}', CALLER, field="caller_id"),
    "a script for a value": lead('"x":"<script>alert(1)</script>"', TAKEN),
    "a command for the database in a value": lead('"x":"\'; DROP TABLE leads;--"', TAKEN),
    "a formula": lead('"x":"=HYPERLINK(\\"http://x\\")"', TAKEN),
    "no minutes": lead('"expires_in":0', INVALID, field="expires_in"),
    "minutes below nothing": lead('"expires_in":-1', INVALID, field="expires_in"),
    "more than ten years": lead('"expires_in":5260321', INVALID, field="expires_in"),
    "minutes in words": lead('"expires_in":"soon"', INVALID, field="expires_in"),
    "minutes with a comma": lead('"expires_in":"1,5"', INVALID, field="expires_in"),
    "minutes without end": lead('"expires_in":"1e9999999999"', INVALID, field="expires_in"),
    "minutes next to nothing": lead('"expires_in":"1e-9999999999"', TAKEN),
    "minutes that signal": lead('"expires_in":"sNaN"', INVALID, field="expires_in"),
    "a priority beyond all": lead('"lead_priority":1e7', INVALID, field="lead_priority"),
    "a priority too fine": lead('"lead_priority":0.00001', INVALID, field="lead_priority"),
    "a time in words": lead('"next_action_at":"tomorrow"', INVALID, field="next_action_at"),
    "a thirteenth month": lead('"next_action_at":"2030-13-01T00:00:00Z"', INVALID, field="next_action_at"),
    "a time after all time": lead('"next_action_at":"9999-12-31T23:59:59-23:59"', INVALID, field="next_action_at"),
    "a time before all time": lead('"next_action_at":"0001-01-01T00:00:00+23:59"', INVALID, field="next_action_at"),
    "maybe": lead('"test":"maybe"', INVALID, field="test"),
    "a boolean of two": lead('"opt_out":2', INVALID, field="opt_out"),
    "a source of a thousand digits": lead('"traffic_source_id":"' + "1" * 1_000 + '"', TAKEN),
    "a source of another script's digits": lead('"traffic_source_id":"\u0661\u0660\u0660\u0660"', TAKEN),
    # --- lead tokens -------------------------------------------------------------------------------------------
    "no lead token": at(f"{LEADS}?caller_id=8004506787", MISSING),
    "an empty lead token": at(f"{LEADS}?lead_token=&caller_id=8004506787", MISSING),
    "a blank lead token": at(f"{LEADS}?lead_token=%20%09&caller_id=8004506787", MISSING),
    "an unknown lead token": at(f"{LEADS}?lead_token={UNKNOWN_TOKEN}&caller_id=8004506787", UNKNOWN),
    "a lead token and a letter": at(f"{LEADS}?lead_token=TOKENx&caller_id=8004506787", UNKNOWN),
    "a letter and a lead token": at(f"{LEADS}?lead_token=xTOKEN&caller_id=8004506787", UNKNOWN),
    "a lead token and NUL": at(f"{LEADS}?lead_token=TOKEN%00&caller_id=8004506787", UNKNOWN),
    "half a lead token": at(f"{LEADS}?lead_token=lt_&caller_id=8004506787", UNKNOWN),
    "everything as a lead token": at(f"{LEADS}?lead_token=*&caller_id=8004506787", UNKNOWN),
    "a command as a lead token": at(f"{LEADS}?lead_token='%20OR%20''='&caller_id=8004506787", UNKNOWN),
    "a lead token of an offer that is a schedule's": at(
        f"{LEADS}?offer_lead_token=TOKEN&caller_id=8004506787", UNKNOWN
    ),
    "a lead token in a cookie": with_headers(MISSING, Cookie="lead_token=TOKEN"),
    "a lead token under the wrong scheme": with_headers(MISSING, Authorization="Token TOKEN"),
    "a bearer without a token": with_headers(MISSING, Authorization="Bearer"),
    "a Basic that is none": with_headers(MISSING, Authorization="Basic !!!"),
    "a stray bearer alone": with_headers(UNKNOWN, Authorization="Bearer eyJhbGciOi"),
    "an API key alone": with_headers(MISSING, Authorization="Bearer key_0123456789ABCDEFGHIJKLMNOPQRST_000000"),
    # --- addresses ---------------------------------------------------------------------------------------------
    "two slashes in front": at("//api/v1/leads?lead_token=TOKEN&caller_id=8004506787", TAKEN),
    "two slashes inside": at("/api//v1/leads?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "two slashes behind": at("/api/v1/leads//?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "a way around": at("/api/v1/x/../leads?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "a dot": at("/api/v1/leads/%2e?lead_token=TOKEN&caller_id=8004506787", WRONG_METHOD),
    "two dots": at("/api/v1/leads/%2e%2e?lead_token=TOKEN&caller_id=8004506787", WRONG_METHOD),
    "an encoded slash": at("/api%2Fv1%2Fleads?lead_token=TOKEN&caller_id=8004506787", TAKEN),
    "a twice encoded slash": at("/api/v1%252Fleads?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "capitals": at("/API/v1/leads?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "a blank behind": at("/api/v1/leads%20?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "NUL behind": at("/api/v1/leads%00?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "a line feed behind": at("/api/v1/leads%0A?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "a parameter of the path": at("/api/v1/leads;lead_token=TOKEN", NOT_FOUND),
    "the lead token in the path": at("/api/v1/TOKEN/leads", NOT_FOUND),
    "bytes that are no UTF-8 in the path": at("/api/v1/leads%FF?lead_token=TOKEN", NOT_FOUND),
    "something below a lead": at("/api/v1/leads/1/2?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "a very long way": at("/api/v1/leads/" + "a/" * 30_000, NOT_FOUND),
    "a very long word": at("/" + "a" * 60_000, NOT_FOUND),
    "another version": at("/api/v2/leads?lead_token=TOKEN&caller_id=8004506787", NOT_FOUND),
    "no path at all": at("", NOT_FOUND),
    "a whole address": at("http://leads.example.com/api/v1/leads?lead_token=TOKEN", NOT_FOUND),
    "a file": at("/../../etc/passwd", NOT_FOUND, "GET"),
    # --- methods -----------------------------------------------------------------------------------------------
    "PATCH": at(SOUND, WRONG_METHOD, "PATCH"),
    "DELETE": at(SOUND, WRONG_METHOD, "DELETE"),
    "TRACE": at(SOUND, WRONG_METHOD, "TRACE"),
    "CONNECT": at(SOUND, WRONG_METHOD, "CONNECT"),
    "GET": at(SOUND, WRONG_METHOD, "GET"),
    "HEAD": at(SOUND, WRONG_METHOD, "HEAD"),
    "a word": at(SOUND, WRONG_METHOD, "ENROLL"),
    "a very long word for a method": at(SOUND, WRONG_METHOD, "A" * 10_000),
    "the lead token for a method": at(SOUND, WRONG_METHOD, "TOKEN"),
    "another method in a header": with_headers(TAKEN, X_Lead_Token="TOKEN", X_HTTP_Method_Override="DELETE"),
    "another method in the query": at(f"{SOUND}&_method=delete", TAKEN),
    # --- headers -----------------------------------------------------------------------------------------------
    "a lead token that never ends": with_headers(UNKNOWN, X_Lead_Token="lt_" + "a" * 60_000),
    "a lead token of another alphabet": with_headers(UNKNOWN, X_Lead_Token="\xe9\xff"),
    "a bearer that never ends": with_headers(UNKNOWN, Authorization="Bearer " + "a" * 60_000),
    "an accept that never ends": with_headers(TAKEN, X_Lead_Token="TOKEN", Accept="text/html," * 6_000),
    "an accept that is none": with_headers(TAKEN, X_Lead_Token="TOKEN", Accept=";;q=,="),
    "cookies that never end": with_headers(TAKEN, X_Lead_Token="TOKEN", Cookie="a=b;" * 15_000),
    "a host that is none": with_headers(TAKEN, X_Lead_Token="TOKEN", Host="[::1"),
    "a host with an address in it": with_headers(TAKEN, X_Lead_Token="TOKEN", Host="leads@evil.example\\@x"),
    "a host of another alphabet": with_headers(TAKEN, X_Lead_Token="TOKEN", Host="\xe9.example"),
    "no host": with_headers(TAKEN, X_Lead_Token="TOKEN", Host=""),
    "a port that is none": with_headers(TAKEN, X_Lead_Token="TOKEN", Host="leads.example.com:99999999"),
    "proxies without end": with_headers(TAKEN, X_Lead_Token="TOKEN", X_Forwarded_For="1.2.3.4," * 8_000),
    "a range": with_headers(TAKEN, X_Lead_Token="TOKEN", Range="bytes=0-1"),
    "a condition": with_headers(TAKEN, X_Lead_Token="TOKEN", If_None_Match="*"),
    "an expectation": with_headers(TAKEN, X_Lead_Token="TOKEN", Expect="100-continue"),
    "two framings": Row(
        expect=MALFORMED, target=SOUND, body=b"{}", content_type=JSON, headers={"Transfer-Encoding": "chunked"}
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_hostile_request_is_answered_soundly(world: World, row: Row) -> None:
    answer = world.ask(
        row.method.replace("TOKEN", world.schedule_token),
        row.target,
        body=row.body,
        content_type=row.content_type,
        headers=row.headers,
        environ=row.environ,
    )

    # A HEAD has no body; what it would say is what GET says.
    code = None if row.method == "HEAD" else answer.get_json(force=True).get("code")
    assert (answer.status_code, code) == (row.expect[0], None if row.method == "HEAD" else row.expect[1]), answer.data
    assert world.schedule_token not in f"{answer.headers}{answer.data.decode()}"
    if row.expect[0] != 200:
        assert answer.content_type == "application/problem+json"
    if row.field is not None:
        assert row.field in answer.get_json(force=True)["errors"]
    # What is refused leaves no lead, and what is judged leaves exactly one submission.
    assert world.get().get_json()["metadata"]["total_count"] == (row.expect == TAKEN)
    assert len(world.submissions()) == (row.expect[0] in {200, 422})


def test_there_are_rows_for_every_kind_of_attack() -> None:
    assert len(ROWS) >= 120
