"""``leadintake token …``: the lead tokens that senders put into their requests."""

from __future__ import annotations

import click

from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs
from leadintake.entrypoints.cli.owners import find_owner, owner_named, owner_options


@click.group("token")
def lead_token() -> None:
    """Lead tokens: the secrets that let others send leads."""


@lead_token.command("show")
@owner_options
@company_option
@output_option
def show_lead_tokens(*, schedule: int | None, offer: int | None, company: str | None, output: str) -> None:
    """Reveal the lead tokens of a schedule or an offer. Whoever has one can enroll people: hand it out with care.

    \b
    Examples:
      leadintake token show --schedule 1
      leadintake token show --offer 1 --output json | jq -r '.lead_tokens[0].lead_token'
    """  # noqa: D301  click keeps the lines of a paragraph after it
    ref = owner_named(schedule, offer)
    if ref is None:
        raise click.UsageError("name the owner: --schedule ID or --offer ID.")
    with ready_installation(read_settings()) as services:
        company_id = choose_company(services, company).id
        owner = find_owner(services.read_directory(company_id), ref)
        tokens = services.reveal_lead_tokens(company_id, ref)
    if output == "json":
        print_json(
            {
                "owner": {"kind": ref.kind.value, "id": owner.id, "name": owner.name},
                "lead_tokens": [
                    {"id": credential.id, "lead_token": secret, "created_at": credential.created_at}
                    for credential, secret in tokens
                ],
            }
        )
        return
    # Never in a table: a token folded to a narrow terminal could not be copied.
    print_pairs(
        [
            (ref.kind.capitalize(), f"{owner.name} ({owner.id})"),
            *(("Lead token", f"{secret}  (since {credential.created_at:%Y-%m-%d})") for credential, secret in tokens),
        ]
    )
    if not tokens:
        click.echo("It has no lead token: nobody can send leads to it.")
