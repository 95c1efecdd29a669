"""``leadintake conversion …``: what came of a company's leads that is worth something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import RECORD_ID
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.recorded import as_json, filters, listed_json, tell, told_once
from leadintake.entrypoints.cli.recorded_files import Import, Line, import_options
from leadintake.entrypoints.cli.set_up import changes, company_of, given, instant, load, looking_for, tell_of_more

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from leadintake.domain.conversion import Conversion
    from leadintake.domain.money import Currency
    from leadintake.domain.recording import Recording

_COLUMNS: Final = ("ID", "Caller", "Source", "Sub ID", "Kind", "Occurred", "Revenue", "Payout", "Counts")


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
    fields = given(options | {"caller_id": caller_id})
    with company_of(company) as (services, chosen):
        from leadintake.entrypoints.schemas.company.recorded import told_conversion

        command = told_conversion(fields, company_id=chosen.id, api_key_id=None)
        recording = told_once(services.record_conversions([command]))
    return _answer(recording, chosen.currency, output)


@conversion.command("list")
@click.option("--caller", "caller_id", metavar="NUMBER", help="Of that caller; a phone number in any form.")
@click.option("--lead", "lead_id", metavar="ID", help="Of that lead.")
@click.option("--call", "call_id", metavar="ID", help="That came of that call.")
@click.option("--call-external-id", metavar="TEXT", help="The same, by what whoever carried the call calls it.")
@click.option("--external-id", metavar="TEXT", help="Called so by whoever sold it.")
@click.option("--schedule", "schedule_id", metavar="ID", type=RECORD_ID, help="Of that schedule's leads.")
@click.option("--offer", "offer_id", metavar="ID", type=RECORD_ID, help="Of that offer's leads.")
@click.option("--source", "traffic_source_id", metavar="ID", type=RECORD_ID, help="Counted under that traffic source.")
@click.option("--sub-id", metavar="TEXT", help="Counted under that sub id.")
@click.option("--country", metavar="COUNTRY", help="Of callers of that country.")
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
    query = filters(wanted)
    with company_of(company) as (services, chosen):
        from leadintake.entrypoints.schemas.company.recorded_answers import conversion_document, load_list_conversions

        command = load_list_conversions(query, company=chosen)
        found = services.list_conversions(command)
    if output == "json":
        documents = [conversion_document(one, chosen.currency) for one in found.items]
        print_json(listed_json(found, command, "conversions", documents))
        return
    if not found.items:
        say(
            "No conversion matches."
            if query
            else "There is no conversion yet. Record one: leadintake conversion record +18004506787 --revenue 250"
        )
    else:
        print_table(_COLUMNS, [_row(one, chosen.currency) for one in found.items])
    tell_of_more(len(found.items), found.total_count, page=command.page)


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
    from leadintake.domain.conversion import ConversionId

    with company_of(company) as (services, chosen), _found(conversion_id):
        found = services.read_conversion(chosen.id, ConversionId(conversion_id))
    if output == "json":
        from leadintake.entrypoints.schemas.company.recorded_answers import conversion_document

        shown = conversion_document(found, chosen.currency)
        print_json(as_json({"conversion": shown, "metadata": {"root": "conversion"}}))
    else:
        print_pairs(_pairs(found, chosen.currency))


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
    with company_of(company) as (services, chosen), _found(conversion_id):
        command = CorrectConversion(
            company_id=chosen.id, conversion_id=ConversionId(conversion_id), data=data, api_key_id=None
        )
        recording = services.correct_conversion(command)
    return _answer(recording, chosen.currency, output)


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

    with company_of(company) as (services, chosen), _found(conversion_id):
        command = ReverseConversion(company_id=chosen.id, conversion_id=ConversionId(conversion_id), api_key_id=None)
        recording = services.reverse_conversion(command)
    return _answer(recording, chosen.currency, output)


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
    from leadintake.entrypoints.schemas.company.recorded import NewConversionSchema, told_conversion

    with company_of(company) as (services, chosen):
        record = services.rehearse_conversions if is_dry_run else services.record_conversions

        def record_lines(lines: Sequence[Line]) -> Sequence[Recording[Conversion]]:
            read = [told_conversion(line.told, company_id=chosen.id, api_key_id=None) for line in lines]
            return record([tell(command, line) for command, line in zip(read, lines, strict=True)])

        asked = Import(
            file=file,
            what="conversions",
            schema=NewConversionSchema(),
            record=record_lines,
            is_dry_run=is_dry_run,
            output=output,
        )
        return asked.run()


def _found(conversion_id: UUID) -> Any:  # noqa: ANN401 - a context manager
    return looking_for(f"conversion {conversion_id}", "leadintake conversion list")


def _answer(recording: Recording[Conversion], currency: Currency, output: str) -> int:
    from leadintake.entrypoints.cli.recorded import show_recording
    from leadintake.entrypoints.schemas.company.recorded_answers import conversion_document

    return show_recording(recording, "conversion", lambda one: conversion_document(one, currency), output)


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
    from leadintake.entrypoints.cli.recorded import stamp_pairs

    yield from stamp_pairs(one, currency)
    yield "Call", one.call_id
    yield "Kind", one.kind
    yield "Occurred", instant(one.occurred_at)
    yield "Reversed", instant(one.reversed_at)
