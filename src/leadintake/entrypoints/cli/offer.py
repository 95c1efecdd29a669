"""``leadintake offer …``: the campaigns that leads wait under for their call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.domain.errors import NotFound
from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table
from leadintake.entrypoints.cli.schedule import takes_leads

if TYPE_CHECKING:
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Offer


@click.group()
def offer() -> None:
    """Offers: campaigns whose leads wait for that caller's call."""


@offer.command("list")
@company_option
@output_option
def list_offers(*, company: str | None, output: str) -> None:
    """List the company's offers.

    \b
    Example:
      leadintake offer list
    """  # noqa: D301  click keeps the lines of a paragraph after it
    offers = _directory(company).offers.values()
    if output == "json":
        print_json({"offers": [offer_document(one) for one in offers]})
        return
    print_table(("ID", "Name", "Takes leads"), [(one.id, one.name, takes_leads(one.paused_at)) for one in offers])


@offer.command("show")
@click.argument("offer_id", metavar="ID", type=int)
@company_option
@output_option
def show_offer(*, offer_id: int, company: str | None, output: str) -> None:
    """Show one offer and its schedules; its lead tokens are shown by `leadintake token show`.

    \b
    Example:
      leadintake offer show 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.owner import OfferId

    directory = _directory(company)
    found = directory.offers.get(OfferId(offer_id))
    if found is None:
        raise NotFound(f"the company has no offer {offer_id}; `leadintake offer list` shows which it has.")
    schedules = [one for one in directory.schedules.values() if one.offer_id == found.id]
    if output == "json":
        print_json({"offer": offer_document(found) | {"schedule_ids": [one.id for one in schedules]}})
        return
    print_pairs(
        [
            ("ID", found.id),
            ("Name", found.name),
            ("Takes leads", takes_leads(found.paused_at)),
            ("Traffic source", "required" if found.requires_traffic_source else "optional"),
            *((f"Schedule {one.id}", one.name) for one in schedules),
        ]
    )


def offer_document(found: Offer) -> dict[str, Any]:
    """Return an offer as `--output json` shows it."""
    return {
        "id": found.id,
        "name": found.name,
        "require_traffic_source": found.requires_traffic_source,
        "paused_at": found.paused_at,
    }


def _directory(company: str | None) -> Directory:
    with ready_installation(read_settings()) as services:
        return services.read_directory(choose_company(services, company).id)
