"""``leadintake schedule …``: the plans that leads go through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import PLANNED_ACTION, RECORD_ID
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.owner_rules import rules_options, rules_shown
from leadintake.entrypoints.cli.rules_trial import try_for_schedule
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
    from collections.abc import Callable

    from leadintake.domain.owner import Schedule


@click.group()
def schedule() -> None:
    """Schedules: ordered plans of what is done with a lead."""


schedule.add_command(try_for_schedule)


@schedule.command("list")
@click.option("--offer", "offer_id", metavar="ID", type=RECORD_ID, help="Only those of that offer.")
@company_option
@output_option
def list_schedules(*, offer_id: int | None, company: str | None, output: str) -> None:
    """List the company's schedules.

    \b
    Examples:
      leadintake schedule list
      leadintake schedule list --company "Solar Savings" --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.owner import OfferId
    from leadintake.domain.use_cases.paging import Wanted
    from leadintake.entrypoints.schemas.company.owners import SCHEDULES

    of_offer = None if offer_id is None else OfferId(offer_id)
    with company_of(company) as (services, chosen):
        schedules = services.list_schedules(chosen.id, Wanted(offer_id=of_offer, per_page=ALL)).items
    if output == "json":
        print_json(listing(SCHEDULES, "schedules", schedules))
    elif not schedules:
        where = "There is no schedule yet" if offer_id is None else f"Offer {offer_id} has no schedule"
        say(f'{where}. Make one: leadintake schedule create "Call at once" --action call')
    else:
        print_table(
            ("ID", "Name", "Offer", "Actions", "Takes leads"),
            [(one.id, one.name, one.offer_id or "", len(one.actions), takes_leads(one.paused_at)) for one in schedules],
        )


@schedule.command("show")
@click.argument("schedule_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def show_schedule(*, schedule_id: int, company: str | None, output: str) -> None:
    """Show one schedule, its plan and its rules; its lead tokens are shown by `leadintake token show`.

    \b
    Example:
      leadintake schedule show 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.owner import ScheduleId

    with company_of(company) as (services, chosen), _found(schedule_id):
        found = services.read_schedule(chosen.id, ScheduleId(schedule_id))
    _print(found, output)


def _plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what a schedule has beside its rules."""
    for decorate in reversed(
        (
            clearable(
                "--offer",
                "offer_id",
                metavar="ID",
                type=RECORD_ID,
                help="The offer that it belongs to.",
                told="Let it stand alone.",
            ),
            clearable(
                "--action",
                "actions",
                metavar="KIND[:NAME]",
                type=PLANNED_ACTION,
                multiple=True,
                help="A step of the plan, and what it is called; give it again for the next. All of them are the plan.",
                told="Empty the plan.",
            ),
            clearable(
                "--end-action",
                "end_actions",
                metavar="KIND[:NAME]",
                type=PLANNED_ACTION,
                multiple=True,
                help="A step that runs on leads that leave the plan; likewise.",
                told="Let nothing run on leads that leave the plan.",
            ),
        )
    ):
        command = decorate(command)
    return command


@schedule.command("create")
@click.argument("name")
@_plan_options
@rules_options
@click.option("--paused", is_flag=True, default=None, help="Take no leads until it is resumed.")
@company_option
@output_option
def create_schedule(*, company: str | None, output: str, **options: object) -> None:
    """Make a schedule, and the lead token that names it.

    Kinds of actions: wait, webhook, call, sms, email, move_to_schedule, restart, opt_out, exit. As it comes, a schedule
    takes every lead; the further options are rules that refuse some.

    \b
    Examples:
      leadintake schedule create "Call at once" --action call
      leadintake schedule create "Three days" --offer 1 --action "call:Call at once" --action "wait:Wait a day" --action call
      leadintake schedule create Careful --duplicate-timeframe 30d --phone-length 10 --reject-same-source
    """  # noqa: D301, E501  click keeps the lines of a paragraph after it; one of them is a command
    from leadintake.entrypoints.schemas.company.owners import NewScheduleSchema

    data = load(NewScheduleSchema(), given(options))
    with company_of(company) as (services, chosen):
        made = services.add_schedule(chosen.id, data)
    _print(made, output)
    say(f"Its lead token: leadintake token show --schedule {made.id} --reveal")


@schedule.command("update")
@click.argument("schedule_id", metavar="ID", type=RECORD_ID)
@click.option("--name", metavar="TEXT", help="What it is called from now on.")
@_plan_options
@rules_options
@company_option
@output_option
def update_schedule(*, schedule_id: int, company: str | None, output: str, **options: object) -> None:
    """Change a schedule; what no option names stays as it is. A plan that is given replaces the whole plan.

    \b
    Examples:
      leadintake schedule update 1 --name "Call at once, North"
      leadintake schedule update 1 --action call --action wait --action call --end-action "email:Say goodbye"
      leadintake schedule update 1 --no-offer --no-phone-length --no-end-action
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(schedule_id, changes(options), company=company, output=output)


@schedule.command("pause")
@click.argument("schedule_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def pause_schedule(*, schedule_id: int, company: str | None, output: str) -> None:
    """Take no more leads for a schedule: they are refused until it is resumed.

    \b
    Example:
      leadintake schedule pause 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(schedule_id, {"paused": True}, company=company, output=output)


@schedule.command("resume")
@click.argument("schedule_id", metavar="ID", type=RECORD_ID)
@company_option
@output_option
def resume_schedule(*, schedule_id: int, company: str | None, output: str) -> None:
    """Take leads for a schedule again.

    \b
    Example:
      leadintake schedule resume 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(schedule_id, {"paused": False}, company=company, output=output)


def _change(schedule_id: int, fields: dict[str, Any], *, company: str | None, output: str) -> None:
    from leadintake.domain.owner import ScheduleId
    from leadintake.entrypoints.schemas.company.owners import ChangedScheduleSchema

    data = load(ChangedScheduleSchema(), fields)
    with company_of(company) as (services, chosen), _found(schedule_id):
        changed = services.change_schedule(chosen.id, ScheduleId(schedule_id), data)
    _print(changed, output)


def _found(schedule_id: int) -> Any:  # noqa: ANN401 - a context manager
    return looking_for(f"schedule {schedule_id}", "leadintake schedule list")


def _print(found: Schedule, output: str) -> None:
    from leadintake.entrypoints.schemas.company.owners import ONE_SCHEDULE

    if output == "json":
        print_json(document(ONE_SCHEDULE, "schedule", found))
        return
    print_pairs(
        [
            ("ID", found.id),
            ("Name", found.name),
            ("Offer", found.offer_id),
            ("Takes leads", takes_leads(found.paused_at)),
            *rules_shown(found),
            *((f"Action {number}", f"{one.name} ({one.kind})") for number, one in enumerate(found.actions, start=1)),
            *((f"End {number}", f"{one.name} ({one.kind})") for number, one in enumerate(found.end_actions, start=1)),
        ]
    )
