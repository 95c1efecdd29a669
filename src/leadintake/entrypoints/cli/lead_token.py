"""``leadintake token …``: the lead tokens that senders put into their requests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click

from leadintake.domain.token_rules import OPERATIONS_PER_DAY
from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.option_types import RECORD_ID, SPAN
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.owners import find_owner, owner_named, owner_options
from leadintake.entrypoints.cli.set_up import (
    ALL,
    changes,
    clearable,
    company_of,
    document,
    given,
    instant,
    listing,
    load,
    looking_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.use_cases.manage_lead_tokens import LeadTokenRecord, TokenStatus
    from leadintake.domain.use_cases.review_lead_token import BroughtLead

Command = TypeVar("Command", bound="Callable[..., Any]")

_STATUSES = ("active", "ending", "expired", "revoked")
_A_DAY = "24h"


def _restrictions(command: Command) -> Command:
    """Give a command the options that restrict a lead token; each arrives under the name of the API's field."""
    for decorate in reversed(
        (
            click.option("--label", help="What it is for, or who has it, for the lists."),
            clearable(
                "--network",
                "networks",
                metavar="ADDRESS|CIDR",
                multiple=True,
                help="Take it from there only: 203.0.113.7, or 203.0.113.0/24; give it again for others.",
                told="Take it from everywhere.",
            ),
            clearable(
                "--origin",
                "origins",
                metavar="URL",
                multiple=True,
                help="Take it from pages of that origin only (https://shop.example); give it again for others.",
                told="Take it from pages of any origin, and from none.",
            ),
            clearable(
                "--source",
                "traffic_source_id",
                metavar="ID",
                type=RECORD_ID,
                help="Let its leads be of that traffic source, named or not.",
                told="Let its leads be of whatever traffic source they name.",
            ),
            clearable(
                "--rate",
                "rate_per_minute",
                metavar="N",
                type=int,
                help="The most requests in a minute.",
                told="No rate.",
            ),
            clearable(
                "--daily-cap", "daily_cap", metavar="N", type=int, help="The most leads in a day.", told="Any number."
            ),
            clearable(
                "--operations",
                "operations_per_day",
                metavar="N",
                type=int,
                help=f"The most caller operations in a day; {OPERATIONS_PER_DAY} unless given.",
                told=f"{OPERATIONS_PER_DAY} caller operations in a day.",
            ),
            clearable(
                "--expires",
                "expires_at",
                metavar="TIME",
                help="When it ends by itself: 2030-01-31T09:00, in the company's time zone.",
                told="Let it work until it is revoked.",
            ),
        )
    ):
        command = decorate(command)
    return command


@click.group("token")
def lead_token() -> None:
    """Lead tokens: the secrets that let others send leads."""


