"""``leadintake call …``: calls of a company's leads, as whoever carried them tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import RECORD_ID
from leadintake.entrypoints.cli.output import output_option
from leadintake.entrypoints.cli.recorded import Commands, named_tokens, stamp_filters, stamp_pairs
from leadintake.entrypoints.cli.recorded_files import import_options
from leadintake.entrypoints.cli.set_up import changes, company_of, instant, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from leadintake.domain.call import Call
    from leadintake.domain.money import Currency
    from leadintake.entrypoints.recorded_kinds import Kind


def _kind() -> Kind[Call]:
    from leadintake.entrypoints.recorded_kinds import CALL

    return CALL


def _row(one: Call, currency: Currency) -> tuple[object, ...]:
    from leadintake.domain.money import write_amount

    return (
        one.id,
        one.stamp.caller.e164 if one.stamp.caller else "erased",
        one.stamp.attribution.traffic_source_id or "",
        one.stamp.attribution.sub_id or "",
        instant(one.started_at),
        one.duration_seconds,
        "yes" if one.is_connected else "no",
        write_amount(one.revenue, currency),
        write_amount(one.payout, currency),
    )


def _pairs(one: Call, currency: Currency) -> Iterator[tuple[str, object]]:
    yield from stamp_pairs(one, currency)
    yield "Direction", one.direction.value
    yield "Started", instant(one.started_at)
    yield "Seconds", one.duration_seconds
    yield "Disposition", one.disposition
    yield "Connected", "yes" if one.is_connected else "no"
    for name, text in one.tokens.items():
        yield f"  {name}", text


_CALLS: Final = Commands(
    kind=_kind,
    example="+18004506787",
    columns=("ID", "Caller", "Source", "Sub ID", "Started", "Seconds", "Connected", "Revenue", "Payout"),
    row=_row,
    pairs=_pairs,
)


@click.group()
def call() -> None:
    """Calls: recorded by whoever carried them, counted under their lead's source."""


