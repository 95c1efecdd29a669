"""Where a request carries its parameters: query string, form, multipart, JSON; read as real clients write them.

Source: specification, section 3.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from leadintake.domain.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType
from leadintake.domain.parameters import NestedTooDeeply, Submitted, fold_brackets
from leadintake.entrypoints.api.intake.charsets import ENCODING_NAMES, decode, encoding_for
from leadintake.entrypoints.api.intake.json_body import read_json_object
from leadintake.entrypoints.api.intake.media_type import MediaType, parse_media_type
from leadintake.entrypoints.api.intake.multipart_body import read_multipart

if TYPE_CHECKING:
    from leadintake.domain.notice import Notice
    from leadintake.domain.parameters import Limits, Pairs, TextPairs

_UTF_8_BOM: Final = b"\xef\xbb\xbf"
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
# What clients send that do not know or do not say what they send: the body's shape decides.
_UNTOLD: Final = frozenset({"", "*/*", "text/plain", "application/octet-stream", "binary/octet-stream"})
_FORM_SHAPED: Final = re.compile(rb"\s*[^\s=&<>{}\"]+=")


class BodyKind(StrEnum):
    """How a body carried its parameters."""

    EMPTY = "empty"
    FORM = "form"
    MULTIPART = "multipart"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body that was read.

    Shape: `pairs` are the parameters, bracketed names of forms folded; `fields` are a form's own names and texts
    as sent, empty for JSON; `text` is the JSON as sent, empty for forms.
    """

    kind: BodyKind
    text: str = field(default="", repr=False, compare=False)
    pairs: Pairs = field(default=(), repr=False)
    fields: TextPairs = field(default=(), repr=False)
    notices: tuple[Notice, ...] = ()

    def submitted(self, query: TextPairs) -> Submitted:
        """Return what the request submitted: this body and the query."""
        return Submitted(query=query, body=self.pairs, body_is_form=self.kind is BodyKind.FORM, notices=self.notices)


EMPTY_BODY: Final = Body(kind=BodyKind.EMPTY)


def read_query(query_string: bytes) -> TextPairs:
    """Read a query string's parameters in order, repeats and empty values included.

    Shape: names and texts are decoded, otherwise as sent; a raw ``+`` is a blank, ``;`` separates nothing.
    Raises: MalformedBody: percent-encoded or raw bytes are not UTF-8.

    >>> read_query(b"interest=kittens&caller_id=+18004506787&flag")
    (('interest', 'kittens'), ('caller_id', ' 18004506787'), ('flag', ''))
    """
    try:
        return _read_pairs(query_string, "utf-8")
    except UnicodeDecodeError as error:
        raise MalformedBody("The query string holds bytes that are not UTF-8.") from error


def read_body(content_type: str | None, body: bytes, *, limits: Limits) -> Body:
    """Read a body's parameters by what it says it is and, where clients are known to be wrong, by what it is.

    Args:
        content_type: The header as received; it may be missing, empty or wrong.
        body: All of the body's bytes.
        limits: What the body may hold.

    Raises:
        PayloadTooLarge: it has too many bytes, parameters or levels.
        UnsupportedMediaType: it is in a carrier or a charset that is not read here.
        MalformedBody: it cannot be decoded or parsed.
    """
    if len(body) > limits.max_body_bytes:
        raise PayloadTooLarge(f"The body is larger than {limits.max_body_bytes} bytes.")
    has_bom = body.startswith(_UTF_8_BOM)
    content = body.removeprefix(_UTF_8_BOM)
    first = content.lstrip()[:5]
    # Clients that have nothing to add say so in all these ways, under any label.
    if not first or (first.startswith(b"null") and content.strip() == b"null"):
        return EMPTY_BODY
    media = parse_media_type(content_type or "")
    kind = _kind(media, first, content)
    # A byte order mark is stronger evidence than a label.
    encoding = "utf-8" if has_bom else encoding_for(media.charset)
    if kind is BodyKind.JSON:
        text = _read_text(content, encoding)
        return Body(kind=kind, text=text, pairs=read_json_object(text, limits))
    notices: tuple[Notice, ...] = ()
    if kind is BodyKind.FORM:
        fields = _read_form(content, encoding, limits)
    else:
        fields, notices = read_multipart(content, media.boundary, encoding=encoding, limits=limits)
    return Body(kind=kind, pairs=folded(fields, limits), fields=fields, notices=notices)


def folded(fields: TextPairs, limits: Limits) -> Pairs:
    """Return a form's fields with bracketed names folded.

    Raises: PayloadTooLarge: a name has more levels than the limit.
    """
    try:
        return fold_brackets(fields, max_depth=limits.max_depth)
    except NestedTooDeeply as error:
        raise PayloadTooLarge(f"A form field is nested more deeply than {limits.max_depth} levels.") from error


def _kind(media: MediaType, first: bytes, content: bytes) -> BodyKind:
    """Return how to read the body.

    Raises: UnsupportedMediaType: not at all.
    """
    is_json_shaped = first.startswith((b"{", b"["))
    # "application/vnd.api+json", "text/json", and what proxies make of a header sent twice.
    if media.name.endswith("json"):
        return BodyKind.JSON
    if media.name == _FORM:
        # curl labels everything as a form unless told otherwise; no form begins with a raw brace.
        return BodyKind.JSON if first.lstrip(b"[ \t\r\n").startswith(b"{") else BodyKind.FORM
    if media.name == _MULTIPART:
        return BodyKind.JSON if is_json_shaped and not media.boundary else BodyKind.MULTIPART
    if media.name in _UNTOLD and is_json_shaped:
        return BodyKind.JSON
    if media.name in _UNTOLD and _FORM_SHAPED.match(content):
        return BodyKind.FORM
    raise UnsupportedMediaType


def _read_text(content: bytes, encoding: str) -> str:
    try:
        return decode(content, encoding)
    except UnicodeDecodeError as error:
        raise MalformedBody(
            f"The body holds bytes that are not {ENCODING_NAMES[encoding]}; the first is byte {error.start + 1}."
        ) from error


def _read_form(content: bytes, encoding: str, limits: Limits) -> TextPairs:
    if content.count(b"&") >= limits.max_parameters:
        raise PayloadTooLarge(f"The body has more than {limits.max_parameters} parameters.")
    try:
        return _read_pairs(content, encoding)
    except UnicodeDecodeError as error:
        raise MalformedBody(f"The form holds bytes that are not {ENCODING_NAMES[encoding]}.") from error


def _read_pairs(encoded: bytes, encoding: str) -> TextPairs:
    blanks = encoded.replace(b"+", b" ")
    if b"%" not in encoded:
        # All at once is the same as one by one when no byte is hidden.
        texts = decode(blanks, encoding).split("&")
        return tuple((name, value) for name, _, value in (text.partition("=") for text in texts if text))
    return tuple(
        (decode(unquote_to_bytes(name), encoding), decode(unquote_to_bytes(value), encoding))
        for name, _, value in (pair.partition(b"=") for pair in blanks.split(b"&") if pair)
    )
