"""Read callers: who is left alone, and all that is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadintake.domain.contact import LeftAlone
from leadintake.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.contact import Contact
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, ContactPage, UnitOfWorkFactory
    from leadintake.domain.suppression import SuppressionList


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLeftAlone:
    """Whom to list of those who must not be contacted. Pages count from 1."""

    company_id: CompanyId
    reason: LeftAlone = LeftAlone.ANY
    page: int = 1
    per_page: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRecord:
    """All that a company knows of one caller.

    Shape: `contact` is None for one who is known from suppression lists only; `leads` newest first, as they look
    now; `events` oldest first, those of the contact and of every lead; `suppression_lists` those that the caller is
    on; `consents` the evidence that came for any lead, oldest first.
    """

    contact: Contact | None
    leads: Sequence[Lead]
    events: Sequence[Event]
    suppression_lists: Sequence[SuppressionList]
    consents: Sequence[Consent] = ()


def list_left_alone(command: ListLeftAlone, *, reading: UnitOfWorkFactory) -> ContactPage:
    """Return that page of the callers who have opted out or are blocked, in order of their numbers."""
    with reading(command.company_id) as uow:
        return uow.contacts.search(command.reason, offset=(command.page - 1) * command.per_page, limit=command.per_page)


def read_caller(
    company_id: CompanyId, caller: PhoneNumber, *, reading: UnitOfWorkFactory, clock: Clock
) -> CallerRecord:
    """Return all that the company knows of a caller. Raises: NotFound: it has never heard of them."""
    with reading(company_id) as uow:
        contact = uow.contacts.find(caller)
        lists = uow.directory.current().suppression_lists
        on = uow.suppression.suppressed([caller]).get(caller, frozenset()) if lists else frozenset()
        if contact is None and not on:
            raise NotFound("There is no contact of that number here.")
        leads = uow.leads.of_callers([caller])
        events = [event for lead in leads for event in uow.events.of_lead(lead.id)]
        events += uow.events.of_contact(caller)
        consents = uow.consents.of_caller(caller)
    now = clock()
    return CallerRecord(
        contact=contact,
        leads=[lead.seen(at=now) for lead in reversed(leads)],
        events=sorted(events, key=lambda event: event.id),
        suppression_lists=[lists[list_id] for list_id in sorted(on) if list_id in lists],
        consents=consents,
    )
