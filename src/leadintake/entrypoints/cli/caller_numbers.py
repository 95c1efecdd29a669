"""The numbers that a command is about: from its arguments, from a file, or from standard input."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from leadintake.domain.reserved_names import PHONE_ALIASES, token_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Command = TypeVar("Command", bound="Callable[..., Any]")

_FROM_STANDARD_INPUT: Final = "-"
_SEPARATORS: Final = (",", ";", "\t")
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number as it was given, and the line of the file that it stands in, None for an argument."""

    text: str
    line: int | None = None

    @property
    def place(self) -> str:
        """Return what to call it in a message."""
        return self.text if self.line is None else f"line {self.line}: {self.text}"


def numbers_options(command: Command) -> Command:
    """Give a command numbers as arguments and ``--file``; they arrive as `numbers` and `file`."""
    command = click.option(
        "--file",
        metavar="FILE",
        help="Also the numbers in a text or CSV file, one a line; - reads standard input.",
    )(command)
    return click.argument("numbers", metavar="[NUMBER]...", nargs=-1)(command)


def read_numbers(numbers: Sequence[str], file: str | None) -> list[Numbered]:
    """Return every number that was given, in order; what is no number is left for the verdict.

    Raises: UsageError: there is none, or the file cannot be read.
    """
    if any(not number.isprintable() and not _is_encodable(number) for number in numbers):
        raise click.UsageError("an argument is not in the encoding of this terminal; send UTF-8.")
    given = [Numbered(number) for number in numbers]
    if file is not None:
        given += _in_text(_decoded(_content(file)))
    if not given:
        raise click.UsageError(
            "whose number? Give one or more as arguments, or --file with a file that has one a line."
            if file is None
            else "the file has no number in it."
        )
    return given


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _content(file: str) -> bytes:
    if file == _FROM_STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{file} cannot be read: {error.strerror}.", param_hint="--file") from error


def _decoded(content: bytes) -> str:
    """Return the text; a number is plain ASCII in every encoding that spreadsheets write, save UTF-16."""
    if content.startswith(_UTF_16_MARKS):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _in_text(text: str) -> Iterator[Numbered]:
    """Yield the number of each line: its only cell, the one under a heading that names a number, or the first."""
    lines = text.splitlines()
    head = next((line for line in lines if line.strip()), "")
    separator = max(_SEPARATORS, key=head.count)
    rows = csv.reader(lines, delimiter=separator)
    column = 0
    is_first = True
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if is_first and (found := _column(row)) is not None:
            column, is_first = found, False
            continue
        is_first = False
        cell = row[column].strip() if column < len(row) else ""
        if cell:
            yield Numbered(cell, rows.line_num)


def _column(row: Sequence[str]) -> int | None:
    """Return which column has the numbers if this row is a heading, None if it is not."""
    names = [token_name(cell) for cell in row]
    for alias in PHONE_ALIASES:
        if alias in names:
            return names.index(alias)
    has_digit = any(character.isdigit() for character in chain.from_iterable(row))
    return None if has_digit else 0
