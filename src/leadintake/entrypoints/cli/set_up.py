"""What the commands for a company's set-up have in common: options into data by the HTTP API's schemas, and back.

An option arrives under the name of the API's field that it sets; what is wrong with the field is told of the option.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from leadintake.domain.errors import InvalidParameter, NotFound, Refusal
from leadintake.entrypoints.cli.companies import choose_company
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from marshmallow import Schema

    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company

Command = TypeVar("Command", bound="Callable[..., Any]")

ALL: Final = 1_000_000
"""As many entries of a list as a page may have here: set-ups are short, and a terminal can scroll."""

_LISTS: Final = {"offer_id": "leadintake offer list", "traffic_source_id": "leadintake source list"}
_TAKES_AWAY: Final = "no_"
_KEEPS_NOTHING: Final = "nothing to change: give one of the options that --help lists."


def clearable(option: str, field: str, *, told: str, **settings: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - click's own
    """Give a command an option for a field, and ``--no-…`` that takes away what the field holds.

    Args:
        option: Such as ``--offer``.
        field: The API's name of the field; the option arrives under it.
        told: What the second option does, for the help.
        **settings: Those of the first option.
    """

    def decorate(command: Command) -> Command:
        name = f"--no-{option.removeprefix('--')}"
        command = click.option(name, f"{_TAKES_AWAY}{field}", is_flag=True, help=told)(command)
        return click.option(option, field, **settings)(command)

    return decorate


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that options set, as the body of an HTTP request would have them; None takes a value away.

    Raises: UsageError: an option sets a field and another one takes it away.
    """
    fields = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if not name.startswith(_TAKES_AWAY) and value is not None and value != ()
    }
    parameters = {parameter.name: parameter for parameter in click.get_current_context().command.params}
    for name in [name for name, is_given in options.items() if name.startswith(_TAKES_AWAY) and is_given]:
        field = name.removeprefix(_TAKES_AWAY)
        if field in fields:
            raise click.UsageError(f"give {parameters[field].opts[0]} or {parameters[name].opts[0]}, not both.")
        fields[field] = [] if getattr(parameters[field], "multiple", False) else None
    return fields


def changes(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that options set. Raises: UsageError: there is none, or as in `given`."""
    fields = given(options)
    if not fields:
        raise click.UsageError(_KEEPS_NOTHING)
    return fields


def load(schema: Schema, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the schema makes
    """Read fields as the HTTP API does. Raises: InvalidParameter: naming every option at fault."""
    from marshmallow import ValidationError

    from leadintake.entrypoints.schemas.company.fields import flattened

    try:
        return schema.load(fields)
    except ValidationError as invalid:
        errors = {option_of(field): said for field, said in flattened(invalid.messages_dict).items()}
        raise InvalidParameter(errors=errors) from invalid


@contextmanager
def told_of_options() -> Iterator[None]:
    """Tell what is refused about fields by the options that set them."""
    try:
        yield
    except Refusal as refusal:
        if not refusal.errors:
            raise
        errors = {option_of(field): _with_hint(field, said) for field, said in refusal.errors.items()}
        raise type(refusal)(refusal.detail, errors=errors) from refusal


def option_of(field: str) -> str:
    """Return how the running command calls a field: ``actions.0.kind`` is the kind of ``--action 1``."""
    name, *path = field.split(".")
    for parameter in click.get_current_context().command.params:
        if parameter.name == name:
            is_option = isinstance(parameter, click.Option)
            called = parameter.opts[0] if is_option else parameter.human_readable_name.strip("[.]")
            return " ".join([called, *(str(int(part) + 1) if part.isdigit() else part for part in path)])
    return field


def _with_hint(field: str, said: Sequence[str]) -> list[str]:
    """Return messages, each that says that something is not there with the command that shows what is."""
    hint = f"; `{_LISTS[field]}` shows which there are" if field in _LISTS else ""
    return [f"{text}{hint}" if text.startswith("is no ") else text for text in said]


@contextmanager
def company_of(wanted: str | None) -> Iterator[tuple[Services, Company]]:
    """Lend the services and the company that a command is about; refusals are told of its options."""
    with ready_installation(read_settings()) as services, told_of_options():
        yield services, choose_company(services, wanted)


@contextmanager
def looking_for(what: str, where: str) -> Iterator[None]:
    """Say what is not there, and which command shows what is."""
    try:
        yield
    except NotFound as missing:
        raise NotFound(f"the company has no {what}; `{where}` shows which it has.") from missing


def document(schema: Schema, root: str, thing: object) -> dict[str, Any]:
    """Return one thing as the HTTP API answers it."""
    shown: dict[str, Any] = schema.dump({root: thing, "metadata": {"root": root}})
    return shown


def listing(schema: Schema, root: str, things: Sequence[object], **metadata: object) -> dict[str, Any]:
    """Return a list as the HTTP API answers it."""
    told = {"root": root, "total_count": len(things)} | metadata
    shown: dict[str, Any] = schema.dump({root: things, "metadata": told})
    return shown


def tell_of_more(shown: int, total_count: int, *, page: int) -> None:
    """Say that a page is not all there is, and how to see the rest."""
    if page == 1 and shown < total_count:
        say(f"{shown} of {total_count} shown; --page 2 shows the next, --per-page more at once.")


def takes_leads(paused_at: datetime | None) -> str:
    """Say whether leads are taken."""
    return "yes" if paused_at is None else f"paused since {instant(paused_at)}"


def instant(at: datetime | None) -> str:
    """Return an instant for people."""
    from datetime import UTC

    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
