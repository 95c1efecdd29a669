"""The charsets that bodies are read in."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import UnsupportedMediaType

if TYPE_CHECKING:
    from collections.abc import Mapping

ENCODING_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"utf-8": "UTF-8", "latin-1": "ISO-8859-1", "cp1252": "Windows-1252"}
)
"""The encodings that are read, with the names people know them by."""

_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "utf-8",
        "utf-8": "utf-8",
        "utf8": "utf-8",
        "utf_8": "utf-8",
        "utf-8-sig": "utf-8",
        "utf8mb4": "utf-8",
        "us-ascii": "utf-8",
        "ascii": "utf-8",
        "iso-8859-1": "latin-1",
        "iso8859-1": "latin-1",
        "iso_8859-1": "latin-1",
        "latin-1": "latin-1",
        "latin1": "latin-1",
        "windows-1252": "cp1252",
        "cp1252": "cp1252",
        "cp-1252": "cp1252",
        "x-cp1252": "cp1252",
    }
)


def encoding_for(charset: str) -> str:
    """Return the encoding behind a charset label in lower case; none given is UTF-8.

    Raises: UnsupportedMediaType: the charset is not read here. It is not guessed: a wrong guess garbles names.
    """
    try:
        return _LABELS[charset]
    except KeyError:
        raise UnsupportedMediaType(
            "The charset of the body is not read here; send UTF-8 (ISO-8859-1 and Windows-1252 are read too)."
        ) from None


def decode(content: bytes, encoding: str) -> str:
    """Decode bytes; what is labelled ISO-8859-1 is read as Windows-1252 where it can be, as browsers do.

    Raises: UnicodeDecodeError: the bytes are not of that encoding.

    >>> decode(bytes([0x69, 0x74, 0x92, 0x73]), "latin-1")
    'it’s'
    """
    if encoding != "latin-1":
        return content.decode(encoding)
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")
