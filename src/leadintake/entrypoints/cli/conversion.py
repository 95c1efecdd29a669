"""``leadintake conversion …``: what came of a company's leads that is worth something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import RECORD_ID
from leadintake.entrypoints.cli.output import output_option
from leadintake.entrypoints.cli.recorded import Commands, stamp_filters, stamp_pairs
from leadintake.entrypoints.cli.recorded_files import import_options
from leadintake.entrypoints.cli.set_up import changes, company_of, instant, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from leadintake.domain.conversion import Conversion
    from leadintake.domain.money import Currency
    from leadintake.entrypoints.recorded_kinds import Kind


def _kind() -> Kind[Conversion]:
    from leadintake.entrypoints.recorded_kinds import CONVERSION

    return CONVERSION


def _row(one: Conversion, currency: Currency) -> tuple[object, ...]:
    from leadintake.domain.money import write_amount

    return (
        one.id,
        one.stamp.caller.e164 if one.stamp.caller else "erased",
        one.stamp.attribution.traffic_source_id or "",
        one.stamp.attribution.sub_id or "",
        one.kind,
        instant(one.occurred_at),
        write_amount(one.revenue, currency),
        write_amount(one.payout, currency),
        "yes" if one.counts else "reversed",
    )


def _pairs(one: Conversion, currency: Currency) -> Iterator[tuple[str, object]]:
    yield from stamp_pairs(one, currency)
    yield "Call", one.call_id
    yield "Kind", one.kind
    yield "Occurred", instant(one.occurred_at)
    yield "Reversed", instant(one.reversed_at)


_CONVERSIONS: Final = Commands(
    kind=_kind,
    example="+18004506787 --revenue 250",
    columns=("ID", "Caller", "Source", "Sub ID", "Kind", "Occurred", "Revenue", "Payout", "Counts"),
    row=_row,
    pairs=_pairs,
)


@click.group()
def conversion() -> None:
    """Conversions: sales and the like, counted under their lead's source."""


@conversion.command("record")
@click.argument("caller_id", metavar="[CALLER_ID]", required=False)
@click.option("--lead", "lead_id", metavar="ID", help="The lead that it came of; else the caller's newest live one.")
@click.option("--call", "call_id", metavar="ID", help="The call that it came of.")
@click.option("--call-external-id", metavar="TEXT", help="The same, by what whoever carried the call calls it.")
@click.option("--schedule", "schedule_id", metavar="ID", type=RECORD_ID, help="Look for the lead in that schedule.")
@click.option("--offer", "offer_id", metavar="ID", type=RECORD_ID, help="Look for the lead in that offer.")
@click.option("--external-id", metavar="TEXT", help="What whoever sold it calls it; twice under one name is once.")
@click.option("--kind", metavar="TEXT", help="What it is, in your words; conversion unless given.")
@click.option("--occurred-at", metavar="TIME", help="ISO 8601; now unless given.")
@click.option("--revenue", metavar="AMOUNT", help="What it earned: a decimal such as 12.50.")
@click.option("--payout", metavar="AMOUNT", help="What its source is paid; the source's default payout unless given.")
@company_option
@output_option
def record_conversion(*, caller_id: str | None, company: str | None, output: str, **options: object) -> int:
    """Record a conversion.

    \b
    Examples:
      leadintake conversion record +18004506787 --revenue 250.00 --kind sale --external-id order-4711
      leadintake conversion record --call-external-id CA17 --revenue 250.00
    """  # noqa: D301  click keeps the lines of a paragraph after it
    return _CONVERSIONS.record(options | {"caller_id": caller_id}, company, output)


