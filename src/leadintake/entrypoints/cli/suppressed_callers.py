"""Many callers onto a suppression list, or off it: batches, a progress bar, and a summary."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from leadintake.domain.errors import InvalidCallerId, Refusal
from leadintake.entrypoints.cli.exit_statuses import BAD_USAGE, DONE
from leadintake.entrypoints.cli.output import print_json, print_pairs, printable, say
from leadintake.entrypoints.cli.program import complain_of
from leadintake.entrypoints.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.domain.use_cases.manage_suppression_lists import ChangedEntries
    from leadintake.entrypoints.cli.caller_numbers import Numbered


@dataclass(slots=True, kw_only=True)
class Changed:
    """What has become of the numbers so far; `entries` is how many the list had when it was last looked at."""

    done: str
    total: int
    failures: list[tuple[Numbered, InvalidCallerId]]
    entries: int
    changed: int = 0
    unchanged: int = 0

    @property
    def status(self) -> int:
        """Return the exit status."""
        return BAD_USAGE if self.failures else DONE

    def print(self, output: str) -> None:
        """Print it, and what is wrong with each number that is none."""
        if output == "json":
            print_json(self._document())
            return
        for number, refusal in self.failures:
            complain_of(refusal, about=f"{printable(number.place)}: ")
        print_pairs(
            [
                (self.done.capitalize(), self.changed),
                ("Unchanged", self.unchanged),
                ("Failed", len(self.failures)),
                ("On the list", self.entries),
            ]
        )

    def _document(self) -> dict[str, Any]:
        return {
            "total": self.total,
            self.done: self.changed,
            "unchanged": self.unchanged,
            "failed": len(self.failures),
            "entries": self.entries,
            "failures": [
                {"caller_id": number.text, "line": number.line, "code": refusal.code, "error": refusal.detail}
                for number, refusal in self.failures
            ],
        }


def change_entries(
    numbers: Sequence[Numbered],
    *,
    done: str,
    region: str,
    entries: int,
    change: Callable[[Sequence[str]], ChangedEntries],
    output: str,
) -> int:
    """Change a list by every number, print what became of them, and return the exit status.

    Args:
        numbers: As they were given.
        done: What is done with each, for the summary.
        region: The company's, in which numbers are read.
        entries: How many the list has before.
        change: Changes the list by a batch, all of it or none.
        output: For people or for programs.
    """
    from leadintake.entrypoints.schemas.company.suppression_lists import MOST_CALLERS

    callers, failures = _read(numbers, region)
    changed = Changed(done=done, total=len(numbers), failures=failures, entries=entries)
    changed.unchanged = len(numbers) - len(failures) - len(callers)
    remaining = iter(callers)
    try:
        with progress(done, len(callers)) as advance:
            # As many as one HTTP request may bring: each batch is one transaction, and holds up others no longer.
            while batch := list(islice(remaining, MOST_CALLERS)):
                after = change(batch).total_count
                moved = min(abs(after - changed.entries), len(batch))
                changed.changed += moved
                changed.unchanged += len(batch) - moved
                changed.entries = after
                advance(len(batch))
    except (Refusal, KeyboardInterrupt):
        changed.print(output)
        say("It was broken off there. Do it again: what is done already is left as it is.")
        raise
    changed.print(output)
    return changed.status


def _read(numbers: Sequence[Numbered], region: str) -> tuple[list[str], list[tuple[Numbered, InvalidCallerId]]]:
    """Return the callers, none twice, and the numbers that are none."""
    from leadintake.domain.phone import PhoneNumber

    callers: dict[str, None] = {}
    failures = []
    for number in numbers:
        try:
            callers[PhoneNumber.parse(number.text, region).e164] = None
        except InvalidCallerId as refusal:
            failures.append((number, refusal))
    return list(callers), failures
