"""What lies in the database after a fault, read past the product, and held against what senders were told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import NullPool, create_engine, select

from leadintake.adapters.sql.tables import contacts, events, leads, submissions

from tests.support.loads import Fault, acknowledged_leads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.support.loads import Attempt

Rows: TypeAlias = "Sequence[Any]"
"""Rows with their columns as attributes."""

ENROLLED = {"created", "updated"}

_LEADS = select(
    leads.c.company_id, leads.c.id, leads.c.caller, leads.c.status, leads.c.live, leads.c.version, leads.c.tokens
).order_by(leads.c.id)
_CONTACTS = select(contacts.c.company_id, contacts.c.caller, contacts.c.opted_out_at)
_SUBMISSIONS = select(
    submissions.c.company_id, submissions.c.id, submissions.c.lead_id, submissions.c.outcome, submissions.c.code
)
_EVENTS = select(events.c.company_id, events.c.lead_id, events.c.kind, events.c.caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Everything that submissions write, as it was at one moment.

    Shape: each row holds the columns that are selected above.
    """

    leads: Rows
    contacts: Rows
    submissions: Rows
    events: Rows


def read(database_url: str) -> Stored:
    """Read the whole database in one transaction. SQLite's file is checked as well."""
    engine = create_engine(database_url, poolclass=NullPool)
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(isolation_level="SERIALIZABLE") as connection:
        if is_sqlite:
            # The driver begins a transaction before a write only; without one each statement sees its own moment.
            connection.exec_driver_sql("BEGIN")
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        return Stored(
            leads=connection.execute(_LEADS).all(),
            contacts=connection.execute(_CONTACTS).all(),
            submissions=connection.execute(_SUBMISSIONS).all(),
            events=connection.execute(_EVENTS).all(),
        )


def check_promises(database_url: str, attempts: Sequence[Attempt]) -> Stored:
    """Return what is stored; fail unless every acknowledged lead is there, none is doubled, and none in parts only.

    May be asked at any moment, also while senders are under way.
    """
    # Copied before the database is read: what is acknowledged later need not be in it yet.
    known = list(attempts)
    stored = read(database_url)
    times = Counter((lead.company_id, lead.caller) for lead in stored.leads)
    doubled = [caller for caller, count in times.items() if count > 1]
    assert not doubled, f"callers with more than one lead: {doubled}"
    ids = {lead.caller: {str(lead.id)} for lead in stored.leads}
    lost = {caller: told for caller, told in acknowledged_leads(known).items() if ids.get(caller) != told}
    assert not lost, f"acknowledged, and not so stored: {lost}"
    kept = {str(submission.id) for submission in stored.submissions}
    unkept = {str(attempt.document["submission_id"]) for attempt in known if attempt.is_acknowledged} - kept
    assert not unkept, f"acknowledged submissions that are not kept: {unkept}"
    check_wholeness(stored)
    return stored


def check_wholeness(stored: Stored) -> None:
    """Fail unless every lead came with its contact, its submissions and its events: all of them, or nothing."""
    taken = Counter(submission.lead_id for submission in stored.submissions if submission.outcome in ENROLLED)
    created = Counter(submission.lead_id for submission in stored.submissions if submission.outcome == "created")
    recorded = Counter(event.lead_id for event in stored.events if event.lead_id)
    whose = Counter((contact.company_id, contact.caller) for contact in stored.contacts)
    assert created == Counter(lead.id for lead in stored.leads), "every lead has one submission that created it"
    assert taken == {lead.id: lead.version for lead in stored.leads}, "every submission taken made a version"
    assert recorded == taken, "every submission taken left an event"
    assert whose == Counter((lead.company_id, lead.caller) for lead in stored.leads), "every caller has a contact"


def check_nothing_else(stored: Stored, attempts: Sequence[Attempt]) -> None:
    """Fail if more is stored than was sent; all attempts have ended."""
    sent = Counter(attempt.caller for attempt in attempts if attempt.client_port)
    caller_of = {lead.id: lead.caller for lead in stored.leads}
    kept = Counter(caller_of[submission.lead_id] for submission in stored.submissions if submission.lead_id)
    unsent = kept - sent
    assert not unsent, f"callers with more submissions than were sent: {unsent}"


def check_unavailable_did_nothing(attempts: Iterable[Attempt]) -> None:
    """Fail if a lead was taken all the same of which every sender was told that nothing could be done."""
    taken: set[str] = set()
    maybe_taken: set[str] = set()
    refused: set[str] = set()
    for attempt in attempts:
        if attempt.is_acknowledged:
            is_proof = attempt.caller in refused - taken - maybe_taken
            assert not is_proof or attempt.verdict == "created", f"{attempt.caller} was refused, and is in"
            taken.add(attempt.caller)
        elif attempt.verdict == "unavailable":
            refused.add(attempt.caller)
        elif attempt.fault is not Fault.NOT_CONNECTED:
            maybe_taken.add(attempt.caller)
