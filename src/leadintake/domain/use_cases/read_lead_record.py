"""Read all that is known of one lead: what has become of it, and what was sent for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from leadintake.domain.errors import NotFound
from leadintake.domain.submission import SubmissionId

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadintake.domain.company import CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.contact import Contact
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.ports import Clock, UnitOfWorkFactory
    from leadintake.domain.submission import Submission

MOST_SUBMISSIONS: Final = 50
"""As many of a lead's submissions are read; a sender that posts every minute makes thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRecord:
    """One lead as it looks now, with its history.

    Shape: `contact` is its caller's; `events` and `consents` oldest first; `submissions` are those that its events
    name, newest first, the latest `MOST_SUBMISSIONS` of them; `has_more` says that there were others.
    """

    lead: Lead
    contact: Contact | None
    events: Sequence[Event]
    consents: Sequence[Consent]
    submissions: Sequence[Submission]
    has_more: bool


def read_lead_record(company_id: CompanyId, lead_id: LeadId, *, reading: UnitOfWorkFactory, clock: Clock) -> LeadRecord:
    """Return all that the company knows of one of its leads. Raises: NotFound: it has none of that id."""
    with reading(company_id) as uow:
        lead = uow.leads.find(lead_id)
        if lead is None:
            raise NotFound
        events = uow.events.of_lead(lead_id)
        # No index leads from a lead to its submissions: their identifiers stand in its facts.
        named = sorted(dict.fromkeys(_submissions_in(events)))
        submissions = uow.submissions.find_all(named[-MOST_SUBMISSIONS:])
        contact = uow.contacts.find(lead.caller)
        consents = [each for each in uow.consents.of_caller(lead.caller) if each.lead_id == lead_id]
    return LeadRecord(
        lead=lead.seen(at=clock()),
        contact=contact,
        events=events,
        consents=consents,
        submissions=[*reversed(submissions)],
        has_more=len(named) > MOST_SUBMISSIONS,
    )


def _submissions_in(events: Sequence[Event]) -> Iterator[SubmissionId]:
    for event in events:
        if text := event.details.get("submission_id"):
            yield SubmissionId(UUID(text))
