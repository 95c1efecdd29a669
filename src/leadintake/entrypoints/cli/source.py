"""``leadintake source …``: the traffic sources, those who send leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import RECORD_ID
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.set_up import (
    ALL,
    changes,
    clearable,
    company_of,
    document,
    given,
    listing,
    load,
    looking_for,
    takes_leads,
)

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.money import Currency


@click.group()
def source() -> None:
    """Traffic sources: who sends leads, numbered from 1000."""


@source.command("list")
@company_option
@output_option
def list_sources(*, company: str | None, output: str) -> None:
    """List the company's traffic sources.

    \b
    Example:
      leadintake source list
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.paging import Wanted
    from leadintake.entrypoints.schemas.company.traffic_sources import TRAFFIC_SOURCES, source_document

    with company_of(company) as (services, chosen):
        sources = services.list_traffic_sources(chosen.id, Wanted(per_page=ALL)).items
    if output == "json":
        documents = [source_document(source, chosen.currency) for source in sources]
        print_json(listing(TRAFFIC_SOURCES, "traffic_sources", documents))
    elif not sources:
        say('There is no traffic source yet. Make one: leadintake source create "Kitten banners"')
    else:
        print_table(("ID", "Name", "Takes leads"), [(one.id, one.name, takes_leads(one.paused_at)) for one in sources])


@source.command("show")
@click.argument("source_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def show_source(*, source_id: int, company: str | None, output: str) -> None:
    """Show one traffic source.

    \b
    Example:
      leadintake source show 1000
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.attribution import TrafficSourceId

    with company_of(company) as (services, chosen), _found(source_id):
        found = services.read_traffic_source(chosen.id, TrafficSourceId(source_id))
    _print(found, chosen.currency, output)


@source.command("create")
@click.argument("name")
@click.option("--paused", is_flag=True, default=None, help="Take no leads from it until it is resumed.")
@click.option("--external-id", metavar="TEXT", help="What it is called elsewhere; senders may name it so too.")
@click.option(
    "--default-payout", metavar="AMOUNT", help="What it is paid for a conversion that says nothing of it: 12.50."
)
@company_option
@output_option
def create_source(*, company: str | None, output: str, **options: object) -> None:
    """Make a traffic source; senders name it with traffic_source_id.

    \b
    Example:
      leadintake source create "Kitten banners" --external-id aff-17 --default-payout 12.50
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.traffic_sources import NewTrafficSourceSchema

    data = load(NewTrafficSourceSchema(), given(options))
    with company_of(company) as (services, chosen):
        made = services.add_traffic_source(chosen.id, data)
    _print(made, chosen.currency, output)


@source.command("update")
@click.argument("source_id", metavar="ID", type=RECORD_ID)
@click.option("--name", metavar="TEXT", help="What it is called from now on.")
@clearable(
    "--external-id",
    "external_id",
    metavar="TEXT",
    help="What it is called elsewhere; senders may name it so too.",
    told="It is called nothing elsewhere.",
)
@clearable(
    "--default-payout",
    "default_payout",
    metavar="AMOUNT",
    help="What it is paid for a conversion that says nothing of it.",
    told="It is paid nothing unless a conversion says so.",
)
@company_option
@output_option
def update_source(*, source_id: int, company: str | None, output: str, **options: object) -> None:
    """Change a traffic source.

    \b
    Example:
      leadintake source update 1000 --name "Kitten banners, North"
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(source_id, changes(options), company=company, output=output)


@source.command("pause")
@click.argument("source_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def pause_source(*, source_id: int, company: str | None, output: str) -> None:
    """Take no more leads from a traffic source: they are refused until it is resumed.

    \b
    Example:
      leadintake source pause 1000
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(source_id, {"paused": True}, company=company, output=output)


@source.command("resume")
@click.argument("source_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def resume_source(*, source_id: int, company: str | None, output: str) -> None:
    """Take leads from a traffic source again.

    \b
    Example:
      leadintake source resume 1000
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(source_id, {"paused": False}, company=company, output=output)


def _change(source_id: int, fields: dict[str, Any], *, company: str | None, output: str) -> None:
    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.entrypoints.schemas.company.traffic_sources import ChangedTrafficSourceSchema

    data = load(ChangedTrafficSourceSchema(), fields)
    with company_of(company) as (services, chosen), _found(source_id):
        changed = services.change_traffic_source(chosen.id, TrafficSourceId(source_id), data)
    _print(changed, chosen.currency, output)


def _found(source_id: int) -> Any:  # noqa: ANN401 - a context manager
    return looking_for(f"traffic source {source_id}", "leadintake source list")


def _print(found: TrafficSource, currency: Currency, output: str) -> None:
    from leadintake.entrypoints.schemas.company.traffic_sources import ONE_TRAFFIC_SOURCE, source_document

    shown = source_document(found, currency)
    if output == "json":
        print_json(document(ONE_TRAFFIC_SOURCE, "traffic_source", shown))
        return
    payout = shown["default_payout"]
    print_pairs(
        [
            ("ID", found.id),
            ("Name", found.name),
            ("External ID", found.external_id),
            ("Default payout", None if payout is None else f"{payout} {currency}"),
            ("Takes leads", takes_leads(found.paused_at)),
        ]
    )
