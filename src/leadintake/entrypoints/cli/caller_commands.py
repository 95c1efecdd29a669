"""``leadintake caller-…``: do to many callers what the HTTP operations of the same names do to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from leadintake.entrypoints.cli.caller_numbers import numbers_options, read_numbers
from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.output import output_option
from leadintake.entrypoints.cli.owners import owner_named, owner_options

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")

_LIFT = (("lift_opt_out", "true"),)


def _on_callers(command: Command) -> Command:
    """Give a command what all of these have: numbers, ``--dry-run``, ``--company`` and ``--output``."""
    command = output_option(company_option(command))
    command = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")(command)
    return numbers_options(command)


@click.command("caller-opt-out")
@_on_callers
def caller_opt_out(
    *, numbers: tuple[str, ...], file: str | None, dry_run: bool, company: str | None, output: str
) -> int:
    """Opt callers out: it is their own wish, and wins over everything.

    Every live lead of the caller in the company ends, and nobody can submit them again. A number that was never seen
    is recorded too. Doing it twice is doing it once.

    \b
    Examples:
      leadintake caller-opt-out +18004506787
      leadintake caller-opt-out '+1 (202) 555-0143' 2025550144 --dry-run
      leadintake caller-opt-out --file stop-list.csv --output json
      leadintake caller-opt-out --file - <replies.txt
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.operations import Operation
    from leadintake.entrypoints.cli.caller_operations import Order, obey

    return obey(
        Order(
            operation=Operation.CALLER_OPT_OUT,
            numbers=read_numbers(numbers, file),
            company=company,
            is_dry_run=dry_run,
            output=output,
        )
    )


@click.command("caller-remove")
@owner_options
@_on_callers
def caller_remove(
    *,
    numbers: tuple[str, ...],
    file: str | None,
    dry_run: bool,
    company: str | None,
    output: str,
    schedule: int | None,
    offer: int | None,
) -> int:
    """Take the live leads of callers out: nothing more happens to them.

    Without --schedule or --offer the caller's live lead of every schedule and offer goes. The caller may be submitted
    again; caller-block and caller-opt-out keep them away.

    \b
    Examples:
      leadintake caller-remove --schedule 1 +18004506787
      leadintake caller-remove --file sold.txt --dry-run
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.operations import Operation
    from leadintake.entrypoints.cli.caller_operations import Order, obey

    return obey(
        Order(
            operation=Operation.CALLER_REMOVE,
            numbers=read_numbers(numbers, file),
            company=company,
            owner=owner_named(schedule, offer),
            is_dry_run=dry_run,
            output=output,
        )
    )


@click.command("caller-move-to-end-of-schedule")
@owner_options
@_on_callers
def caller_move_to_end_of_schedule(
    *,
    numbers: tuple[str, ...],
    file: str | None,
    dry_run: bool,
    company: str | None,
    output: str,
    schedule: int | None,
    offer: int | None,
) -> int:
    """Skip what is left of the plan for callers: their end-of-schedule actions come next.

    Without --schedule the caller's live leads of all schedules move on. A lead of an offer has no schedule to come to
    the end of, and is refused.

    \b
    Examples:
      leadintake caller-move-to-end-of-schedule --schedule 1 +18004506787
      leadintake caller-move-to-end-of-schedule --file reached.csv --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.operations import Operation
    from leadintake.entrypoints.cli.caller_operations import Order, obey

    return obey(
        Order(
            operation=Operation.CALLER_MOVE_TO_END_OF_SCHEDULE,
            numbers=read_numbers(numbers, file),
            company=company,
            owner=owner_named(schedule, offer),
            is_dry_run=dry_run,
            output=output,
        )
    )


@click.command("caller-block")
@_on_callers
def caller_block(*, numbers: tuple[str, ...], file: str | None, dry_run: bool, company: str | None, output: str) -> int:
    """Block callers: the company's own choice not to contact them, everywhere.

    Every live lead of the caller ends, and nobody can submit them until caller-unblock lifts it. A caller's own wish is
    recorded with caller-opt-out instead.

    \b
    Examples:
      leadintake caller-block +18004506787
      leadintake caller-block --file pranksters.txt
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.operations import Operation
    from leadintake.entrypoints.cli.caller_operations import Order, obey

    return obey(
        Order(
            operation=Operation.CALLER_BLOCK,
            numbers=read_numbers(numbers, file),
            company=company,
            is_dry_run=dry_run,
            output=output,
        )
    )


@click.command("caller-unblock")
@click.option("--lift-opt-out", is_flag=True, help="Lift the caller's own opt-out as well: only on their word.")
@_on_callers
def caller_unblock(
    *,
    numbers: tuple[str, ...],
    file: str | None,
    dry_run: bool,
    company: str | None,
    output: str,
    lift_opt_out: bool,
) -> int:
    """Lift the block of callers; no lead comes back to life, but they may be submitted again.

    A caller who has opted out stays opted out, unless --lift-opt-out says otherwise.

    \b
    Examples:
      leadintake caller-unblock +18004506787
      leadintake caller-unblock --lift-opt-out +18004506787
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.operations import Operation
    from leadintake.entrypoints.cli.caller_operations import Order, obey

    return obey(
        Order(
            operation=Operation.CALLER_UNBLOCK,
            numbers=read_numbers(numbers, file),
            company=company,
            parameters=_LIFT if lift_opt_out else (),
            is_dry_run=dry_run,
            output=output,
        )
    )
