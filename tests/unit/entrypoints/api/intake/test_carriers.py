from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.errors import MalformedBody, PayloadTooLarge, Refusal, UnsupportedMediaType
from leadintake.domain.parameters import JsonNumber, Limits
from leadintake.domain.reserving import reserve
from leadintake.entrypoints.api.intake.carriers import EMPTY_BODY, Body, BodyKind, read_body, read_query

LIMITS = Limits()
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
LEAD = b'{"caller_id": "+18004506787", "data": {"interest": "kittens"}}'
LEAD_PAIRS = (("caller_id", "+18004506787"), ("data", {"interest": "kittens"}))
BOM = b"\xef\xbb\xbf"


def body(content_type: str | None, content: bytes, limits: Limits = LIMITS) -> Body:
    return read_body(content_type, content, limits=limits)


# --- query --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        (b"", []),
        (b"a=1", [("a", "1")]),
        (b"a=1&a=2&b=", [("a", "1"), ("a", "2"), ("b", "")]),
        (b"a", [("a", "")]),
        (b"&&a=1&", [("a", "1")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"=x", [("", "x")]),
        (b"caller_id=+18004506787", [("caller_id", " 18004506787")]),
        (b"caller_id=%2B18004506787", [("caller_id", "+18004506787")]),
        (b"a=1;b=2", [("a", "1;b=2")]),
        (b"a=caf%C3%A9&b=caf\xc3\xa9", [("a", "café"), ("b", "café")]),
        (b"a=caf\xc3\xa9", [("a", "café")]),
        (b"data%5Binterest%5D=kittens", [("data[interest]", "kittens")]),
        (b"First+Name%09=Ada%0D%0ALovelace", [("First Name\t", "Ada\r\nLovelace")]),
        (b"a=100%&b=%zz", [("a", "100%"), ("b", "%zz")]),
        (b"a=%00", [("a", "\0")]),
        (b"%26=%3D", [("&", "=")]),
    ],
)
def test_a_query_is_read(query: bytes, pairs: list[tuple[str, str]]) -> None:
    assert read_query(query) == tuple(pairs)


@pytest.mark.parametrize("query", [b"a=%FF", b"a=\xff", b"%C3=1", b"a=%ED%A0%80", b"a=\xc3&b=1"])
def test_a_query_that_is_not_utf_8_is_malformed(query: bytes) -> None:
    with pytest.raises(MalformedBody, match="UTF-8"):
        read_query(query)


@given(st.lists(st.tuples(st.text(min_size=1), st.text())))
def test_every_encoded_query_reads_back(pairs: list[tuple[str, str]]) -> None:
    assert read_query(urlencode(pairs).encode()) == tuple(pairs)


# --- what clients send --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b" \r\n", b"null", b" null\n", BOM, BOM + b"null"])
@pytest.mark.parametrize(
    "content_type", [None, "", JSON, FORM, "text/plain", "multipart/form-data", "application/xml", "x; charset=klingon"]
)
def test_a_body_of_nothing_is_empty_under_any_label(content_type: str | None, content: bytes) -> None:
    """The lead may be in the query, whatever the client says about the body it did not write."""
    assert body(content_type, content) == EMPTY_BODY


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        "Application/JSON",
        " application/json ; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; charset=utf8",
        "application/json; charset=",
        "application/json;",
        "application/json, application/json",
        "application/vnd.api+json",
        "text/json",
        None,
        "",
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/octet-stream",
        "*/*",
        FORM,
        f"{FORM}; charset=UTF-8",
        "multipart/form-data",
    ],
)
@pytest.mark.parametrize("before", [b"", b"\r\n  ", BOM, BOM + b"\n"])
def test_json_is_read_under_many_labels(content_type: str | None, before: bytes) -> None:
    read = body(content_type, before + LEAD + b"\n")

    assert read.kind is BodyKind.JSON
    assert read.pairs == LEAD_PAIRS
    assert read.fields == ()


@pytest.mark.parametrize(
    "content_type", [FORM, f"{FORM}; charset=utf-8", FORM.upper(), None, "", "text/plain", "application/octet-stream"]
)
def test_a_form_is_read_under_many_labels(content_type: str | None) -> None:
    read = body(content_type, b"caller_id=%2B18004506787&interest=big+kittens&data%5Ba%5D=1")

    assert read.kind is BodyKind.FORM
    assert read.pairs == (("caller_id", "+18004506787"), ("interest", "big kittens"), ("data", {"a": "1"}))
    assert read.fields == (("caller_id", "+18004506787"), ("interest", "big kittens"), ("data[a]", "1"))


