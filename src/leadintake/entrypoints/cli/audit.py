"""``leadintake audit …``: the record of events, sealed so that a later change shows."""

from __future__ import annotations

import click

from leadintake.entrypoints.cli.audited import written
from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_table


@click.group()
def audit() -> None:
    """Audit: events are sealed into segments, so that a later change shows; `doctor --audit` verifies them."""


@audit.command("head")
@company_option
@output_option
def head(*, company: str | None, output: str) -> None:
    """Show where each company's chain of segments ends.

    Note the head somewhere else, or send it to somebody: verified with --head, it shows later whether anything before
    it was changed or taken away.

    \b
    Examples:
      leadintake audit head
      leadintake audit head --output json | jq -r '.heads[].head' >heads.txt
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.cli.set_up import instant

    with ready_installation(read_settings()) as services:
        companies = services.list_companies() if company is None else [choose_company(services, company)]
        ends = services.read_chain_heads(companies)
    if output == "json":
        heads = [
            {
                "company_id": end.company.id,
                "number": end.head.number,
                "hash": end.head.hash.hex() if end.head.number else None,
                "events": end.events,
                "sealed_at": end.sealed_at,
                "head": written(end) or None,
            }
            for end in ends
        ]
        print_json({"heads": heads, "metadata": {"root": "heads"}})
        return
    rows = [(end.company.id, end.company.name, end.events, instant(end.sealed_at), written(end)) for end in ends]
    print_table(("Company", "Name", "Events", "Sealed", "Head"), rows)


@audit.command("seal")
@click.option("--from-start", is_flag=True, help="Look at every event there is, as after a move to another server.")
@output_option
def seal(*, from_start: bool, output: str) -> None:
    """Seal what has happened up to now; `leadintake serve` does so every few seconds by itself.

    \b
    Examples:
      leadintake audit seal
      leadintake audit seal --from-start
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.seal_events import SealEvents

    with ready_installation(read_settings()) as services:
        count = services.seal_events(SealEvents(from_start=from_start, at_once=True))
    if output == "json":
        print_json({"sealed": count})
    else:
        click.echo(f"{count} event(s) sealed.")
