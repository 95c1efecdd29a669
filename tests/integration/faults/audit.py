"""What lies in the database after a fault, read past the product, and held against what senders were told."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import NullPool, create_engine, select

from leadintake.adapters.sql.tables import contacts, events, leads, submissions

from tests.support.loads import Fault, acknowledged_leads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.support.loads import Attempt

Rows: TypeAlias = "Sequence[Any]"
"""Rows with their columns as attributes."""

ENROLLED = {"created", "updated"}

_LEADS = select(
    leads.c.company_id,
    leads.c.id,
    leads.c.caller,
    leads.c.status,
    leads.c.live,
    leads.c.created_at,
    leads.c.version,
    leads.c.tokens,
).order_by(leads.c.id)
_CONTACTS = select(contacts.c.company_id, contacts.c.caller, contacts.c.opted_out_at)
_SUBMISSIONS = select(
    submissions.c.company_id, submissions.c.id, submissions.c.lead_id, submissions.c.outcome, submissions.c.code
)
_EVENTS = select(
    events.c.company_id,
    events.c.lead_id,
    events.c.lead_version,
    events.c.kind,
    events.c.caller,
    events.c.at,
    events.c.details,
)


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


def check(database_url: str, attempts: Sequence[Attempt]) -> Stored:
    """Return what is stored; fail unless every promise holds. All attempts have ended."""
    stored = check_promises(database_url, attempts)
    check_nothing_else(stored, attempts)
    check_unavailable_did_nothing(attempts)
    return stored


def check_promises(database_url: str, attempts: Sequence[Attempt]) -> Stored:
    """Return what is stored; fail unless every acknowledged lead is there, none is doubled, and none in parts only.

    May be asked at any moment, also while senders are under way.
    """
    # Copied before the database is read: what is acknowledged later need not be in it yet.
    known = list(attempts)
    stored = read(database_url)
    doubled = doubled_callers(stored)
    assert not doubled, f"callers with more than one lead: {doubled}"
    lost = lost_leads(stored, known)
    assert not lost, f"acknowledged, and not so stored: {lost}"
    kept = {str(submission.id) for submission in stored.submissions}
    unkept = {str(attempt.document["submission_id"]) for attempt in known if attempt.is_acknowledged} - kept
    assert not unkept, f"acknowledged submissions that are not kept: {unkept}"
    check_wholeness(stored)
    check_opt_outs(stored, known)
    return stored


def doubled_callers(stored: Stored) -> Sequence[str]:
    """Return who has more than one lead."""
    times = Counter((lead.company_id, lead.caller) for lead in stored.leads)
    return [caller for (_, caller), count in times.items() if count > 1]


def lost_leads(stored: Stored, attempts: Sequence[Attempt]) -> Mapping[str, set[str]]:
    """Return the identifiers that senders were given and that are not those of the stored leads, by caller."""
    ids = {lead.caller: {str(lead.id)} for lead in stored.leads}
    return {caller: told for caller, told in acknowledged_leads(attempts).items() if ids.get(caller) != told}


def check_wholeness(stored: Stored) -> None:
    """Fail unless every lead came with its contact, its submissions and its events: all of them, or nothing."""
    created = Counter(submission.lead_id for submission in stored.submissions if submission.outcome == "created")
    taken = {str(submission.id) for submission in stored.submissions if submission.outcome in ENROLLED}
    versions = defaultdict[Any, list[int]](list)
    for event in stored.events:
        if event.lead_id:
            versions[event.lead_id].append(event.lead_version)
    told = Counter(
        event.details["submission_id"] for event in stored.events if event.kind in {"lead.created", "lead.updated"}
    )
    whose = Counter((contact.company_id, contact.caller) for contact in stored.contacts)
    wishes = {(contact.company_id, contact.caller) for contact in stored.contacts if contact.opted_out_at}
    assert created == Counter(lead.id for lead in stored.leads), "every lead has one submission that created it"
    assert told == Counter(taken), "every submission taken left an event, and nothing else did"
    assert {lead_id: sorted(found) for lead_id, found in versions.items()} == {
        lead.id: list(range(1, lead.version + 1)) for lead in stored.leads
    }, "every version of every lead has its event"
    assert set(whose.values()) <= {1}
    called = {(lead.company_id, lead.caller) for lead in stored.leads}
    assert called <= whose.keys() <= called | wishes, "every caller has a contact, and nobody else but for a wish"


def check_opt_outs(stored: Stored, attempts: Iterable[Attempt]) -> None:
    """Fail unless whoever opted out is left alone from then on: not live, and nothing begins."""
    since = {
        (contact.company_id, contact.caller): contact.opted_out_at
        for contact in stored.contacts
        if contact.opted_out_at
    }
    live = [lead.caller for lead in stored.leads if lead.live and (lead.company_id, lead.caller) in since]
    assert not live, f"opted out, and live: {live}"
    begun = [
        (event.caller, event.kind)
        for event in stored.events
        if event.kind in {"lead.created", "lead.updated", "lead.restarted"}
        and (event.company_id, event.caller) in since
        and event.at > since[event.company_id, event.caller]
    ]
    assert not begun, f"begun after they had opted out: {begun}"
    answered_at: dict[str, float] = {}
    known = list(attempts)
    for attempt in known:
        if attempt.is_opt_out and attempt.is_acknowledged:
            answered_at.setdefault(attempt.caller, attempt.ended_at)
    unheard = answered_at.keys() - {caller for _, caller in since}
    assert not unheard, f"their wish was acknowledged, and is not stored: {unheard}"
    enrolled = [
        attempt.caller
        for attempt in known
        if not attempt.is_opt_out
        and attempt.is_acknowledged
        and attempt.begun_at > answered_at.get(attempt.caller, float("inf"))
    ]
    assert not enrolled, f"taken after the answer to their opt-out: {enrolled}"


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
        if attempt.is_opt_out:
            continue
        if attempt.is_acknowledged:
            is_proof = attempt.caller in refused - taken - maybe_taken
            assert not is_proof or attempt.verdict == "created", f"{attempt.caller} was refused, and is in"
            taken.add(attempt.caller)
        elif attempt.verdict == "unavailable":
            refused.add(attempt.caller)
        elif attempt.fault is not Fault.NOT_CONNECTED:
            maybe_taken.add(attempt.caller)
