"""``leadintake schedule …``: the plans that leads go through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.domain.errors import NotFound
from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Schedule


@click.group()
def schedule() -> None:
    """Schedules: ordered plans of what is done with a lead."""


@schedule.command("list")
@company_option
@output_option
def list_schedules(*, company: str | None, output: str) -> None:
    """List the company's schedules.

    \b
    Examples:
      leadintake schedule list
      leadintake schedule list --company "Solar Savings" --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    schedules = _directory(company).schedules.values()
    if output == "json":
        print_json({"schedules": [schedule_document(one) for one in schedules]})
        return
    print_table(
        ("ID", "Name", "Offer", "Actions", "Takes leads"),
        [(one.id, one.name, one.offer_id or "", len(one.actions), takes_leads(one.paused_at)) for one in schedules],
    )


@schedule.command("show")
@click.argument("schedule_id", metavar="ID", type=int)
@company_option
@output_option
def show_schedule(*, schedule_id: int, company: str | None, output: str) -> None:
    """Show one schedule and its plan; its lead tokens are shown by `leadintake token show`.

    \b
    Example:
      leadintake schedule show 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.owner import ScheduleId

    found = _directory(company).schedules.get(ScheduleId(schedule_id))
    if found is None:
        raise NotFound(f"the company has no schedule {schedule_id}; `leadintake schedule list` shows which it has.")
    if output == "json":
        print_json({"schedule": schedule_document(found)})
        return
    print_pairs(
        [
            ("ID", found.id),
            ("Name", found.name),
            ("Offer", found.offer_id),
            ("Takes leads", takes_leads(found.paused_at)),
            ("Traffic source", "required" if found.requires_traffic_source else "optional"),
            *((f"Action {number}", f"{one.name} ({one.kind})") for number, one in enumerate(found.actions, start=1)),
        ]
    )


def schedule_document(found: Schedule) -> dict[str, Any]:
    """Return a schedule as `--output json` shows it."""
    return {
        "id": found.id,
        "name": found.name,
        "offer_id": found.offer_id,
        "require_traffic_source": found.requires_traffic_source,
        "paused_at": found.paused_at,
        "actions": [{"name": action.name, "kind": action.kind.value} for action in found.actions],
    }


def takes_leads(paused_at: object) -> str:
    """Say whether an owner takes leads."""
    return "yes" if paused_at is None else f"paused since {paused_at:%Y-%m-%d %H:%M} UTC"


def _directory(company: str | None) -> Directory:
    with ready_installation(read_settings()) as services:
        return services.read_directory(choose_company(services, company).id)
