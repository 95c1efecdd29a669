"""``leadintake leads …``: leads out, corrected and hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.domain.errors import NotFound
from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.exit_statuses import DONE, status_of
from leadintake.entrypoints.cli.option_types import AMOUNT, RECORD_ID, one_of
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.program import complain_of
from leadintake.entrypoints.cli.set_up import (
    changes,
    clearable,
    company_of,
    instant,
    load,
    looking_for,
    tell_of_more,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from leadintake.domain.lead import Lead

_COLUMNS: Final = ("ID", "Caller", "Owner", "Status", "Source", "Sub ID", "Submitted")


def _statuses() -> Sequence[str]:
    from leadintake.domain.lead import LeadStatus

    return ("live", *LeadStatus)


@click.group()
def leads() -> None:
    """Leads: the callers that were taken in, and what became of them."""


@leads.command("list")
@click.option("--caller", "caller_id", metavar="NUMBER", help="Of that caller; a phone number in any form.")
@click.option("--email", metavar="ADDRESS", help="With that e-mail address.")
@click.option(
    "--status",
    metavar="STATUS",
    shell_complete=one_of(_statuses),
    help="In that status; live stands for all live ones, and commas join several. All but removed unless given.",
)
@click.option("--schedule", "schedule_id", metavar="ID", type=RECORD_ID, help="Of that schedule.")
@click.option("--offer", "offer_id", metavar="ID", type=RECORD_ID, help="Of that offer, its schedules included.")
@click.option("--source", "traffic_source_id", metavar="ID", type=RECORD_ID, help="Sent by that traffic source.")
@click.option("--sub-id", metavar="TEXT", help="With that sub id.")
@click.option("--from", "created_at_from", metavar="TIME", help="Submitted then or later: ISO 8601.")
@click.option("--to", "created_at_to", metavar="TIME", help="Submitted before then.")
@click.option("--time-zone", metavar="ZONE", help="Of times without an offset; the company's unless given.")
@click.option("--columns", metavar="NAMES", help="What to show of each lead, by its names in JSON, joined by commas.")
@click.option("--page", metavar="N", help="Which page; the first unless given.")
@click.option("--per-page", metavar="N", help="How many on a page, at most 250; 25 unless given.")
@click.option("--cursor", metavar="ID", help="Begin after that lead; instead of --page, and quicker on long lists.")
@company_option
@output_option
def list_leads(*, company: str | None, output: str, **filters: object) -> None:
    """List the company's leads, newest first, by the filters of GET /api/v1/leads.

    \b
    Examples:
      leadintake leads list
      leadintake leads list --status live --schedule 1 --per-page 250
      leadintake leads list --caller '(800) 450-6787' --output json | jq '.leads[].status'
      leadintake leads list --from 2026-03-01 --to 2026-04-01 --columns caller_id,sub_id,status
    """  # noqa: D301  click keeps the lines of a paragraph after it
    query = tuple((name, str(value)) for name, value in filters.items() if value is not None)
    with company_of(company) as (services, chosen):
        from leadintake.entrypoints.schemas.list_leads import load_list_leads

        wanted = load_list_leads(query, company=chosen)
        found = services.list_leads(wanted.command)
    documents = [_document(lead) for lead in found.leads]
    if wanted.columns:
        documents = [{name: one[name] for name in wanted.columns} for one in documents]
    if output == "json":
        metadata = {
            "root": "leads",
            "total_count": found.total_count,
            "page": None if wanted.command.after else wanted.command.page,
            "per_page": wanted.command.per_page,
            "next_cursor": found.next,
        }
        print_json({"leads": documents, "metadata": metadata})
        return
    if not found.leads:
        say(
            "No lead matches; leave a filter out to see more."
            if query
            else "There is no lead yet. Send one: leadintake submit --schedule 1 +18004506787"
        )
    elif wanted.columns:
        print_table(wanted.columns, [[_cell(value) for value in one.values()] for one in documents])
    else:
        print_table(_COLUMNS, map(_row, found.leads))
    tell_of_more(len(found.leads), found.total_count, page=wanted.command.page)


@leads.command("show")
@click.argument("lead_id", metavar="ID", type=click.UUID)
@company_option
@output_option
def show_lead(*, lead_id: UUID, company: str | None, output: str) -> None:
    """Show one lead; all that has happened to its caller is shown by `leadintake caller-show`.

    \b
    Example:
      leadintake leads show 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.lead import LeadId

    with company_of(company) as (services, chosen), _found(lead_id):
        lead = services.read_lead(chosen.id, LeadId(lead_id))
    _print(lead, output)


