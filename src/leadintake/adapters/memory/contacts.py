"""Callers in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import in_utc, owned_contact
from leadintake.domain.contact import Contact
from leadintake.domain.errors import StaleWrite
from leadintake.domain.ports import ContactPage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.contact import LeftAlone
    from leadintake.domain.phone import PhoneNumber


class MemoryContacts:
    """`ContactRepository` in memory. Claiming one caller holds the whole company, so no order can block."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._claimed: set[PhoneNumber] = set()

    def claim(self, callers: Collection[PhoneNumber], *, at: datetime) -> Mapping[PhoneNumber, Contact]:
        """Hold these callers until the unit ends and return their contacts as they are then."""
        stored = self._transaction.hold().contacts
        self._claimed.update(callers)
        company_id, created_at = self._transaction.company_id, in_utc(at)
        return {
            caller: stored.get(caller) or Contact(company_id=company_id, caller=caller, created_at=created_at)
            for caller in callers
        }

    def find(self, caller: PhoneNumber) -> Contact | None:
        """Return the caller's contact without holding it, or None."""
        return self._transaction.rows.contacts.get(caller)

    def save_all(self, contacts: Collection[Contact]) -> None:
        """Insert or replace claimed contacts, each a version later than it was.

        Raises: StaleWrite: one has been saved since it was claimed.
        """
        stored = self._transaction.hold_for(contact.company_id for contact in contacts).contacts
        for contact in contacts:
            if contact.caller not in self._claimed:
                message = "a contact is saved only by the unit that has claimed its caller"
                raise RuntimeError(message)
            before = stored.get(contact.caller)
            if contact.version != (before.version if before else 0):
                raise StaleWrite
        stored.update((contact.caller, owned_contact(contact)) for contact in contacts)

    def search(self, only: LeftAlone, *, offset: int, limit: int) -> ContactPage:
        """Return the contacts that are left alone for that reason, in order of their numbers."""
        found = [contact for contact in self._transaction.rows.contacts.values() if only.holds_for(contact)]
        found.sort(key=lambda contact: contact.caller)
        return ContactPage(found[offset : offset + limit], len(found))

    def numbers(self, *, after: PhoneNumber | None, limit: int) -> Sequence[PhoneNumber]:
        """Return the next numbers after that one, in their order."""
        rows = self._transaction.rows
        listed = (caller for caller, lists in rows.suppressed.items() if lists)
        stamps = [*(call.stamp for call in rows.calls.values()), *(one.stamp for one in rows.conversions.values())]
        recorded = (stamp.caller for stamp in stamps)
        numbers = sorted({*rows.contacts, *listed, *(caller for caller in recorded if caller is not None)})
        return [number for number in numbers if after is None or number > after][:limit]

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy a claimed caller's contact, from the commit on; return how many there were: one or none."""
        return self._transaction.hold().destroy("contacts", [caller])