def test_a_byte_order_mark_before_a_form_is_no_part_of_its_first_name() -> None:
    assert body(FORM, BOM + b"caller_id=1").pairs == (("caller_id", "1"),)


def test_a_multipart_form_is_read() -> None:
    content = (
        b'--x\r\nContent-Disposition: form-data; name="data[a]"\r\n\r\none\r\ntwo\r\n'
        b'--x\r\nContent-Disposition: form-data; name="cv"; filename="cv.pdf"\r\n\r\n%PDF\r\n--x--\r\n'
    )

    for content_type in ("multipart/form-data; boundary=x", 'Multipart/Form-Data; charset=utf-8; BOUNDARY="x"'):
        read = body(content_type, content)

        assert read.kind is BodyKind.MULTIPART
        assert read.pairs == (("data", {"a": "one\r\ntwo"}),)
        assert read.fields == (("data[a]", "one\r\ntwo"),)
        assert [notice.code for notice in read.notices] == ["file_part_ignored"]


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("application/xml", b"<lead/>"),
        ("text/xml; charset=utf-8", b"<lead/>"),
        ("text/html", b"<p>"),
        ("image/png", b"\x89PNG"),
        ("multipart/mixed; boundary=x", b"--x--"),
        ("application/x-protobuf", b"{}"),
        ("text/csv", b"a=1"),
        ("application/octet-stream", b"\x00\x01\x02"),
        ("text/plain", b"hello"),
        ("text/plain", b"<a b=1>"),
        (None, b"<?xml version='1.0'?>"),
        ("", b'"text"'),
        (None, b"--x\r\nContent-Disposition: form-data"),
    ],
)
def test_other_carriers_are_not_read(content_type: str | None, content: bytes) -> None:
    with pytest.raises(UnsupportedMediaType):
        body(content_type, content)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        (JSON, b'{"caller_id": '),
        (JSON, b"caller_id=1"),
        (JSON, b"[]"),
        (JSON, b'"\xff"'),
        (FORM, b'{"caller_id": '),
        (None, b"[1]"),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=y", b"--x--"),
        (f"{FORM}; charset=windows-1252", b"a=%81"),
        (FORM, b"a=%ff"),
        (FORM, b"a=\xff"),
    ],
)
def test_what_cannot_be_read_is_malformed(content_type: str | None, content: bytes) -> None:
    with pytest.raises(MalformedBody):
        body(content_type, content)


# --- charsets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("utf-8", b"caf\xc3\xa9", "café"),
        ("UTF8", b"caf\xc3\xa9", "café"),
        ("us-ascii", b"cafe", "cafe"),
        ("iso-8859-1", b"caf\xe9", "café"),
        ("ISO-8859-1", b"it\x92s", "it’s"),
        ("latin1", b"\x81\xe9", "\x81é"),
        ("windows-1252", b"\x80 9", "€ 9"),
        ("cp1252", b"caf\xe9", "café"),
    ],
)
def test_a_declared_charset_is_honoured(charset: str, content: bytes, text: str) -> None:
    encoded = b"".join(b"%%%02X" % byte for byte in content)

    assert body(f"{JSON}; charset={charset}", b'{"a": "' + content + b'"}').pairs == (("a", text),)
    assert body(f"{FORM}; charset={charset}", b"a=" + content).pairs == (("a", text),)
    assert body(f"{FORM}; charset={charset}", b"a=" + encoded).pairs == (("a", text),)


def test_a_byte_order_mark_outweighs_the_label() -> None:
    assert body(f"{JSON}; charset=iso-8859-1", BOM + '{"a": "é"}'.encode()).pairs == (("a", "é"),)


@pytest.mark.parametrize("content_type", [f"{JSON}; charset=utf-16", f"{FORM}; charset=klingon"])
def test_an_unknown_charset_is_not_guessed(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="UTF-8"):
        body(content_type, b"a=1")


def test_bytes_that_are_not_of_the_charset_are_told_by_their_place() -> None:
    with pytest.raises(MalformedBody, match="not UTF-8; the first is byte 8"):
        body(JSON, b'{"a": "\xff"}')


