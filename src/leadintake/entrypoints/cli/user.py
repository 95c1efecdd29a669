"""``leadintake user …``: the people who sign in to the pages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.set_up import ALL, company_of, document, instant, listing, load, looking_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company
    from leadintake.domain.use_cases.manage_users import AddedUser
    from leadintake.domain.user import User

_ROLES = ("owner", "operator", "viewer")
_password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Take the password from standard input instead of making one."
)


@click.group()
def user() -> None:
    """Users: who signs in to the pages, and what they may do there."""


@user.command("add")
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice(_ROLES),
    default="operator",
    show_default=True,
    help="A viewer looks, an operator changes what is set up, an owner manages the users too.",
)
@_password_stdin
@company_option
@output_option
def add_user(*, email: str, role: str, password_stdin: bool, company: str | None, output: str) -> None:
    """Let somebody sign in; the password that is made for them is printed once.

    \b
    Examples:
      leadintake user add ada@example.com --role owner
      leadintake user add ada@example.com --password-stdin < password.txt
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.users import NewUserSchema

    fields = {"email": email, "role": role}
    if password_stdin:
        fields["password"] = _read_password()
    data = load(NewUserSchema(), fields)
    with company_of(company) as (services, chosen):
        added = services.add_user(chosen.id, data)
    _print_added(added, output)


@user.command("list")
@company_option
@output_option
def list_users(*, company: str | None, output: str) -> None:
    """List the company's users, with what they may do and when they signed in last.

    \b
    Example:
      leadintake user list
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.paging import Window
    from leadintake.entrypoints.schemas.company.users import USERS

    with company_of(company) as (services, chosen):
        users = services.list_users(chosen.id, Window(per_page=ALL)).items
    if output == "json":
        print_json(listing(USERS, "users", users))
    elif not users:
        say("Nobody can sign in yet. Let somebody: leadintake user add you@example.com --role owner")
    else:
        print_table(
            ("E-mail address", "Role", "Signs in", "Last signed in"),
            [(each.email, each.role, _signs_in(each), instant(each.last_signed_in_at) or "never") for each in users],
        )


@user.command("change")
@click.argument("email")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What they may do from now on.")
@company_option
@output_option
def change_user(*, email: str, role: str, company: str | None, output: str) -> None:
    """Give a user another role, from their next page on.

    \b
    Example:
      leadintake user change ada@example.com --role viewer
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(email, {"role": role}, company=company, output=output)


@user.command("deactivate")
@click.argument("email")
@company_option
@output_option
def deactivate_user(*, email: str, company: str | None, output: str) -> None:
    """Let a user sign in no more, and end all their sessions at once. Twice is once.

    \b
    Example:
      leadintake user deactivate ada@example.com
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(email, {"is_active": False}, company=company, output=output)


@user.command("activate")
@click.argument("email")
@company_option
@output_option
def activate_user(*, email: str, company: str | None, output: str) -> None:
    """Let a user who was deactivated sign in again, with the password that they had.

    \b
    Example:
      leadintake user activate ada@example.com
    """  # noqa: D301  click keeps the lines of a paragraph after it
    _change(email, {"is_active": True}, company=company, output=output)


@user.command("password")
@click.argument("email")
@_password_stdin
@company_option
@output_option
def reset_password(*, email: str, password_stdin: bool, company: str | None, output: str) -> None:
    """Give a user another password, printed once, and end all their sessions.

    \b
    Example:
      leadintake user password ada@example.com
    """  # noqa: D301  click keeps the lines of a paragraph after it
    password = _read_password() if password_stdin else None
    _print_added(
        _of_user(
            email, company, lambda services, chosen, found: services.reset_password(chosen.id, found.id, password)
        ),
        output,
    )


def _change(email: str, fields: dict[str, Any], *, company: str | None, output: str) -> None:
    from leadintake.entrypoints.schemas.company.users import ONE_USER, ChangedUserSchema

    data = load(ChangedUserSchema(), fields)
    changed: User = _of_user(
        email, company, lambda services, chosen, found: services.change_user(chosen.id, found.id, data)
    )
    if output == "json":
        print_json(document(ONE_USER, "user", changed))
        return
    print_pairs(_pairs(changed))


def _of_user(email: str, company: str | None, act: Callable[[Services, Company, User], Any]) -> Any:  # noqa: ANN401 - whatever is done
    """Do something to the user of that address, and return what it returns."""
    from leadintake.domain.errors import NotFound
    from leadintake.domain.use_cases.paging import Window
    from leadintake.domain.user import address_of_user

    with company_of(company) as (services, chosen), looking_for("user of that address", "leadintake user list"):
        users = services.list_users(chosen.id, Window(per_page=ALL)).items
        found = next((each for each in users if each.email == address_of_user(email)), None)
        if found is None:
            raise NotFound
        return act(services, chosen, found)


def _read_password() -> str:
    # What `echo` and text files leave at the end is no part of it.
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")


def _print_added(added: AddedUser, output: str) -> None:
    from leadintake.entrypoints.schemas.company.users import ADDED_USER

    if output == "json":
        print_json(ADDED_USER.dump({"user": added.user, "password": added.password, "metadata": {"root": "user"}}))
        return
    print_pairs([*_pairs(added.user), *([("Password", added.password)] if added.password else [])])
    if added.password:
        say("Keep the password now: it is not shown again.")


def _pairs(shown: User) -> list[tuple[str, object]]:
    return [("E-mail address", shown.email), ("Role", shown.role), ("Signs in", _signs_in(shown))]


def _signs_in(shown: User) -> str:
    return "yes" if shown.deactivated_at is None else f"not since {instant(shown.deactivated_at)}"