@conversion.command("list")
@click.option("--caller", "caller_id", metavar="NUMBER", help="Of that caller; a phone number in any form.")
@click.option("--lead", "lead_id", metavar="ID", help="Of that lead.")
@click.option("--call", "call_id", metavar="ID", help="That came of that call.")
@click.option("--call-external-id", metavar="TEXT", help="The same, by what whoever carried the call calls it.")
@click.option("--external-id", metavar="TEXT", help="Called so by whoever sold it.")
@stamp_filters
@click.option("--kind", metavar="TEXT", help="Of that kind.")
@click.option("--reversed/--not-reversed", "reversed", default=None, help="Only those that count no more, or still do.")
@click.option("--from", "occurred_at_from", metavar="TIME", help="Occurred then or later: ISO 8601.")
@click.option("--to", "occurred_at_to", metavar="TIME", help="Occurred before then.")
@click.option("--time-zone", metavar="ZONE", help="Of times without an offset; the company's unless given.")
@click.option("--page", metavar="N", help="Which page; the first unless given.")
@click.option("--per-page", metavar="N", help="How many on a page, at most 250; 25 unless given.")
@click.option("--cursor", metavar="ID", help="Begin after that one; instead of --page, and quicker on long lists.")
@company_option
@output_option
def list_conversions(*, company: str | None, output: str, **wanted: object) -> None:
    """List the company's conversions, recorded last first, by the filters of GET /api/v1/conversions.

    \b
    Examples:
      leadintake conversion list --source 1000 --from 2026-03-01 --to 2026-04-01
      leadintake conversion list --reversed --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _CONVERSIONS.list(wanted, company, output)


@conversion.command("show")
@click.argument("conversion_id", metavar="ID", type=click.UUID)
@company_option
@output_option
def show_conversion(*, conversion_id: UUID, company: str | None, output: str) -> None:
    """Show one conversion.

    \b
    Example:
      leadintake conversion show 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _CONVERSIONS.show(conversion_id, company, output)


@conversion.command("correct")
@click.argument("conversion_id", metavar="ID", type=click.UUID)
@click.option("--kind", metavar="TEXT", help="What it is.")
@click.option("--occurred-at", metavar="TIME", help="When it occurred: ISO 8601.")
@click.option("--revenue", metavar="AMOUNT", help="What it earned.")
@click.option("--payout", metavar="AMOUNT", help="What its source is paid.")
@company_option
@output_option
def correct_conversion(*, conversion_id: UUID, company: str | None, output: str, **options: object) -> int:
    """Correct a conversion; what is not named stays, and so does the source that it counts under.

    \b
    Example:
      leadintake conversion correct 019a5d6e-0000-7000-8000-000000000001 --revenue 199.00
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.conversion import ConversionId
    from leadintake.domain.conversion_recording import CorrectConversion
    from leadintake.entrypoints.schemas.company.recorded import CORRECTED_CONVERSION

    data = load(CORRECTED_CONVERSION, changes(options))
    with company_of(company) as (services, chosen), _CONVERSIONS.looking_for(conversion_id):
        command = CorrectConversion(
            company_id=chosen.id, conversion_id=ConversionId(conversion_id), data=data, api_key_id=None
        )
        recording = services.correct_conversion(command)
    return _CONVERSIONS.answer(recording, chosen.currency, output)


@conversion.command("reverse")
@click.argument("conversion_id", metavar="ID", type=click.UUID)
@company_option
@output_option
def reverse_conversion(*, conversion_id: UUID, company: str | None, output: str) -> int:
    """Reverse a conversion: it counts no more, and stays for the record. Twice is once.

    \b
    Example:
      leadintake conversion reverse 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.conversion import ConversionId
    from leadintake.domain.conversion_recording import ReverseConversion

    with company_of(company) as (services, chosen), _CONVERSIONS.looking_for(conversion_id):
        command = ReverseConversion(company_id=chosen.id, conversion_id=ConversionId(conversion_id), api_key_id=None)
        recording = services.reverse_conversion(command)
    return _CONVERSIONS.answer(recording, chosen.currency, output)


@conversion.command("import")
@import_options
def import_conversions(*, file: str, is_dry_run: bool, company: str | None, output: str) -> int:
    """Record the conversions of FILE: CSV with the names of POST /api/v1/conversions as its heading, or JSON lines.

    - reads standard input. Give each conversion an external_id, and the same file can be imported again: what is there
    already is unchanged.

    \b
    Examples:
      leadintake conversion import sales.csv --dry-run
      leadintake conversion import - --output json <sales.ndjson
    """  # noqa: D301  click keeps the lines of a paragraph after it
    return _CONVERSIONS.import_file(file, company, output, is_dry_run=is_dry_run)