@lead_token.command("add")
@owner_options
@click.option("--publishable", is_flag=True, help="For browser pages, where all can read it: it only submits leads.")
@_restrictions
@company_option
@output_option
def add_lead_token(
    *, schedule: int | None, offer: int | None, publishable: bool, company: str | None, output: str, **options: object
) -> None:
    """Make a further lead token for a schedule or an offer, and print it: one for each publisher, one for each page.

    \b
    Examples:
      leadintake token add --schedule 1 --label "Kitten banners" --source 1000 --network 203.0.113.0/24
      leadintake token add --offer 1 --publishable --origin https://shop.example --label "Landing page"
      leadintake token add --schedule 1 --output json | jq -r .lead_token.lead_token
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.lead_tokens import (
        REVEALED_LEAD_TOKEN,
        NewLeadTokenSchema,
        lead_token_data,
    )

    ref = _required(owner_named(schedule, offer))
    named = {f"{ref.kind.value}_id": ref.id}
    data = load(NewLeadTokenSchema(), given(options) | named | ({"kind": "publishable"} if publishable else {}))
    with company_of(company) as (services, chosen):
        find_owner(services.read_directory(chosen.id), ref)
        made = services.add_lead_token(chosen.id, ref, lead_token_data(data, chosen))
    if output == "json":
        print_json(document(REVEALED_LEAD_TOKEN, "lead_token", made))
    else:
        print_pairs(_pairs(made))


@lead_token.command("list")
@owner_options
@click.option("--status", type=click.Choice(_STATUSES), help="Those of that status only.")
@company_option
@output_option
def list_lead_tokens(
    *, schedule: int | None, offer: int | None, status: str | None, company: str | None, output: str
) -> None:
    """List lead tokens without their texts: those that work, and those that have ended, each with its last use.

    \b
    Examples:
      leadintake token list
      leadintake token list --schedule 1 --status active
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens, TokenStatus
    from leadintake.entrypoints.schemas.company.lead_tokens import LEAD_TOKENS

    ref = owner_named(schedule, offer)
    wanted = ListLeadTokens(owner=ref, status=None if status is None else TokenStatus(status), per_page=ALL)
    with company_of(company) as (services, chosen):
        if ref is not None:
            find_owner(services.read_directory(chosen.id), ref)
        found = services.list_lead_tokens(chosen.id, wanted).items
    if output == "json":
        print_json(listing(LEAD_TOKENS, "lead_tokens", found))
    elif not found:
        say("There is no such lead token. Make one: leadintake token add --schedule 1")
    else:
        print_table(
            ("ID", "Owner", "Label", "Kind", "Status", "Last used", "Alarms"),
            [
                (
                    each.credential.id,
                    f"{each.credential.owner_kind} {each.credential.owner_id}",
                    each.credential.label,
                    each.credential.kind.value,
                    _status(each),
                    instant(each.last_used_at) or "never",
                    len(each.alarms) or "",
                )
                for each in found
            ],
        )


@lead_token.command("show")
@click.argument("token_id", metavar="[ID]", required=False, type=click.UUID)
@owner_options
@click.option("--reveal", is_flag=True, help="Print the text too. Whoever has it can enroll people.")
@company_option
@output_option
def show_lead_tokens(
    *,
    token_id: UUID | None,
    schedule: int | None,
    offer: int | None,
    reveal: bool,
    company: str | None,
    output: str,
) -> None:
    """Show a lead token, or those of a schedule or an offer that work: restrictions, last use, alarms.

    Their texts are printed with --reveal only: whoever has one can enroll people, so hand it out with care.

    \b
    Examples:
      leadintake token show --schedule 1 --reveal
      leadintake token show --offer 1 --reveal --output json | jq -r '.lead_tokens[0].lead_token'
      leadintake token show 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    ref = owner_named(schedule, offer)
    if (ref is None) == (token_id is None):
        raise click.UsageError("name the lead token by its ID, or the owner: --schedule ID or --offer ID.")
    with ready_installation(read_settings()) as services:
        chosen = choose_company(services, company)
        if token_id is not None:
            _show_one(services, chosen, token_id, reveal=reveal, output=output)
        elif ref is not None:
            _show_all(services, chosen, ref, reveal=reveal, output=output)


@lead_token.command("change")
@click.argument("token_id", metavar="ID", type=click.UUID)
@_restrictions
@company_option
@output_option
def change_lead_token(*, token_id: UUID, company: str | None, output: str, **options: object) -> None:
    """Change the label, the restrictions or the end of a lead token; it holds from the next request on.

    A restriction that is given replaces the one of the same kind; the others stay.

    \b
    Examples:
      leadintake token change 019a5d6e-0000-7000-8000-000000000001 --network 203.0.113.7 --network 2001:db8::/32
      leadintake token change 019a5d6e-0000-7000-8000-000000000001 --no-network --label "Moved to the new server"
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.lead_tokens import ChangedLeadTokenSchema, lead_token_data

    data = load(ChangedLeadTokenSchema(), changes(options))
    with company_of(company) as (services, chosen), _found(token_id):
        changed = services.change_lead_token(chosen.id, _id(token_id), lead_token_data(data, chosen))
    _print(changed, output)


