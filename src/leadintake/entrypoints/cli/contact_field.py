"""``leadintake contact-field …``: what an offer says about the lead tokens of its leads."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from leadintake.domain.errors import NotFound
from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import AMOUNT, RECORD_ID, one_of
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.set_up import (
    ALL,
    changes,
    clearable,
    company_of,
    document,
    given,
    listing,
    load,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.owner import OfferId

Command = TypeVar("Command", bound="Callable[..., Any]")


def _types() -> Sequence[str]:
    from leadintake.domain.contact_field import FieldType

    return tuple(FieldType)


def _patterns() -> Sequence[str]:
    from leadintake.domain.contact_field import PATTERNS

    return tuple(PATTERNS)


@click.group("contact-field")
def contact_field() -> None:
    """Contact fields: what an offer's leads have to tell, and in what form."""


def _offer_option(command: Command) -> Command:
    """Give a command ``--offer``; it arrives as `offer`."""
    return click.option("--offer", metavar="ID", type=RECORD_ID, required=True, help="Whose fields.")(command)


def _field_options(command: Command) -> Command:
    """Give a command what is said about a field; each arrives under the name of the API's field."""
    for decorate in reversed(
        (
            click.option("--title", metavar="TEXT", help="What people see; the key unless given."),
            click.option(
                "--type",
                "type",
                metavar="TYPE",
                shell_complete=one_of(_types),
                help="text, number, integer, date, email, phone, boolean, list, zip or url; text unless given.",
            ),
            click.option("--required/--optional", default=None, help="Whether every lead must have it."),
            clearable(
                "--pattern",
                "pattern",
                metavar="PATTERN",
                shell_complete=one_of(_patterns),
                help="What a value looks like, such as digits, us_zip or state_code.",
                told="Let a value look like anything of its type.",
            ),
            clearable(
                "--choice",
                "choices",
                metavar="TEXT",
                multiple=True,
                help="A value that is allowed; give it again for others. All of them are the choices.",
                told="Allow every value.",
            ),
            clearable(
                "--minimum",
                "minimum",
                metavar="NUMBER",
                type=AMOUNT,
                help="The least a number may be, or the fewest characters of a text.",
                told="Take numbers however small, and texts however short.",
            ),
            clearable(
                "--maximum",
                "maximum",
                metavar="NUMBER",
                type=AMOUNT,
                help="The most a number may be, or the most characters of a text.",
                told="Take numbers however large, and texts however long.",
            ),
            click.option("--position", metavar="N", type=int, help="Where it is shown: the lowest comes first."),
        )
    ):
        command = decorate(command)
    return command


@contact_field.command("list")
@_offer_option
@company_option
@output_option
def list_contact_fields(*, offer: int, company: str | None, output: str) -> None:
    """List an offer's contact fields, in the order in which they are shown.

    \b
    Example:
      leadintake contact-field list --offer 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.paging import Window
    from leadintake.entrypoints.schemas.company.contact_fields import CONTACT_FIELDS

    with company_of(company) as (services, chosen), _found(offer):
        found = services.list_contact_fields(chosen.id, _id(offer), Window(per_page=ALL)).items
    if output == "json":
        print_json(listing(CONTACT_FIELDS, "contact_fields", found))
    elif not found:
        say(
            f"Offer {offer} has no contact field: its leads may tell anything. "
            f"Add one: leadintake contact-field add interest --offer {offer}"
        )
    else:
        print_table(
            ("Key", "Title", "Type", "Required", "Rules"),
            [
                (one.key, one.title, one.type.value, "yes" if one.required else "no", "; ".join(_rules(one)))
                for one in found
            ],
        )


@contact_field.command("add")
@click.argument("key")
@_offer_option
@_field_options
@company_option
@output_option
def add_contact_field(*, offer: int, company: str | None, output: str, **options: object) -> None:
    """Describe the lead token KEY of an offer's leads.

    What a value does not fit is told as a warning; leads are refused once the schedule or offer enforces its
    fields (--enforce-contact-fields).

    \b
    Examples:
      leadintake contact-field add zip --offer 1 --required --pattern us_zip
      leadintake contact-field add age --offer 1 --type integer --minimum 18 --maximum 120
      leadintake contact-field add interest --offer 1 --type list --choice kittens --choice puppies
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.contact_fields import NewContactFieldSchema

    data = load(NewContactFieldSchema(), given(options))
    with company_of(company) as (services, chosen), _found(offer):
        added = services.add_contact_field(chosen.id, _id(offer), data)
    _print(added, output)


@contact_field.command("update")
@click.argument("key")
@_offer_option
@_field_options
@company_option
@output_option
def update_contact_field(*, key: str, offer: int, company: str | None, output: str, **options: object) -> None:
    """Change what is said about the lead token KEY; what no option names stays as it is.

    \b
    Examples:
      leadintake contact-field update zip --offer 1 --optional
      leadintake contact-field update age --offer 1 --minimum 21 --no-maximum
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.contact_fields import ChangedContactFieldSchema

    data = load(ChangedContactFieldSchema(), changes(options))
    with company_of(company) as (services, chosen), _found(offer, key):
        changed = services.change_contact_field(chosen.id, _id(offer), key, data)
    _print(changed, output)


@contact_field.command("remove")
@click.argument("key")
@_offer_option
@company_option
@output_option
def remove_contact_field(*, key: str, offer: int, company: str | None, output: str) -> None:
    """Forget what is said about the lead token KEY; leads keep the values they have.

    \b
    Example:
      leadintake contact-field remove zip --offer 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with company_of(company) as (services, chosen), _found(offer, key):
        removed = services.remove_contact_field(chosen.id, _id(offer), key)
    if output == "json":
        _print(removed, output)
    else:
        click.echo(f"removed  {removed.key}")


def _id(offer: int) -> OfferId:
    from leadintake.domain.owner import OfferId

    return OfferId(offer)


@contextmanager
def _found(offer: int, key: str | None = None) -> Iterator[None]:
    """Say what is not there: the offer, or its field of that key."""
    try:
        yield
    except NotFound as missing:
        if key is None:
            raise NotFound(
                f"the company has no offer {offer}; `leadintake offer list` shows which it has."
            ) from missing
        raise NotFound(
            f"the company has no offer {offer} with a contact field {key!r}; "
            f"`leadintake contact-field list --offer {offer}` shows what it has."
        ) from missing


def _rules(one: ContactField) -> Iterator[str]:
    if one.pattern:
        yield one.pattern
    if one.choices:
        yield f"one of {', '.join(one.choices)}"
    if one.minimum is not None:
        yield f"at least {one.minimum}"
    if one.maximum is not None:
        yield f"at most {one.maximum}"


def _print(one: ContactField, output: str) -> None:
    from leadintake.entrypoints.schemas.company.contact_fields import ONE_CONTACT_FIELD

    if output == "json":
        print_json(document(ONE_CONTACT_FIELD, "contact_field", one))
        return
    print_pairs(
        [
            ("Offer", one.offer_id),
            ("Key", one.key),
            ("Title", one.title),
            ("Type", one.type.value),
            ("Required", "yes" if one.required else "no"),
            ("Rules", "; ".join(_rules(one)) or "none"),
            ("Position", one.position),
        ]
    )
