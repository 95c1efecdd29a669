"""``leadintake report …``: what came in and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import one_of
from leadintake.entrypoints.cli.output import output_option, print_json, print_table, say
from leadintake.entrypoints.cli.set_up import company_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def _dimensions() -> Sequence[str]:
    from leadintake.domain.report import By

    return tuple(By)


def _periods() -> Sequence[str]:
    from leadintake.domain.calendar import Period

    return tuple(Period)


@click.group()
def report() -> None:
    """Reports: what came in and what became of it, exact as of now."""


@report.command("attribution")
@click.option(
    "--by",
    "group_by",
    metavar="NAMES",
    shell_complete=one_of(_dimensions),
    help="One or two, with a comma between: traffic_source, sub_id, offer, schedule, country, hour, day, week, month, "
    "status, token:NAME. By traffic source unless given.",
)
@click.option("--from", "from_", metavar="TIME", help="From then on: a day, or ISO 8601, at a quarter of an hour.")
@click.option("--to", metavar="TIME", help="Before then; that day is not part of it.")
@click.option(
    "--period",
    metavar="PERIOD",
    shell_complete=one_of(_periods),
    help="Instead of --from and --to, such as today, last_7_days, this_month; last_30_days unless given.",
)
@click.option("--time-zone", metavar="ZONE", help="By whose clocks; the company's unless given.")
@click.option("--source", "traffic_source_id", metavar="IDS", help="Of these traffic sources; none for no source.")
@click.option("--sub-id", metavar="TEXT", help="Of that sub id.")
@click.option("--without-sub-id", is_flag=True, help="Of no sub id.")
@click.option("--offer", "offer_id", metavar="ID", help="Of that offer, its schedules included.")
@click.option("--schedule", "schedule_id", metavar="ID", help="Of that schedule.")
@click.option("--country", metavar="CODES", help="Of callers of these countries; none for those of none.")
@click.option("--sort", metavar="NAME", help="By that figure or name, the highest first with a minus before it.")
@click.option("--compare", is_flag=True, help="Also the period before; in JSON and CSV.")
@click.option("--page", metavar="N", help="Which page; the first unless given.")
@click.option("--per-page", metavar="N", help="How many rows on a page, at most 250; 25 unless given. CSV has all.")
@company_option
@click.option(
    "--output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="For people, for programs, or for a spreadsheet.",
)
def report_attribution(*, company: str | None, output: str, from_: str | None, **filters: object) -> None:
    """Report submissions, leads, calls, conversions and money, by one or two things.

    \b
    Examples:
      leadintake report attribution --period this_month
      leadintake report attribution --by traffic_source,sub_id --sort=-revenue --per-page 100
      leadintake report attribution --by day --from 2026-03-01 --to 2026-04-01 --time-zone America/New_York
      leadintake report attribution --by status --source 1000
      leadintake report attribution --by sub_id --period last_month --output csv
    """  # noqa: D301  click keeps the lines of a paragraph after it
    given = {"from": from_, **filters}
    query = tuple((name, _text(value)) for name, value in given.items() if value not in {None, False})
    with company_of(company) as (services, chosen):
        from dataclasses import replace

        from leadintake.entrypoints.report_documents import as_csv, headings, report_document, table
        from leadintake.entrypoints.schemas.company.reports import REPORT, load_report

        wanted = load_report(query, company_id=chosen.id)
        everything = replace(wanted.command, offset=0, limit=None)
        found = services.report_attribution(everything if output == "csv" else wanted.command)
        if output == "csv":
            click.echo(as_csv(found), nl=False)
        elif output == "json":
            print_json(REPORT.dump(report_document(found, page=wanted.page, per_page=wanted.per_page)))
        else:
            print_table(headings(found), table(found))
            say(_told(found, wanted.page))


@report.command("rebuild")
@company_option
@output_option
def rebuild(*, company: str | None, output: str) -> None:
    """Count everything anew from the submissions, calls and conversions that are stored.

    Never needed, unless `leadintake doctor` says so: then something else than leadintake has changed the database.
    Reports stay exact meanwhile. On SQLite nobody can submit for as long as it takes.

    \b
    Example:
      leadintake report rebuild --company "Solar Savings"
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with company_of(company) as (services, chosen):
        count = services.rebuild_rollups(chosen.id)
    if output == "json":
        print_json({"rebuilt": {"sums": count}, "metadata": {"root": "rebuilt"}})
    else:
        click.echo(f"counted anew: {count:,} sums")


def _text(value: object) -> str:
    return "true" if value is True else str(value)


def _told(found: Any, page: int) -> str:  # noqa: ANN401 - a report
    """Say which time it is, and how much of it is shown."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(found.time_zone)
    begin, end = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (found.begin, found.end))
    shown, total = len(found.rows), found.total_count
    more = "" if shown == total else f" {shown:,} of {total:,} rows; --page {page + 1} shows the next, --per-page more."
    return f"From {begin} to before {end}, {found.time_zone}.{more}"