# --- limits -------------------------------------------------------------------------------------------------------


def test_the_size_is_limited() -> None:
    limits = Limits(max_body_bytes=len(LEAD))

    assert body(JSON, LEAD, limits).pairs == LEAD_PAIRS
    with pytest.raises(PayloadTooLarge):
        body(JSON, LEAD + b" ", limits)


def test_the_number_of_parameters_is_limited() -> None:
    limits = Limits(max_parameters=3)

    assert len(body(FORM, b"a=1&a=2&a=3", limits).pairs) == 3
    with pytest.raises(PayloadTooLarge):
        body(FORM, b"a=1&a=2&a=3&a=4", limits)


def test_the_depth_is_limited() -> None:
    limits = Limits(max_depth=2)

    assert body(JSON, b'{"a":{"b":1}}', limits).pairs == (("a", {"b": "1"}),)
    assert body(FORM, b"a[b]=1", limits).pairs == (("a", {"b": "1"}),)
    for content_type, content in ((JSON, b'{"a":{"b":[]}}'), (FORM, b"a[b][]=1"), (FORM, b"a%5Bb%5D%5B%5D=1")):
        with pytest.raises(PayloadTooLarge):
            body(content_type, content, limits)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        (JSON, b'{"a":1' + b',"a":1' * 40_000 + b"}"),
        (JSON, b'{"data":{"a":1' + b',"a":1' * 40_000 + b"}}"),
        (JSON, b'{"a":[' + b'{"b":1},' * 30_000 + b"1]}"),
        (JSON, b'{"caller_id":["1"' + b',"1"' * 60_000 + b"]}"),
        (JSON, b'{"a":"' + b"\\u0000" * 40_000 + b'"}'),
        (FORM, b"&".join(b"a%%5B%d%%5D=1" % number for number in range(1_999))),
        (FORM, b"a" + b"[" * 250_000 + b"=1"),
        (FORM, b"a" + b"[]" * 120_000 + b"=1"),
        (FORM, b"a=" + b"%41" * 80_000),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 50_000),
        ("multipart/form-data; boundary=x", b"\r\n--x" * 50_000),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"\r\n--y" * 50_000,
        ),
        ("multipart/form-data; boundary=x", (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 4_000)),
        ("application/json;" + ' a="' * 60_000, b"{}"),
    ],
)
def test_hostile_bodies_are_done_with_quickly(content_type: str, content: bytes) -> None:
    """A quarter of a megabyte must never cost a thread for long, whatever is in it."""
    started = time.process_time()

    try:
        read = body(content_type, content)
        reserve(read.submitted(()), limits=LIMITS, region="US")
    except Refusal:
        pass

    assert time.process_time() - started < 3


# --- together -----------------------------------------------------------------------------------------------------


def test_query_and_body_are_handed_on_apart() -> None:
    read = body(FORM, b"caller_id=+18004506787")
    submitted = read.submitted((("sub_id", "a"),))

    assert submitted.query == (("sub_id", "a"),)
    assert submitted.body == (("caller_id", " 18004506787"),)
    assert submitted.body_is_form
    assert not body(JSON, LEAD).submitted(()).body_is_form


def test_numbers_and_booleans_survive() -> None:
    read = body(JSON, b'{"a": 501, "b": 30000.5, "c": true, "d": false, "e": null}')

    assert read.pairs == (("a", "501"), ("b", "30000.5"), ("c", True), ("d", False), ("e", None))
    assert isinstance(read.pairs[0][1], JsonNumber)


def test_a_body_does_not_show_what_it_holds() -> None:
    assert "8004506787" not in repr(body(JSON, LEAD))


@given(st.binary(max_size=60), st.sampled_from([None, JSON, FORM, "text/plain", "multipart/form-data; boundary=a"]))
def test_any_bytes_are_read_or_refused(content: bytes, content_type: str | None) -> None:
    """Nothing a stranger sends may end as an error of ours."""
    try:
        read: Any = body(content_type, content)
    except (MalformedBody, UnsupportedMediaType, PayloadTooLarge):
        return
    assert isinstance(read, Body)


@given(st.dictionaries(st.text("abc_ ", min_size=1), st.text()))
def test_a_form_reads_the_same_in_the_query(fields: dict[str, str]) -> None:
    encoded = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items()).encode()

    assert body(FORM, encoded).fields == read_query(encoded)
