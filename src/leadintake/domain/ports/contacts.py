"""Callers: the contacts of a company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.contact import Contact, LeftAlone
    from leadintake.domain.phone import PhoneNumber


class ContactRepository(Protocol):
    """The company's callers."""

    def claim(self, callers: Collection[PhoneNumber], *, at: datetime) -> Mapping[PhoneNumber, Contact]:
        """Hold these callers until the unit ends and return their contacts as they are then.

        A caller never stored comes back as a new contact of version 0, created at `at`; unless it is saved,
        it leaves no trace. Callers are held in order of their numbers, so that two units cannot block each other.
        Raises: Unavailable: somebody else held one of them for too long.
        """

    def find(self, caller: PhoneNumber) -> Contact | None:
        """Return the caller's contact without holding it, or None."""

    def save_all(self, contacts: Collection[Contact]) -> None:
        """Insert or replace claimed contacts, each a version later than it was."""

    def search(self, only: LeftAlone, *, offset: int, limit: int) -> ContactPage:
        """Return the contacts that are left alone for that reason, in order of their numbers."""

    def numbers(self, *, after: PhoneNumber | None, limit: int) -> Sequence[PhoneNumber]:
        """Return the next numbers after that one, in their order.

        Shape: each once: those of contacts, on suppression lists, and of calls and conversions.
        """

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy a claimed caller's contact, from the commit on; return how many there were: one or none."""


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One page of contacts, and how many there are in all."""

    contacts: Sequence[Contact]
    total_count: int