@call.command("record")
@click.argument("caller_id", metavar="[CALLER_ID]", required=False)
@click.argument("tokens", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("--lead", "lead_id", metavar="ID", help="The lead that it was about; else the caller's newest live one.")
@click.option("--schedule", "schedule_id", metavar="ID", type=RECORD_ID, help="Look for the lead in that schedule.")
@click.option("--offer", "offer_id", metavar="ID", type=RECORD_ID, help="Look for the lead in that offer.")
@click.option("--external-id", metavar="TEXT", help="What whoever carried it calls it; twice under one name is once.")
@click.option("--direction", metavar="WORD", help="inbound (the default) or outbound.")
@click.option("--started-at", metavar="TIME", help="ISO 8601; so long ago as it took, unless given.")
@click.option("--duration", "duration_seconds", metavar="SECONDS", help="How long it took.")
@click.option("--disposition", metavar="TEXT", help="How it ended, in your words.")
@click.option(
    "--connected/--not-connected",
    "connected",
    default=None,
    help="Whether somebody talked; told by disposition and duration unless given.",
)
@click.option("--revenue", metavar="AMOUNT", help="What it earned: a decimal such as 12.50.")
@click.option("--payout", metavar="AMOUNT", help="What its source is paid.")
@company_option
@output_option
def record_call(
    *, caller_id: str | None, tokens: tuple[str, ...], company: str | None, output: str, **options: object
) -> int:
    """Record a call; every NAME=VALUE is a lead token of the call.

    \b
    Examples:
      leadintake call record +18004506787 --duration 61 --revenue 12.50 --external-id CA17
      leadintake call record --lead 019a5d6e-0000-7000-8000-000000000001 --disposition "no answer" agent=Eve
    """  # noqa: D301  click keeps the lines of a paragraph after it
    # Without a number the first of these is a lead token.
    if caller_id is not None and "=" in caller_id and not caller_id.lower().startswith("tel:"):
        tokens, caller_id = (caller_id, *tokens), None
    told = options | {"caller_id": caller_id, "tokens": named_tokens(tokens) or None}
    return _CALLS.record(told, company, output)


@call.command("list")
@click.option("--caller", "caller_id", metavar="NUMBER", help="Of that caller; a phone number in any form.")
@click.option("--lead", "lead_id", metavar="ID", help="Of that lead.")
@click.option("--external-id", metavar="TEXT", help="Called so by whoever carried it.")
@stamp_filters
@click.option("--direction", metavar="WORD", help="inbound or outbound.")
@click.option("--connected/--not-connected", "connected", default=None, help="Only where somebody talked, or nobody.")
@click.option("--disposition", metavar="TEXT", help="That ended so.")
@click.option("--from", "started_at_from", metavar="TIME", help="Begun then or later: ISO 8601.")
@click.option("--to", "started_at_to", metavar="TIME", help="Begun before then.")
@click.option("--time-zone", metavar="ZONE", help="Of times without an offset; the company's unless given.")
@click.option("--page", metavar="N", help="Which page; the first unless given.")
@click.option("--per-page", metavar="N", help="How many on a page, at most 250; 25 unless given.")
@click.option("--cursor", metavar="ID", help="Begin after that call; instead of --page, and quicker on long lists.")
@company_option
@output_option
def list_calls(*, company: str | None, output: str, **wanted: object) -> None:
    """List the company's calls, recorded last first, by the filters of GET /api/v1/calls.

    \b
    Examples:
      leadintake call list --source 1000 --from 2026-03-01 --to 2026-04-01
      leadintake call list --external-id CA17 --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _CALLS.list(wanted, company, output)


@call.command("show")
@click.argument("call_id", metavar="ID", type=click.UUID)
@company_option
@output_option
def show_call(*, call_id: UUID, company: str | None, output: str) -> None:
    """Show one call.

    \b
    Example:
      leadintake call show 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _CALLS.show(call_id, company, output)


@call.command("correct")
@click.argument("call_id", metavar="ID", type=click.UUID)
@click.argument("tokens", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("--direction", metavar="WORD", help="inbound or outbound.")
@click.option("--started-at", metavar="TIME", help="When it began: ISO 8601.")
@click.option("--duration", "duration_seconds", metavar="SECONDS", help="How long it took.")
@click.option("--disposition", metavar="TEXT", help="How it ended; an empty text takes it away.")
@click.option("--connected/--not-connected", "connected", default=None, help="Whether somebody talked.")
@click.option("--revenue", metavar="AMOUNT", help="What it earned.")
@click.option("--payout", metavar="AMOUNT", help="What its source is paid.")
@company_option
@output_option
def correct_call(*, call_id: UUID, tokens: tuple[str, ...], company: str | None, output: str, **options: object) -> int:
    """Correct a call; what is not named stays, and so does the source that it counts under.

    NAME= without a value takes a lead token away.

    \b
    Example:
      leadintake call correct 019a5d6e-0000-7000-8000-000000000001 --revenue 15.00
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.call import CallId
    from leadintake.domain.call_recording import CorrectCall
    from leadintake.entrypoints.schemas.company.recorded import CORRECTED_CALL

    data = load(CORRECTED_CALL, changes(options | {"tokens": named_tokens(tokens) or None}))
    with company_of(company) as (services, chosen), _CALLS.looking_for(call_id):
        command = CorrectCall(company_id=chosen.id, call_id=CallId(call_id), data=data, api_key_id=None)
        recording = services.correct_call(command)
    return _CALLS.answer(recording, chosen.currency, output)


@call.command("import")
@import_options
def import_calls(*, file: str, is_dry_run: bool, company: str | None, output: str) -> int:
    """Record the calls of FILE: CSV with the names of POST /api/v1/calls as its heading, or a JSON object a line.

    A column tokens.NAME is a lead token; - reads standard input. Give each call an external_id, and the same file can
    be imported again: what is there already is unchanged.

    \b
    Examples:
      leadintake call import calls.csv --dry-run
      leadintake call import - --output json <calls.ndjson
    """  # noqa: D301  click keeps the lines of a paragraph after it
    return _CALLS.import_file(file, company, output, is_dry_run=is_dry_run)
