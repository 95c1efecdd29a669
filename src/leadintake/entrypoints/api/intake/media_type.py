"""Content types, read leniently: half of them are typed by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_MOST_CHARS: Final = 1_000
# The type's name ends where anybody could have meant it to: some forget the semicolon, some send the header twice.
_NAME: Final = re.compile(r"\s*([^\s;,]*)")
_PARAMETER: Final = re.compile(r"[;,\s]\s*([^\s=;,]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*))")
_QUOTED_CHARACTER: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class MediaType:
    """A content type as far as it matters here: name and charset in lower case, all empty when not given."""

    name: str
    charset: str = ""
    boundary: str = ""


def parse_media_type(content_type: str) -> MediaType:
    """Read a content type; what cannot be understood is as if it had not been given.

    >>> parse_media_type('Application/JSON; charset="UTF-8"')
    MediaType(name='application/json', charset='utf-8', boundary='')
    """
    # A few headers make up nearly all requests; boundaries differ each time and would only fill the cache.
    return _parse(content_type) if "boundary" in content_type else _remembered(content_type[:_MOST_CHARS])


def _parse(content_type: str) -> MediaType:
    text = content_type[:_MOST_CHARS]
    name = _NAME.match(text)
    given = {
        match[1].lower(): match[3] if match[2] is None else _QUOTED_CHARACTER.sub(r"\1", match[2])
        for match in _PARAMETER.finditer(text, name.end() if name else 0)
    }
    return MediaType(
        name[1].lower() if name else "", given.get("charset", "").strip().lower(), given.get("boundary", "")
    )


_remembered = lru_cache(maxsize=256)(_parse)
