"""``leadintake api-key …``: the keys with which programs read and change a company's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.set_up import ALL, company_of, document, instant, listing, looking_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from leadintake.domain.use_cases.manage_api_keys import ApiKeyRecord

_PERMISSIONS = ("read", "write", "admin", "record")


@click.group("api-key")
def api_key() -> None:
    """API keys: how programs read and change a company's records."""


@api_key.command("add")
@click.option("--label", default="", help="What it is for, or who has it, for the list.")
@click.option(
    "--permission",
    "permissions",
    type=click.Choice(_PERMISSIONS),
    multiple=True,
    default=("read",),
    show_default=True,
    help="Who may write may read and record, who administers may all; record alone is for trackers' URLs.",
)
@company_option
@output_option
def add_api_key(*, label: str, permissions: tuple[str, ...], company: str | None, output: str) -> None:
    """Make an API key, and print both its halves; the private one is never shown again.

    \b
    Examples:
      leadintake api-key add --permission write --label "The dialer"
      leadintake api-key add --output json | jq -r .api_key.private
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.credential import Permission
    from leadintake.entrypoints.cli.set_up import load
    from leadintake.entrypoints.schemas.company.api_keys import MADE_API_KEY, NewApiKeySchema

    data = load(NewApiKeySchema(), {"label": label, "permissions": list(permissions)})
    with company_of(company) as (services, chosen):
        granted = frozenset(Permission(name) for name in data["permissions"])
        made = services.add_api_key(chosen.id, granted, label=data["label"])
    if output == "json":
        print_json(document(MADE_API_KEY, "api_key", made))
        return
    print_pairs(_pairs(made))
    say("Keep the private half now: it is not shown again.")


@api_key.command("list")
@company_option
@output_option
def list_api_keys(*, company: str | None, output: str) -> None:
    """List the company's API keys, revoked ones included, each with its last use.

    \b
    Example:
      leadintake api-key list
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.paging import Window
    from leadintake.entrypoints.schemas.company.api_keys import API_KEYS

    with company_of(company) as (services, chosen):
        found = services.list_api_keys(chosen.id, Window(per_page=ALL)).items
    if output == "json":
        print_json(listing(API_KEYS, "api_keys", found))
    else:
        print_table(
            ("ID", "Public half", "Label", "Permissions", "Status", "Last used"),
            [
                (
                    each.key.id,
                    each.key.public,
                    each.key.label,
                    _permissions(each),
                    _status(each),
                    instant(each.last_used_at) or "never",
                )
                for each in found
            ],
        )


@api_key.command("revoke")
@click.argument("key_id", metavar="ID", type=click.UUID)
@company_option
@output_option
def revoke_api_key(*, key_id: UUID, company: str | None, output: str) -> None:
    """End an API key for good, from the next request on. Twice is once.

    \b
    Example:
      leadintake api-key revoke 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.credential import ApiKeyId
    from leadintake.entrypoints.schemas.company.api_keys import ONE_API_KEY

    with company_of(company) as (services, chosen), _found(key_id):
        revoked = services.revoke_api_key(chosen.id, ApiKeyId(key_id))
    if output == "json":
        print_json(document(ONE_API_KEY, "api_key", revoked))
    else:
        click.echo(f"revoked  {revoked.key.id}  {revoked.key.public}")


def _found(key_id: UUID) -> Any:  # noqa: ANN401 - a context manager
    return looking_for(f"API key {key_id}", "leadintake api-key list")


def _permissions(record: ApiKeyRecord) -> str:
    return ", ".join(name for name in _PERMISSIONS if name in record.key.permissions)


def _status(record: ApiKeyRecord) -> str:
    return "active" if record.key.revoked_at is None else f"revoked {instant(record.key.revoked_at)}"


def _pairs(record: ApiKeyRecord) -> Iterator[tuple[str, object]]:
    yield "ID", record.key.id
    yield "Public half", record.key.public
    if record.private is not None:
        yield "Private half", record.private
    yield "Label", record.key.label
    yield "Permissions", _permissions(record)
