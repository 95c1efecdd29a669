"""Calls and conversions from a file or standard input: CSV with a heading, or a JSON object on each line."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import click

from leadintake.domain.errors import Refusal
from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.exit_statuses import DONE, status_of
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, printable, say, warn
from leadintake.entrypoints.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from marshmallow import Schema

    from leadintake.domain.recording import Recording

Command = TypeVar("Command", bound="Callable[..., Any]")

BATCH_SIZE: Final = 500
"""Long enough to share a commit, short enough to keep nobody waiting whose lead comes in meanwhile."""
_FROM_STANDARD_INPUT: Final = "-"
_SEPARATORS: Final = (",", ";", "\t")
_MOST_SHOWN: Final = 20
# What spreadsheets put an apostrophe before, so that it is not taken for a formula.
_FORMULA: Final = ("'=", "'+", "'-", "'@")


def import_options(command: Command) -> Command:
    """Give a command a FILE, ``--dry-run``, ``--company`` and ``--output``."""
    command = output_option(company_option(command))
    command = click.option(
        "--dry-run", "is_dry_run", is_flag=True, help="Say what would become of each, and keep nothing."
    )(command)
    return click.argument("file", metavar="FILE")(command)


@dataclass(frozen=True, slots=True)
class Line:
    """What one line tells; `error` says why it cannot be read."""

    number: int
    told: Mapping[str, Any]
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class Summary:
    """What has become of the lines so far."""

    is_dry_run: bool
    total: int = 0
    done: int = 0
    unchanged: int = 0
    unnamed: int = 0
    failures: list[tuple[int, Refusal]] = field(default_factory=list)

    def add(self, number: int, recording: Recording[Any]) -> None:
        """Count one verdict."""
        self.total += 1
        if recording.refusal is not None:
            self.failures.append((number, recording.refusal))
        elif recording.outcome.value == "unchanged":
            self.unchanged += 1
        else:
            self.done += 1
            self.unnamed += recording.one is not None and recording.one.external_id is None

    @property
    def status(self) -> int:
        """Return the exit status: the highest of all lines."""
        return max((status_of(type(refusal)) for _, refusal in self.failures), default=DONE)

    def show(self, what: str, output: str) -> int:
        """Print it, and return the exit status."""
        if output == "json":
            print_json(self._document())
        else:
            self._print(what)
        return self.status

    def _document(self) -> dict[str, Any]:
        return {
            "dry_run": self.is_dry_run,
            "total": self.total,
            "done": self.done,
            "unchanged": self.unchanged,
            "failed": len(self.failures),
            "failures": [
                {"line": number, "code": refusal.code, "error": refusal.detail, "errors": refusal.errors}
                for number, refusal in self.failures
            ],
        }

    def _print(self, what: str) -> None:
        for number, refusal in self.failures[:_MOST_SHOWN]:
            particulars = "; ".join(f"{name} {said[0]}" for name, said in refusal.errors.items())
            say(f"line {number}: {particulars or refusal.detail}")
        if len(self.failures) > _MOST_SHOWN:
            say(f"… and {len(self.failures) - _MOST_SHOWN} more; --output json lists them all.")
        print_pairs(
            [
                ("Would be recorded" if self.is_dry_run else "Recorded", self.done),
                ("Unchanged", self.unchanged),
                ("Failed", len(self.failures)),
            ]
        )
        if self.unnamed and not self.is_dry_run:
            warn(f"{self.unnamed} {what} had no external_id: another import of this file would record them again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import is asked for: `what` is what the lines tell of, `record` records a batch of them."""

    file: str
    what: str
    schema: Schema
    record: Callable[[Sequence[Line]], Sequence[Recording[Any]]]
    is_dry_run: bool
    output: str

    def run(self) -> int:
        """Record what the file tells, a batch at a time, show what became of it, and return the exit status.

        Raises: BadParameter: it cannot be read, or has no heading. Refusal: it was broken off.
        """
        summary = Summary(is_dry_run=self.is_dry_run)
        try:
            self._record(summary)
        except (Refusal, KeyboardInterrupt):
            # What was committed stays: say how far it came before saying why it went no further.
            summary.show(self.what, self.output)
            say("It was broken off there. Import it again: what has an external_id and is there already is unchanged.")
            raise
        return summary.show(self.what, self.output)

    def _record(self, summary: Summary) -> None:
        with _opened(self.file) as (texts, count), progress("importing", count) as advance:
            lines = _lines(texts, self.schema)
            while batch := list(islice(lines, BATCH_SIZE)):
                for line, recording in zip(batch, self.record(batch), strict=True):
                    summary.add(line.number, recording)
                advance(len(batch))


@contextmanager
def _opened(file: str) -> Iterator[tuple[Iterator[str], int]]:
    """Lend a file's lines, and how many there are; nobody knows that of standard input."""
    if file == _FROM_STANDARD_INPUT:
        yield _texts(sys.stdin.buffer), 0
        return
    try:
        with Path(file).open("rb") as counted:
            count = sum(1 for _ in counted)
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below, after it was lent
    except OSError as error:
        raise click.BadParameter(f"{file} cannot be read: {error.strerror}.", param_hint="FILE") from error
    with stream:
        yield _texts(stream), count


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    """Yield lines as text, without the mark that some programs begin a file with."""
    for number, line in enumerate(lines):
        try:
            yield line.decode("utf-8" if number else "utf-8-sig")
        except UnicodeDecodeError as error:
            said = f"line {number + 1} is not UTF-8 text; save the file as CSV UTF-8."
            raise click.BadParameter(said, param_hint="FILE") from error


def _lines(texts: Iterator[str], schema: Schema) -> Iterator[Line]:
    begun: list[str] = []
    for text in texts:
        begun.append(text)
        if text.strip():
            break
    else:
        raise click.BadParameter("there is nothing in it.", param_hint="FILE")
    lines = chain(begun, texts)
    return _of_json(lines) if begun[-1].lstrip().startswith("{") else _of_csv(lines, begun[-1], schema)


def _of_json(lines: Iterator[str]) -> Iterator[Line]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError, ArithmeticError):
            told = None
        if isinstance(told, dict):
            yield Line(number, told)
        else:
            yield Line(number, {}, "is no JSON object")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _of_csv(lines: Iterator[str], head: str, schema: Schema) -> Iterator[Line]:
    """Yield the rows under the names of their columns."""
    from leadintake.entrypoints.schemas.company.recorded import gathered

    rows = csv.reader(lines, delimiter=max(_SEPARATORS, key=head.count))
    names = next(row for row in rows if row)
    _, unknown, _ = gathered([(name, "") for name in names if name.strip()], schema)
    if unknown:
        known = ", ".join(schema.fields)
        raise click.BadParameter(
            f"its columns {', '.join(map(printable, unknown))} are not known; these are: {known} (and tokens.NAME).",
            param_hint="FILE",
        )
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield Line(rows.line_num, {}, "is no CSV")
            continue
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
            yield Line(rows.line_num, {}, f"has {len(row)} cells under {len(names)} columns")
            continue
        told, _, ambiguous = gathered([(name, _cell(cell)) for name, cell in zip(names, row, strict=False)], schema)
        error = f"says different things of {ambiguous[0]}" if ambiguous else None
        yield Line(rows.line_num, told, error)


def _cell(cell: str) -> str:
    """Return a cell without the apostrophe that keeps spreadsheets from taking it for a formula."""
    return cell[1:] if cell.startswith(_FORMULA) else cell
