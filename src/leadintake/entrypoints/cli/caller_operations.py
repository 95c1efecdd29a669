"""One operation on many callers: batches, a progress bar, and a summary of what was done and what was not."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.domain.errors import Refusal
from leadintake.entrypoints.cli.companies import choose_company
from leadintake.entrypoints.cli.exit_statuses import DONE, status_of
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import print_json, print_pairs, printable, say
from leadintake.entrypoints.cli.owners import find_owner
from leadintake.entrypoints.cli.program import complain_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company
    from leadintake.domain.operations import OperateOnCaller, Operation, OperationDecision
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.parameters import Limits
    from leadintake.entrypoints.cli.caller_numbers import Numbered

BATCH_SIZE: Final = 500
"""Long enough to share a commit, short enough to keep nobody waiting who submits one of these callers meanwhile."""
_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command line asks for.

    Shape: `owner` is the only one whose leads are meant, None for every one; `parameters` go with each number.
    """

    operation: Operation
    numbers: Sequence[Numbered]
    company: str | None
    owner: OwnerRef | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    is_dry_run: bool = False
    output: str = "table"


@dataclass(slots=True, kw_only=True)
class _Summary:
    """What has become of the numbers so far."""

    order: Order
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[Numbered, Refusal]] = field(default_factory=list)
    lead_count: int = 0

    def add(self, number: Numbered, decision: OperationDecision) -> None:
        """Count one verdict."""
        if decision.refusal is not None:
            self.failures.append((number, decision.refusal))
            return
        self.outcomes[decision.outcome.value] += 1
        self.lead_count += len(decision.done_to)

    @property
    def unchanged(self) -> int:
        return self.outcomes["unchanged"]

    @property
    def done(self) -> int:
        return self.outcomes.total() - self.unchanged

    @property
    def status(self) -> int:
        """Return the exit status: the highest of all numbers."""
        return max((status_of(type(refusal)) for _, refusal in self.failures), default=DONE)

    def document(self) -> dict[str, Any]:
        """Return it as `--output json` shows it."""
        return {
            "operation": self.order.operation.value,
            "dry_run": self.order.is_dry_run,
            "total": len(self.order.numbers),
            "done": self.done,
            "unchanged": self.unchanged,
            "failed": len(self.failures),
            "leads": self.lead_count,
            "failures": [
                {"caller_id": number.text, "line": number.line, "code": refusal.code, "error": refusal.detail}
                for number, refusal in self.failures
            ],
        }


def obey(order: Order) -> int:
    """Do the operation on every number, print what became of them, and return the exit status."""
    settings = read_settings()
    with ready_installation(settings) as services:
        # Imported late, as all of the answer's machinery is.
        from leadintake.bootstrap import limits_of

        company = choose_company(services, order.company)
        if order.owner is not None:
            find_owner(services.read_directory(company.id), order.owner)
        summary = _Summary(order=order)
        run = services.rehearse_on_callers if order.is_dry_run else services.operate_on_callers
        try:
            _run(services, company, limits_of(settings), summary, run)
        except (Refusal, KeyboardInterrupt):
            # What was committed stays: say how far it came before saying why it went no further.
            _print(summary)
            say("It was broken off there. Do it again: what is done already is left as it is.")
            raise
    _print(summary)
    return summary.status


def _run(
    services: Services,
    company: Company,
    limits: Limits,
    summary: _Summary,
    run: Callable[[Sequence[OperateOnCaller]], Sequence[OperationDecision]],
) -> None:
    order = summary.order
    numbers = iter(order.numbers)
    with _progress(order) as advance:
        while batch := list(islice(numbers, BATCH_SIZE)):
            decisions = run([_command(services, company, limits, order, number) for number in batch])
            for number, decision in zip(batch, decisions, strict=True):
                summary.add(number, decision)
                if len(order.numbers) <= _MOST_SHOWN and order.output == "table" and decision.refusal is None:
                    click.echo(_line(decision, number))
            advance(len(batch))


def _command(services: Services, company: Company, limits: Limits, order: Order, number: Numbered) -> OperateOnCaller:
    """Return the very command that a request with an API key would be."""
    from leadintake.domain.operations import CameBy
    from leadintake.domain.submission import Receipt, SubmissionId
    from leadintake.entrypoints.api.intake.carriers import EMPTY_BODY
    from leadintake.entrypoints.api.intake.kept import kept_request
    from leadintake.entrypoints.schemas.operations import Asked, to_operation

    query = (("caller_id", number.text), *_owner_parameters(order.owner), *order.parameters)
    kept = kept_request(query, EMPTY_BODY, secrets=()).as_mapping()
    receipt = Receipt(
        id=SubmissionId(services.new_id()),
        company_id=company.id,
        lead_token_id=None,
        received_at=services.clock(),
        route=order.operation.value,
        # Without an address it came from here.
        remote_ip=None,
        request=kept | {"came_by": CameBy.COMMAND_LINE.value},
    )
    return to_operation(
        EMPTY_BODY.submitted(query),
        Asked(
            receipt=receipt,
            operation=order.operation,
            came_by=CameBy.COMMAND_LINE,
            region=company.region,
            limits=limits,
        ),
    )


def _owner_parameters(owner: OwnerRef | None) -> tuple[tuple[str, str], ...]:
    return () if owner is None else ((f"{owner.kind.value}_id", str(owner.id)),)


@contextmanager
def _progress(order: Order) -> Iterator[Callable[[int], None]]:
    """Lend what moves a bar on standard error on; there is none without a terminal, and none for a handful."""
    if not sys.stderr.isatty() or len(order.numbers) <= _MOST_SHOWN:
        yield lambda _count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(order.operation.value, total=len(order.numbers))
        yield lambda count: progress.advance(task, count)


def _line(decision: OperationDecision, number: Numbered) -> str:
    leads = len(decision.done_to)
    told = f"  {leads} lead{'s' * (leads != 1)}" if leads else ""
    return f"{decision.outcome.value}  {printable(number.text)}{told}"


def _print(summary: _Summary) -> None:
    if summary.order.output == "json":
        print_json(summary.document())
        return
    for number, refusal in summary.failures:
        complain_of(refusal, about=f"{printable(number.place)}: ")
    would = "Would be done" if summary.order.is_dry_run else "Done"
    print_pairs(
        [
            (would, summary.done),
            ("Unchanged", summary.unchanged),
            ("Failed", len(summary.failures)),
            ("Leads", summary.lead_count),
        ]
    )
