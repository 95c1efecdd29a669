from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadintake.domain.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType
from leadintake.domain.parameters import Limits
from leadintake.entrypoints.api.intake.multipart_body import read_multipart

if TYPE_CHECKING:
    from leadintake.domain.notice import Notice
    from leadintake.domain.parameters import TextPairs

FILE = 'form-data; name="cv"; filename="cv.pdf"'


def multipart(*parts: tuple[str, bytes], line: bytes = b"\r\n", end: bytes = b"--frontier--\r\n") -> bytes:
    written = b"".join(
        b"--frontier" + line + b"Content-Disposition: " + headers.encode() + line + line + content + line
        for headers, content in parts
    )
    return written + end


def read(
    content: bytes, *, boundary: str = "frontier", limits: Limits | None = None
) -> tuple[TextPairs, tuple[Notice, ...]]:
    return read_multipart(content, boundary, encoding="utf-8", limits=limits or Limits())


@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
def test_fields_are_read_in_order(line: bytes) -> None:
    content = multipart(
        ('form-data; name="a"', b"1"), ('form-data; name="b"', b""), ('form-data; name="a"', b"2"), line=line
    )

    assert read(content) == ((("a", "1"), ("b", ""), ("a", "2")), ())


def test_the_line_ends_of_text_areas_are_kept() -> None:
    assert read(multipart(('form-data; name="a"', b"one\r\ntwo\r\n")))[0] == (("a", "one\r\ntwo\r\n"),)


def test_files_are_left_out_aloud() -> None:
    fields, notices = read(multipart((FILE, b"%PDF\xff\x00"), ('form-data; name="a"', b"1")))

    assert fields == (("a", "1"),)
    assert [(notice.code, notice.field) for notice in notices] == [("file_part_ignored", "cv")]


def test_a_file_input_left_empty_is_nothing() -> None:
    """Browsers send it all the same; nothing was left out."""
    assert read(multipart(('form-data; name="cv"; filename=""', b""))) == ((), ())


def test_a_part_without_a_name_is_kept_for_the_warning() -> None:
    assert read(multipart(("form-data", b"1")))[0] == (("", "1"),)


def test_a_form_without_fields_is_empty() -> None:
    assert read(b"--frontier--\r\n") == ((), ())


def test_a_part_may_have_its_own_charset() -> None:
    content = multipart(('form-data; name="a"\r\nContent-Type: text/plain; charset=ISO-8859-1', b"caf\xe9"))

    assert read(content)[0] == (("a", "café"),)


def test_a_part_in_an_unknown_charset_is_not_guessed() -> None:
    with pytest.raises(UnsupportedMediaType):
        read(multipart(('form-data; name="a"\r\nContent-Type: text/plain; charset=klingon', b"x")))


@pytest.mark.parametrize("boundary", ["", "fröntier", "x" * 201, "other"])
def test_a_boundary_that_is_none_is_malformed(boundary: str) -> None:
    with pytest.raises(MalformedBody):
        read(multipart(('form-data; name="a"', b"1")), boundary=boundary)


@pytest.mark.parametrize(
    "content",
    [
        multipart(('form-data; name="a"', b"1"), end=b""),
        multipart(('form-data; name="a"', b"1"))[:30],
        b"--frontier\r\nContent-Type: text/plain\r\n\r\n1\r\n--frontier--",
        b"--frontier\r\n\r\n1\r\n--frontier--",
        b'--frontier\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--frontier--',
        b"a=1&b=2",
        multipart(('form-data; name="a"', b"caf\xe9")),
    ],
)
def test_parts_that_cannot_be_read_are_malformed(content: bytes) -> None:
    """A body that was cut on its way must never become half a lead."""
    with pytest.raises(MalformedBody):
        read(content)


def test_the_number_of_parts_is_limited() -> None:
    parts = [('form-data; name="a"', b"1")] * 4

    assert len(read(multipart(*parts), limits=Limits(max_parameters=4))[0]) == 4
    with pytest.raises(PayloadTooLarge):
        read(multipart(*parts), limits=Limits(max_parameters=3))