@lead_token.command("rotate")
@click.argument("token_id", metavar="ID", type=click.UUID)
@click.option(
    "--grace",
    metavar="SPAN",
    type=SPAN,
    default=_A_DAY,
    show_default=True,
    help="How long the old one goes on working: 90m, 24h, 7d; 0 ends it at once.",
)
@company_option
@output_option
def rotate_lead_token(*, token_id: UUID, grace: int, company: str | None, output: str) -> None:
    """Make a successor of a lead token with the same restrictions, and print it; both work until the old one ends.

    \b
    Examples:
      leadintake token rotate 019a5d6e-0000-7000-8000-000000000001 --grace 24h
      leadintake token rotate 019a5d6e-0000-7000-8000-000000000001 --grace 0
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.lead_tokens import ROTATED_LEAD_TOKEN, RotateSchema

    span = load(RotateSchema(), {"grace_seconds": grace})
    with company_of(company) as (services, chosen), _found(token_id):
        rotated = services.rotate_lead_token(chosen.id, _id(token_id), grace=span)
    if output == "json":
        shown = {"successor": rotated.successor, "ending": rotated.ending, "metadata": {"root": "lead_token"}}
        print_json(ROTATED_LEAD_TOKEN.dump(shown))
        return
    print_pairs(_pairs(rotated.successor))
    ending = rotated.ending.credential
    ends = "has ended" if ending.revoked_at else f"works until {instant(ending.expires_at)}"
    say(f"The old one ({ending.id}) {ends}.")


@lead_token.command("revoke")
@click.argument("token_id", metavar="ID", type=click.UUID)
@company_option
@output_option
def revoke_lead_token(*, token_id: UUID, company: str | None, output: str) -> None:
    """End a lead token for good, from the next request on, on every machine. Twice is once.

    \b
    Example:
      leadintake token revoke 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with company_of(company) as (services, chosen), _found(token_id):
        revoked = services.revoke_lead_token(chosen.id, _id(token_id))
    if output == "json":
        _print(revoked, output)
    else:
        click.echo(f"revoked  {revoked.credential.id}  {revoked.credential.label}".rstrip())


@lead_token.command("leads-since")
@click.argument("token_id", metavar="ID", type=click.UUID)
@click.option("--from", "since", metavar="TIME", required=True, help="2026-03-01T09:00, in the company's time zone.")
@click.option("--remove", is_flag=True, help="Remove the live ones among them that began by it.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask whether they may go.")
@company_option
@output_option
def leads_since_command(
    *, token_id: UUID, since: str, remove: bool, dry_run: bool, yes: bool, company: str | None, output: str
) -> None:
    """List what a lead token has brought in from a moment on, newest first; with --remove, take that out.

    For a token that has leaked: revoke it, look at what came by it, and remove that together. Leads that it only
    changed are listed (`updated`) and stay.

    \b
    Examples:
      leadintake token leads-since 019a5d6e-0000-7000-8000-000000000001 --from 2026-03-01T09:00
      leadintake token leads-since 019a5d6e-0000-7000-8000-000000000001 --from 2026-03-01 --remove --dry-run
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.lead_tokens import LeadsSinceSchema, leads_since

    if dry_run and not remove:
        raise click.UsageError("--dry-run goes with --remove.")
    data = load(LeadsSinceSchema(), {"since": since})
    with company_of(company) as (services, chosen), _found(token_id):
        wanted = leads_since(data, chosen, _id(token_id))
        if remove:
            _remove(services, wanted, yes=yes, is_dry_run=dry_run, output=output)
        else:
            _list_brought(services, wanted, output=output)


@lead_token.command("undo-since")
@click.argument("token_id", metavar="ID", type=click.UUID)
@click.option("--from", "since", metavar="TIME", required=True, help="2026-03-01T09:00, in the company's time zone.")
@click.option("--dry-run", is_flag=True, help="Say what would be lifted, and lift nothing.")
@click.option("--yes", is_flag=True, help="Do not ask whether these callers may be contacted again.")
@company_option
@output_option
def undo_since(*, token_id: UUID, since: str, dry_run: bool, yes: bool, company: str | None, output: str) -> None:
    """Lift the opt-outs and blocks that came by a lead token from a moment on, and no others.

    For a token that has leaked, and was used to opt out callers who never asked for it. Leads that ended stay ended.

    \b
    Examples:
      leadintake token undo-since 019a5d6e-0000-7000-8000-000000000001 --from 2026-03-01T09:00 --dry-run
      leadintake token undo-since 019a5d6e-0000-7000-8000-000000000001 --from 2026-03-01T09:00 --yes
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from dataclasses import replace

    from leadintake.domain.operations import CameBy
    from leadintake.domain.use_cases.undo_wishes import UndoWishes
    from leadintake.entrypoints.schemas.company.lead_tokens import SinceSchema, moment

    data = load(SinceSchema(), {"since": since})
    with company_of(company) as (services, chosen), _found(token_id):
        command = UndoWishes(
            company_id=chosen.id,
            lead_token_id=_id(token_id),
            since=moment(data["since"], chosen, "since"),
            came_by=CameBy.COMMAND_LINE,
            is_dry_run=True,
        )
        done = services.undo_wishes(command)
        if done.lifted and not dry_run:
            if not yes:
                _ask_to("Lift the wishes of", done.lifted, "caller")
            done = services.undo_wishes(replace(command, is_dry_run=False))
    if output == "json":
        print_json({"lifted": done.lifted, "unchanged": done.unchanged, "dry_run": dry_run})
    else:
        print_pairs([("Would be lifted" if dry_run else "Lifted", done.lifted), ("Unchanged", done.unchanged)])


