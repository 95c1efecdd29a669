"""``leadintake offer …``: the campaigns that leads wait under for their call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import RECORD_ID
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.owner_rules import rules_options, rules_shown
from leadintake.entrypoints.cli.rules_trial import try_for_offer
from leadintake.entrypoints.cli.set_up import (
    ALL,
    changes,
    company_of,
    document,
    given,
    listing,
    load,
    looking_for,
    takes_leads,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.owner import Offer, Schedule


@click.group()
def offer() -> None:
    """Offers: campaigns whose leads wait for that caller's call."""


offer.add_command(try_for_offer)


@offer.command("list")
@company_option
@output_option
def list_offers(*, company: str | None, output: str) -> None:
    """List the company's offers.

    \b
    Examples:
      leadintake offer list
      leadintake offer list --output json | jq '.offers[].name'
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.paging import Wanted
    from leadintake.entrypoints.schemas.company.owners import OFFERS

    with company_of(company) as (services, chosen):
        offers = services.list_offers(chosen.id, Wanted(per_page=ALL)).items
    if output == "json":
        print_json(listing(OFFERS, "offers", offers))
    elif not offers:
        say('There is no offer yet. Make one: leadintake offer create "Solar roofs"')
    else:
        print_table(("ID", "Name", "Takes leads"), [(one.id, one.name, takes_leads(one.paused_at)) for one in offers])


@offer.command("show")
@click.argument("offer_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def show_offer(*, offer_id: int, company: str | None, output: str) -> None:
    """Show one offer and its schedules; its lead tokens are shown by `leadintake token show`.

    \b
    Example:
      leadintake offer show 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.owner import OfferId
    from leadintake.domain.use_cases.paging import Wanted

    with company_of(company) as (services, chosen), _found(offer_id):
        found = services.read_offer(chosen.id, OfferId(offer_id))
        schedules = services.list_schedules(chosen.id, Wanted(offer_id=found.id, per_page=ALL)).items
    _print(found, schedules, output)


@offer.command("create")
@click.argument("name")
@rules_options
@click.option("--paused", is_flag=True, default=None, help="Take no leads until it is resumed.")
@company_option
@output_option
def create_offer(*, company: str | None, output: str, **options: object) -> None:
    """Make an offer, and the lead token that names it.

    As it comes, an offer takes every lead; the options are rules that refuse some.

    \b
    Examples:
      leadintake offer create "Solar roofs"
      leadintake offer create "Heat pumps" --duplicate-timeframe 30d --duplicate-scope company
      leadintake offer create Boilers --phone-length 10 --per-ip-limit 5 --phone-field mobile --phone-field landline
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.owners import NewOfferSchema

    data = load(NewOfferSchema(), given(options))
    with company_of(company) as (services, chosen):
        made = services.add_offer(chosen.id, data)
    _print(made, (), output)
    say(f"Its lead token: leadintake token show --offer {made.id} --reveal")


@offer.command("update")
@click.argument("offer_id", metavar="ID", type=RECORD_ID)
@click.option("--name", metavar="TEXT", help="What it is called from now on.")
@rules_options
@company_option
@output_option
def update_offer(*, offer_id: int, company: str | None, output: str, **options: object) -> None:
    """Change an offer; what no option names stays as it is.

    \b
    Examples:
      leadintake offer update 1 --name "Solar roofs, North"
      leadintake offer update 1 --reject-same-source --require-traffic-source
      leadintake offer update 1 --no-per-ip-limit --duplicate-timeframe 0
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(offer_id, changes(options), company=company, output=output)


@offer.command("pause")
@click.argument("offer_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def pause_offer(*, offer_id: int, company: str | None, output: str) -> None:
    """Take no more leads for an offer: they are refused until it is resumed.

    \b
    Example:
      leadintake offer pause 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(offer_id, {"paused": True}, company=company, output=output)


@offer.command("resume")
@click.argument("offer_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def resume_offer(*, offer_id: int, company: str | None, output: str) -> None:
    """Take leads for an offer again.

    \b
    Example:
      leadintake offer resume 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(offer_id, {"paused": False}, company=company, output=output)


def _change(offer_id: int, fields: dict[str, Any], *, company: str | None, output: str) -> None:
    from leadintake.domain.owner import OfferId
    from leadintake.entrypoints.schemas.company.owners import ChangedOfferSchema

    data = load(ChangedOfferSchema(), fields)
    with company_of(company) as (services, chosen), _found(offer_id):
        changed = services.change_offer(chosen.id, OfferId(offer_id), data)
    _print(changed, None, output)


def _found(offer_id: int) -> Any:  # noqa: ANN401 - a context manager
    return looking_for(f"offer {offer_id}", "leadintake offer list")


def _print(found: Offer, schedules: Sequence[Schedule] | None, output: str) -> None:
    """Print an offer; its schedules only where they were asked for."""
    from leadintake.entrypoints.schemas.company.owners import ONE_OFFER

    if output == "json":
        shown = document(ONE_OFFER, "offer", found)
        if schedules is not None:
            shown["offer"]["schedule_ids"] = [one.id for one in schedules]
        print_json(shown)
        return
    print_pairs(
        [
            ("ID", found.id),
            ("Name", found.name),
            ("Takes leads", takes_leads(found.paused_at)),
            *rules_shown(found),
            *((f"Schedule {one.id}", one.name) for one in schedules or ()),
        ]
    )
