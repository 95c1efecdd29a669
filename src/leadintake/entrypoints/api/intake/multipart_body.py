"""The text fields of a multipart form; its files are left out, aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from leadintake.domain.errors import MalformedBody, PayloadTooLarge
from leadintake.domain.notice import Notice
from leadintake.entrypoints.api.intake.charsets import decode, encoding_for
from leadintake.entrypoints.api.intake.media_type import parse_media_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadintake.domain.parameters import Limits, TextPairs

_MOST_BOUNDARY_CHARS: Final = 200


def read_multipart(
    content: bytes, boundary: str, *, encoding: str, limits: Limits
) -> tuple[TextPairs, tuple[Notice, ...]]:
    """Read a multipart form's fields in order, and tell which files were left out.

    Args:
        content: The whole body.
        boundary: From the content type.
        encoding: Of parts that do not say their own.
        limits: How many parts there may be.

    Raises:
        MalformedBody: the boundary is missing, the parts cannot be told apart or decoded, or the end is missing.
        PayloadTooLarge: there are too many parts.
        UnsupportedMediaType: a part is in a charset that is not read here.
    """
    if not boundary.isascii() or not 0 < len(boundary) <= _MOST_BOUNDARY_CHARS:
        raise MalformedBody("The content type multipart/form-data needs the boundary that the body is written with.")
    fields: list[tuple[str, str]] = []
    notices: list[Notice] = []
    try:
        for part, data in _parts(content, boundary, limits):
            if isinstance(part, Field):
                charset = parse_media_type(part.headers.get("content-type", "")).charset
                fields.append((part.name or "", decode(data, encoding_for(charset) if charset else encoding)))
            elif part.filename or data:
                # A file input that was left empty comes without a name and without content: nothing was left out.
                notices.append(Notice("file_part_ignored", part.name or None, "Files are not kept; it was left out."))
    except RequestEntityTooLarge as error:
        raise PayloadTooLarge(f"The body has more than {limits.max_parameters} parts.") from error
    except UnicodeDecodeError as error:
        raise MalformedBody("The multipart body holds bytes that do not belong to its charset.") from error
    except ValueError as error:
        raise MalformedBody("The multipart body is incomplete, or does not match its boundary.") from error
    return tuple(fields), tuple(notices)


def _parts(content: bytes, boundary: str, limits: Limits) -> Iterator[tuple[Field | File, bytes]]:
    """Yield each part with its content; the decoder answers for the grammar."""
    decoder = MultipartDecoder(boundary.encode("ascii"), max_parts=limits.max_parameters)
    decoder.receive_data(content)
    decoder.receive_data(None)
    part: Field | File | None = None
    chunks: list[bytes] = []
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, Field | File):
            part, chunks = event, []
        elif isinstance(event, Data) and part is not None:
            chunks.append(event.data)
            if not event.more_data:
                yield part, b"".join(chunks)