def _list_brought(services: Services, wanted: Any, *, output: str) -> None:  # noqa: ANN401 - `LeadsSince`, imported late
    """Print everything that came by a lead token."""
    from dataclasses import replace

    from leadintake.entrypoints.schemas.company.lead_tokens import BROUGHT_LEADS

    found: list[BroughtLead] = []
    page = wanted
    while True:
        listed = services.leads_since(page)
        found += listed.leads
        if listed.next is None:
            break
        page = replace(page, after=listed.next)
    if output == "json":
        print_json(listing(BROUGHT_LEADS, "leads", found, per_page=len(found), next_cursor=None))
    elif not found:
        say("Nothing came by it since then.")
    else:
        print_table(
            ("Lead", "Caller", "Status", "Outcome", "Received"),
            [
                (
                    each.lead.id,
                    each.lead.caller.e164,
                    each.lead.status.value,
                    each.outcome.value,
                    instant(each.received_at),
                )
                for each in found
            ],
        )


def _remove(services: Services, wanted: Any, *, yes: bool, is_dry_run: bool, output: str) -> None:  # noqa: ANN401 - likewise
    """Take out what began by a lead token, once somebody has said so."""
    from leadintake.domain.operations import CameBy
    from leadintake.entrypoints.cli.progress import progress
    from leadintake.entrypoints.lead_removal import Remover, brought, remove_leads

    leads, _ = brought(services, wanted, most=sys.maxsize)
    if leads and not yes and not is_dry_run:
        _ask_to("Remove", len(leads), "lead")
    remover = Remover(came_by=CameBy.COMMAND_LINE, details={})
    with progress("Removing", len(leads)) as advance:
        done = remove_leads(services, wanted, leads, remover, is_dry_run=is_dry_run, advance=advance)
    if output == "json":
        print_json({"removed": done.removed, "unchanged": done.unchanged, "dry_run": is_dry_run, "has_more": False})
    else:
        print_pairs([("Would be removed" if is_dry_run else "Removed", done.removed), ("Unchanged", done.unchanged)])


def _ask_to(do: str, count: int, what: str) -> None:
    """Ask whether that may be done. Raises: UsageError: there is nobody to ask. Abort: it may not."""
    told = f"{count} {what}{'s' * (count != 1)}"
    if not sys.stdin.isatty():
        raise click.UsageError(f"it is about {told}; say --yes if that is meant, or --dry-run to look first.")
    click.confirm(f"{do} {told}?", abort=True, err=True)


def _show_one(services: Services, chosen: Company, token_id: UUID, *, reveal: bool, output: str) -> None:
    from leadintake.entrypoints.schemas.company.lead_tokens import ONE_LEAD_TOKEN, REVEALED_LEAD_TOKEN

    with _found(token_id):
        ask = services.reveal_lead_token if reveal else services.read_lead_token
        record = ask(chosen.id, _id(token_id))
    if output == "json":
        print_json(document(REVEALED_LEAD_TOKEN if reveal else ONE_LEAD_TOKEN, "lead_token", record))
    else:
        print_pairs(_pairs(record))


