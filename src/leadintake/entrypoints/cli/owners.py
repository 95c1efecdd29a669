"""``--schedule ID`` or ``--offer ID``: which owner of leads a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from leadintake.domain.errors import NotFound
from leadintake.entrypoints.cli.option_types import RECORD_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Owner, OwnerRef

Command = TypeVar("Command", bound="Callable[..., Any]")


def owner_options(command: Command) -> Command:
    """Give a command ``--schedule ID`` and ``--offer ID``; they arrive as `schedule` and `offer`."""
    command = click.option("--offer", metavar="ID", type=RECORD_ID, help="The offer of that number.")(command)
    return click.option("--schedule", metavar="ID", type=RECORD_ID, help="The schedule of that number.")(command)


def owner_named(schedule: int | None, offer: int | None) -> OwnerRef | None:
    """Return which owner the options name, None for none. Raises: UsageError: both are given."""
    from leadintake.domain.owner import OwnerKind, OwnerRef

    if schedule is not None and offer is not None:
        raise click.UsageError("give --schedule or --offer, not both: a lead has one owner.")
    if schedule is not None:
        return OwnerRef(OwnerKind.SCHEDULE, schedule)
    return None if offer is None else OwnerRef(OwnerKind.OFFER, offer)


def find_owner(directory: Directory, ref: OwnerRef) -> Owner:
    """Return that owner. Raises: NotFound: the company has none of that number."""
    owner = directory.owner(ref)
    if owner is None:
        raise NotFound(f"the company has no {ref.kind} {ref.id}; `leadintake {ref.kind} list` shows which it has.")
    return owner
