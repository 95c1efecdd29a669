"""Code, coloured by classes: a style written into an element would not pass the pages' own policy."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from pygments.formatter import Formatter
    from pygments.lexer import Lexer


def highlighted(text: str, language: str) -> Markup:
    """Return the text as HTML, escaped, its words in elements of the classes that `pages.css` colours."""
    # Imported here: a worker starts without it, and most of them never show a sample.
    from pygments import highlight  # noqa: PLC0415 - see above

    return Markup(highlight(text, _lexer(language), _formatter()))  # noqa: S704 - Pygments escapes all of the text


@cache
def _lexer(language: str) -> Lexer:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - see above

    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@cache
def _formatter() -> Formatter[str]:
    from pygments.formatters import HtmlFormatter  # noqa: PLC0415 - see above

    return HtmlFormatter(nowrap=True, classprefix="c-")
