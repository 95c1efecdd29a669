"""Pages of what a company has set up, and the rules that all of it shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from leadintake.domain.errors import InvalidParameter, NameTaken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import OfferId

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which page of a list is wanted; pages count from 1."""

    page: int = 1
    per_page: int = 25

    @property
    def offset(self) -> int:
        """Return how many come before the page."""
        return (self.page - 1) * self.per_page


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list, and how many match in all."""

    items: Sequence[Item]
    total_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Window):
    """A page of what has a name: of all, or of those that match; None leaves a column open."""

    name: str | None = None
    offer_id: OfferId | None = None
    paused: bool | None = None


def page_of(found: Iterable[Item], window: Window) -> Page[Item]:
    """Return that page of everything found."""
    items = list(found)
    return Page(items[window.offset : window.offset + window.per_page], len(items))


def is_named(name: str, wanted: str) -> bool:
    """Say whether the two names count as the same: case does not tell things apart."""
    return name.casefold() == wanted.casefold()


def require_free(name: str, others: Iterable[str]) -> None:
    """Refuse a second thing of the same name: whoever reads it in a list must know which one it is.

    Raises: NameTaken: naming the field.
    """
    if any(is_named(name, other) for other in others):
        raise NameTaken(errors={"name": ["is already taken"]})


def require_offer(directory: Directory, offer_id: OfferId | None) -> None:
    """Refuse an offer that the company does not have; one of another company looks no different.

    Raises: InvalidParameter: naming the field.
    """
    if offer_id is not None and offer_id not in directory.offers:
        raise InvalidParameter(errors={"offer_id": ["is no offer of this company"]})


def paused_at(before: datetime | None, *, paused: bool | None, at: datetime) -> datetime | None:
    """Return since when something is paused; None for `paused` leaves it as it is, pausing twice is pausing once."""
    if paused is None:
        return before
    return (before or at) if paused else None