@leads.command("update")
@click.argument("lead_id", metavar="ID", type=click.UUID)
@click.argument("tokens", metavar="[NAME=VALUE]...", nargs=-1)
@clearable("--email", "email", metavar="ADDRESS", help="The e-mail address.", told="Take the e-mail address away.")
@clearable(
    "--source",
    "traffic_source_id",
    metavar="ID",
    type=RECORD_ID,
    help="The traffic source that it is counted under.",
    told="Count it under no traffic source.",
)
@clearable("--sub-id", "sub_id", metavar="TEXT", help="The sub id under it.", told="Take the sub id away.")
@click.option("--priority", "lead_priority", metavar="NUMBER", type=AMOUNT, help="Lower ones come first.")
@clearable(
    "--next-action-at",
    "next_action_at",
    metavar="TIME",
    help="When its next action is due: ISO 8601; without an offset in the company's time zone.",
    told="Let its plan say when.",
)
@clearable("--expires-at", "expires_at", metavar="TIME", help="When it expires; likewise.", told="Let it never expire.")
@company_option
@output_option
def update_lead(*, lead_id: UUID, tokens: tuple[str, ...], company: str | None, output: str, **options: object) -> None:
    """Change a lead, live or ended; what is not named stays as it is.

    Every NAME=VALUE is a lead token; NAME= without a value takes it away.

    \b
    Examples:
      leadintake leads update 019a5d6e-0000-7000-8000-000000000001 interest=puppies nickname=
      leadintake leads update 019a5d6e-0000-7000-8000-000000000001 --source 1001 --no-sub-id --priority 5
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.lead import LeadId
    from leadintake.domain.use_cases.change_lead import ChangeLead
    from leadintake.entrypoints.cli.installation import read_settings
    from leadintake.entrypoints.schemas.company.leads import ChangedLeadSchema, require_within

    data = load(ChangedLeadSchema(), changes(options | {"tokens": _named(tokens) or None}))
    with company_of(company) as (services, chosen), _found(lead_id):
        from leadintake.bootstrap import limits_of

        data = require_within(data, limits_of(read_settings()))
        command = ChangeLead(company_id=chosen.id, lead_id=LeadId(lead_id), data=data, api_key_id=None)
        lead = services.change_lead(command)
    _print(lead, output)


@leads.command("delete")
@click.argument("lead_ids", metavar="ID...", type=click.UUID, nargs=-1, required=True)
@company_option
@output_option
def delete_leads(*, lead_ids: tuple[UUID, ...], company: str | None, output: str) -> int:
    """Hide leads: nothing more happens to them, and reports go on counting them. Twice is once.

    \b
    Example:
      leadintake leads delete 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.lead import LeadId
    from leadintake.domain.use_cases.change_lead import RemoveLead

    removed, status = [], DONE
    with company_of(company) as (services, chosen):
        for lead_id in lead_ids:
            try:
                with _found(lead_id):
                    command = RemoveLead(company_id=chosen.id, lead_id=LeadId(lead_id), api_key_id=None)
                    removed.append(services.remove_lead(command))
            except NotFound as missing:
                # The others are still to go, as with several numbers.
                complain_of(missing)
                status = max(status, status_of(type(missing)))
    if output == "json":
        print_json({"leads": [_document(lead) for lead in removed]})
    else:
        for lead in removed:
            click.echo(f"removed  {lead.id}  {lead.caller.e164}")
    return status


def _named(arguments: Sequence[str]) -> dict[str, str]:
    """Return the lead tokens to set; an empty text takes one away. Raises: UsageError: an argument is no NAME=VALUE."""
    tokens: dict[str, str] = {}
    for argument in arguments:
        name, is_named, value = argument.partition("=")
        if not is_named or not name.strip():
            raise click.UsageError("give lead tokens as NAME=VALUE, such as interest=puppies.")
        tokens[name] = value
    return tokens


def _found(lead_id: UUID) -> Any:  # noqa: ANN401 - a context manager
    return looking_for(f"lead {lead_id}", "leadintake leads list")


def _document(lead: Lead) -> dict[str, Any]:
    """Return a lead as the HTTP API answers it, as plain values."""
    import orjson

    from leadintake.entrypoints.api.answers import json_response, lead_document

    document: dict[str, Any] = orjson.loads(json_response(lead_document(lead)).get_data())
    return document


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return "  ".join(f"{name}={text}" for name, text in value.items())
    return "" if value is None else value


def _row(lead: Lead) -> tuple[object, ...]:
    return (
        lead.id,
        lead.caller.e164,
        f"{lead.owner.kind} {lead.owner.id}",
        lead.status.value,
        lead.attribution.traffic_source_id or "",
        lead.attribution.sub_id or "",
        instant(lead.created_at),
    )


def _print(lead: Lead, output: str) -> None:
    if output == "json":
        print_json({"lead": _document(lead), "metadata": {"root": "lead"}})
    else:
        print_pairs(_pairs(lead))


def _pairs(lead: Lead) -> Iterator[tuple[str, object]]:
    yield "ID", lead.id
    yield "Caller", lead.caller.e164
    yield "Email", lead.email
    yield "Owner", f"{lead.owner.kind} {lead.owner.id}"
    yield "Status", lead.status.value
    yield "Source", lead.attribution.traffic_source_id
    yield "Sub ID", lead.attribution.sub_id
    yield "Priority", lead.priority
    yield "Next action", instant(lead.next_action_at)
    yield "Expires", instant(lead.expires_at)
    yield "Submitted", instant(lead.created_at)
    yield "Changed", instant(lead.updated_at)
    for name, text in lead.tokens.items():
        yield f"  {name}", text
