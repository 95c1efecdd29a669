"""``leadintake caller-show``: all that is known of one caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_pairs, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadintake.domain.consent import Consent
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead
    from leadintake.domain.use_cases.read_callers import CallerRecord


@click.command("caller-show")
@click.argument("number", metavar="NUMBER")
@company_option
@output_option
def caller_show(*, number: str, company: str | None, output: str) -> None:
    """Show a caller: opted out, blocked, suppressed, every lead, all that has happened, evidence of consent.

    \b
    Examples:
      leadintake caller-show +18004506787
      leadintake caller-show 8004506787 --output json | jq '.leads[].status'
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with ready_installation(read_settings()) as services:
        from leadintake.domain.phone import PhoneNumber

        chosen = choose_company(services, company)
        caller = PhoneNumber.parse(number, chosen.region)
        record = services.read_caller(chosen.id, caller)
    if output == "json":
        from leadintake.entrypoints.api.answers import json_response
        from leadintake.entrypoints.api.operation_answers import caller_document

        click.echo(json_response(caller_document(record)).get_data(as_text=True))
        return
    print_pairs([("Caller", caller.e164), *_contact(record)])
    if record.leads:
        click.echo()
        print_table(
            ("Lead", "Owner", "Status", "Source", "Sub ID", "Submitted", "Changed"), map(_lead_row, record.leads)
        )
    if record.events:
        click.echo()
        print_table(("When", "What", "Lead", "Status", "Came by"), map(_event_row, record.events))
    if record.consents:
        click.echo()
        print_table(("Consent", "Lead", "Certificates", "Page", "Disclosure"), map(_consent_row, record.consents))


def _consent_row(consent: Consent) -> tuple[object, ...]:
    return (
        _instant(consent.received_at),
        consent.lead_id,
        " ".join(one.value for one in consent.certificates),
        consent.page_url or "",
        consent.disclosure or "",
    )


def _contact(record: CallerRecord) -> Iterator[tuple[str, object]]:
    from leadintake.domain.phone import country_of, time_zone_of

    if contact := record.contact:
        yield "Country", country_of(contact.caller) or "unknown"
        yield "Time zone", time_zone_of(contact.caller) or "unknown"
        yield "Known since", _instant(contact.created_at)
        yield "Opted out", _since(contact.opted_out_at)
        yield "Blocked", _since(contact.blocked_at)
    for listed in record.suppression_lists:
        yield f"Suppression list {listed.id}", listed.name


def _lead_row(lead: Lead) -> tuple[object, ...]:
    return (
        lead.id,
        f"{lead.owner.kind} {lead.owner.id}",
        lead.status.value,
        lead.attribution.traffic_source_id or "",
        lead.attribution.sub_id or "",
        _instant(lead.created_at),
        _instant(lead.updated_at),
    )


def _event_row(event: Event) -> tuple[object, ...]:
    return (
        _instant(event.at),
        event.kind.value,
        event.lead_id or "",
        event.details.get("status", ""),
        event.details.get("came_by", ""),
    )


def _since(at: datetime | None) -> str:
    return "no" if at is None else f"since {_instant(at)}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
