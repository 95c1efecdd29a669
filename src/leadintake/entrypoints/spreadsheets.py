"""Files for spreadsheets: comma-separated values in which nothing that somebody else wrote becomes a formula."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What a spreadsheet would take for a formula, were it a cell's first character.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - as spreadsheets read them


def comma_separated(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as comma-separated values after RFC 4180; what is None is an empty cell."""
    written = StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    for row in rows:
        writer.writerow(["" if cell is None else cell for cell in row])
    return written.getvalue()


def harmless(value: Any) -> Any:  # noqa: ANN401 - a number, a text or nothing
    """Return a value of unknown origin so that a spreadsheet shows it: a text like a formula begins with an apostrophe.

    >>> harmless("=1+1"), harmless("kittens"), harmless(-1)
    ("'=1+1", 'kittens', -1)
    """
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULAS):
        return f"'{value}"
    return value