def _show_all(services: Services, chosen: Company, ref: OwnerRef, *, reveal: bool, output: str) -> None:
    """Show the lead tokens of an owner that work."""
    from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens, TokenStatus
    from leadintake.entrypoints.schemas.company.lead_tokens import LeadTokenSchema

    owner = find_owner(services.read_directory(chosen.id), ref)
    found = services.list_lead_tokens(chosen.id, ListLeadTokens(owner=ref, per_page=ALL)).items
    working: tuple[TokenStatus, ...] = (TokenStatus.ACTIVE, TokenStatus.ENDING)
    records = [each for each in found if each.status in working]
    texts = {token.id: text for token, text in services.reveal_lead_tokens(chosen.id, ref)} if reveal else {}
    if output == "json":
        shown = LeadTokenSchema()
        print_json(
            {
                "owner": {"kind": ref.kind.value, "id": owner.id, "name": owner.name},
                "lead_tokens": [{**shown.dump(each), "lead_token": texts.get(each.credential.id)} for each in records],
            }
        )
        return
    # Never in a table: a token folded to a narrow terminal could not be copied.
    print_pairs([(ref.kind.capitalize(), f"{owner.name} ({owner.id})")])
    for each in records:
        click.echo()
        text = texts.get(each.credential.id)
        print_pairs([*([] if text is None else [("Lead token", text)]), *_pairs(each)])
    if not records:
        click.echo("It has no lead token: nobody can send leads to it.")
    elif not reveal:
        say("--reveal prints their texts too.")


def _required(ref: OwnerRef | None) -> OwnerRef:
    if ref is None:
        raise click.UsageError("name the owner: --schedule ID or --offer ID.")
    return ref


def _id(token_id: UUID) -> LeadTokenId:
    from leadintake.domain.credential import LeadTokenId

    return LeadTokenId(token_id)


def _found(token_id: UUID) -> Any:  # noqa: ANN401 - a context manager
    return looking_for(f"lead token {token_id}", "leadintake token list")


def _print(record: LeadTokenRecord, output: str) -> None:
    from leadintake.entrypoints.schemas.company.lead_tokens import ONE_LEAD_TOKEN

    if output == "json":
        print_json(document(ONE_LEAD_TOKEN, "lead_token", record))
    else:
        print_pairs(_pairs(record))


def _status(record: LeadTokenRecord) -> str:
    credential = record.credential
    if record.status == "ending":
        return f"until {instant(credential.expires_at)}"
    return record.status.value


def _pairs(record: LeadTokenRecord) -> Iterator[tuple[str, object]]:
    """Yield what there is to say of a lead token: of its restrictions those that it has."""
    credential, rules = record.credential, record.credential.rules
    if record.lead_token is not None:
        yield "Lead token", record.lead_token
    yield "ID", credential.id
    yield "Owner", f"{credential.owner_kind} {credential.owner_id}"
    yield "Label", credential.label
    yield "Kind", credential.kind.value
    yield "Status", _status(record)
    if rules.networks:
        yield "Networks", ", ".join(rules.networks)
    if rules.origins:
        yield "Origins", ", ".join(rules.origins)
    if rules.traffic_source_id is not None:
        yield "Source", rules.traffic_source_id
    if rules.rate_per_minute is not None:
        yield "Rate", f"{rules.rate_per_minute} a minute"
    if rules.daily_cap is not None:
        yield "Daily cap", rules.daily_cap
    if rules.operations_per_day is not None:
        yield "Operations", f"{rules.operations_per_day} a day"
    yield "Made", instant(credential.created_at)
    yield "Last used", instant(record.last_used_at) or "never"
    if credential.successor_id is not None:
        yield "Successor", credential.successor_id
    for alarm in record.alarms:
        where = f", from {alarm.origin}" if alarm.origin else ""
        yield "Alarm", f"{alarm.kind.value} on {alarm.day}{where}, last at {instant(alarm.last_seen_at)}"
