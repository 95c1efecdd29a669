"""`ContactRepository` and `LeadRepository`: the callers of a company and their leads."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, text, union

from leadintake.adapters.sql import mapping
from leadintake.adapters.sql.bulk import bulk_insert, bulk_update, to_json, written
from leadintake.adapters.sql.driver import Prepared, run
from leadintake.adapters.sql.tables import calls, contacts, conversions, leads, schedules, suppressed_callers
from leadintake.adapters.sql.tenancy import require_own
from leadintake.adapters.sql.walks import end_of_walk, of_time, sorted_downwards
from leadintake.domain.contact import Contact, LeftAlone
from leadintake.domain.errors import StaleWrite
from leadintake.domain.lead import LIVE, LeadId, LeadStatus, searched_email
from leadintake.domain.owner import OwnerKind
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.ports import ContactPage, LeadPage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Connection, Select

    from leadintake.adapters.sql.bulk import PendingInserts
    from leadintake.domain.company import CompanyId
    from leadintake.domain.lead import Lead
    from leadintake.domain.owner import OfferId, OwnerRef
    from leadintake.domain.ports import LeadFilter

# The list comes as one JSON parameter: the statement's text is the same for any number of callers.
_AMONG_POSTGRESQL = text("caller IN (SELECT jsonb_array_elements_text(CAST(:callers AS jsonb)))")
_AMONG_SQLITE = text("caller IN (SELECT value FROM json_each(:callers))")


def _among(connection: Connection) -> Any:  # noqa: ANN401 - a piece of SQL
    return _AMONG_POSTGRESQL if connection.dialect.name == "postgresql" else _AMONG_SQLITE


_number = attrgetter("e164")


def _numbers(callers: Collection[PhoneNumber]) -> list[str]:
    return sorted(map(_number, callers))


_INSERT_CONTACTS = bulk_insert(contacts)
_UPDATE_CONTACTS = bulk_update(
    contacts,
    key=("company_id", "caller"),
    version="version",
    changing=("created_at", "opted_out_at", "blocked_at", "version"),
)
# The update that never happens is what holds the rows that are there already; only inserted ones are returned.
# Rows are met in order of their numbers, so that two units cannot block each other.
_CLAIM = """
    INSERT INTO contacts (company_id, caller, created_at, version)
    SELECT %(company_id)s, claimed.caller, %(at)s, 1
    FROM jsonb_array_elements_text(CAST(%(callers)s AS jsonb)) WITH ORDINALITY AS claimed(caller, position)
    ORDER BY claimed.position
    ON CONFLICT (company_id, caller) DO UPDATE SET version = contacts.version WHERE false
    RETURNING caller
    """
_FORGET = text(
    """
    DELETE FROM contacts WHERE company_id = :company_id
    AND caller IN (SELECT jsonb_array_elements_text(CAST(:callers AS jsonb)))
    """
)
_KNOWN = {
    among: Prepared(select(contacts).where(contacts.c.company_id == bindparam("company_id"), among))
    for among in (_AMONG_POSTGRESQL, _AMONG_SQLITE)
}

_EITHER = or_(contacts.c.opted_out_at.is_not(None), contacts.c.blocked_at.is_not(None))
# Each names the index's whole condition, or the index would not be used.
_LEFT_ALONE = {
    LeftAlone.OPTED_OUT: and_(_EITHER, contacts.c.opted_out_at.is_not(None)),
    LeftAlone.BLOCKED: and_(_EITHER, contacts.c.blocked_at.is_not(None)),
    LeftAlone.ANY: _EITHER,
}


class SqlContacts:
    """Callers over the ``contacts`` table.

    PostgreSQL holds a caller by its row, so claiming a new one writes it at once and `forget_unsaved` takes back
    what was not saved. SQLite holds the whole database from the unit's beginning and writes only what is saved.
    """

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Work for one company over one connection."""
        self._connection = connection
        self._company_id = company_id
        self._writes_claims = connection.dialect.name == "postgresql"
        self._fresh: dict[PhoneNumber, Contact] = {}

    def claim(self, callers: Collection[PhoneNumber], *, at: datetime) -> Mapping[PhoneNumber, Contact]:
        """Hold these callers."""
        ordered = sorted(callers, key=_number)
        numbers = to_json([*map(_number, ordered)])
        if self._writes_claims:
            parameters = {"company_id": self._company_id, "callers": numbers, "at": at}
            for (number,) in run(self._connection, _CLAIM, parameters).fetchall():
                caller = PhoneNumber(number)
                self._fresh[caller] = Contact(company_id=self._company_id, caller=caller, created_at=at)
        is_all_new = all(caller in self._fresh for caller in ordered)
        known = {} if is_all_new else self._known(numbers)
        return {
            caller: self._fresh.get(caller)
            or known.get(caller)
            or Contact(company_id=self._company_id, caller=caller, created_at=at)
            for caller in ordered
        }

    def find(self, caller: PhoneNumber) -> Contact | None:
        """Return the caller's contact."""
        return self._known(to_json([caller.e164])).get(caller)

    def save_all(self, changed: Collection[Contact]) -> None:
        """Insert or replace claimed contacts."""
        require_own(self._company_id, (contact.company_id for contact in changed))
        inserts, updates = [], []
        for contact in changed:
            row = mapping.from_contact(contact)
            fresh = self._fresh.pop(contact.caller, None)
            if fresh is not None:
                if fresh != contact:
                    updates.append(row | {"expected": 1})
            elif contact.is_new:
                inserts.append(row)
            else:
                updates.append(row)
        if inserts:
            _INSERT_CONTACTS.run(self._connection, inserts)
        if updates and _UPDATE_CONTACTS.run(self._connection, updates) != len(updates):
            raise StaleWrite

    def search(self, only: LeftAlone, *, offset: int, limit: int) -> ContactPage:
        """Return a page of the contacts that are left alone."""
        mine = and_(contacts.c.company_id == self._company_id, _LEFT_ALONE[only])
        query = select(contacts).where(mine).order_by(contacts.c.caller).offset(offset).limit(limit)
        found = [mapping.to_contact(row) for row in self._connection.execute(query)]
        total = self._connection.execute(select(func.count()).select_from(contacts).where(mine)).scalar_one()
        return ContactPage(found, total)

    def numbers(self, *, after: PhoneNumber | None, limit: int) -> Sequence[PhoneNumber]:
        """Return the next numbers."""
        later = "" if after is None else after.e164
        # Each by its own index and no further than the page: the rest of a long table is not looked at.
        parts = [
            select(table.c.caller)
            .where(table.c.company_id == self._company_id, table.c.caller > later)
            .distinct()
            .order_by(table.c.caller)
            .limit(limit)
            .subquery()
            for table in (contacts, suppressed_callers, calls, conversions)
        ]
        query = union(*(select(part.c.caller) for part in parts)).order_by("caller").limit(limit)
        return [PhoneNumber(number) for number in self._connection.execute(query).scalars()]

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy a contact; one that is only claimed is taken back with the others."""
        if caller in self._fresh:
            return 0
        mine = and_(contacts.c.company_id == self._company_id, contacts.c.caller == caller.e164)
        return self._connection.execute(delete(contacts).where(mine)).rowcount

    def forget_unsaved(self) -> None:
        """Take back the new callers that were claimed and not saved."""
        if self._fresh:
            parameters = {"company_id": self._company_id, "callers": to_json(_numbers(self._fresh))}
            self._connection.execute(_FORGET, parameters)
            self._fresh.clear()

    def _known(self, numbers: str) -> dict[PhoneNumber, Contact]:
        query = _KNOWN[_among(self._connection)]
        rows = query.rows(self._connection, {"company_id": self._company_id, "callers": numbers})
        found = {contact.caller: contact for contact in map(mapping.to_contact, rows)}
        # A caller who is only claimed has a row already, which nobody else can see and nobody may count on.
        return {caller: contact for caller, contact in found.items() if caller not in self._fresh}


# A lead is read from what was written of it, and is none the dearer for what it is searched by.
_KEPT = written(leads)
_INSERT_LEADS = bulk_insert(leads)
_UPDATE_LEADS = bulk_update(
    leads,
    key=("company_id", "id"),
    version="version",
    changing=tuple(column.name for column in _KEPT if column.name not in {"company_id", "id", "created_at"}),
)
_LIVE_OF = {
    among: Prepared(select(*_KEPT).where(leads.c.company_id == bindparam("company_id"), among, leads.c.live.is_(True)))
    for among in (_AMONG_POSTGRESQL, _AMONG_SQLITE)
}
_ALL_OF = {
    among: Prepared(select(*_KEPT).where(leads.c.company_id == bindparam("company_id"), among))
    for among in (_AMONG_POSTGRESQL, _AMONG_SQLITE)
}
_OF_IDS = {
    dialect: Prepared(select(*_KEPT).where(leads.c.company_id == bindparam("company_id"), text(among)))
    for dialect, among in {
        "postgresql": "id IN (SELECT CAST(jsonb_array_elements_text(CAST(:ids AS jsonb)) AS uuid))",
        "sqlite": "id IN (SELECT value FROM json_each(:ids))",
    }.items()
}


class SqlLeads:
    """Leads over the ``leads`` table."""

    def __init__(self, pending: PendingInserts, company_id: CompanyId) -> None:
        """Work for one company over its unit's connection."""
        self._pending = pending
        self._company_id = company_id

    def live_of(self, callers: Collection[PhoneNumber]) -> Sequence[Lead]:
        """Return the callers' live leads."""
        query = _LIVE_OF[_among(self._pending.connection)]
        parameters = {"company_id": self._company_id, "callers": to_json(_numbers(callers))}
        # Sorted here: for their order SQLite would walk along all leads of the company.
        return sorted(map(mapping.to_lead, query.rows(self._pending.connection, parameters)), key=_age)

    def find(self, lead_id: LeadId) -> Lead | None:
        """Return that lead."""
        query = select(*_KEPT).where(leads.c.company_id == self._company_id, leads.c.id == lead_id)
        row = self._pending.connection.execute(query).first()
        return mapping.to_lead(row) if row else None

    def find_all(self, lead_ids: Collection[LeadId]) -> Sequence[Lead]:
        """Return those leads."""
        connection = self._pending.connection
        # As SQLite keeps them, and as PostgreSQL reads them too.
        parameters = {"company_id": self._company_id, "ids": to_json([lead_id.hex for lead_id in lead_ids])}
        rows = _OF_IDS[connection.dialect.name].rows(connection, parameters)
        return sorted(map(mapping.to_lead, rows), key=_age)

    def of_callers(
        self, callers: Collection[PhoneNumber], *, owner: OwnerRef | None = None, since: datetime | None = None
    ) -> Sequence[Lead]:
        """Return the callers' leads."""
        if owner is None and since is None:
            # As whoever records a batch of calls asks.
            parameters = {"company_id": self._company_id, "callers": to_json(_numbers(callers))}
            connection = self._pending.connection
            rows = _ALL_OF[_among(connection)].rows(connection, parameters)
            return sorted(map(mapping.to_lead, rows), key=_age)
        conditions = _under(owner)
        if since is not None:
            conditions.append(leads.c.created_at >= since)
        query = select(*_KEPT).where(_among(self._pending.connection), *conditions)
        return sorted(self._leads(query, callers=to_json(_numbers(callers))), key=_age)

    def newest_of(self, owner: OwnerRef, callers: Collection[PhoneNumber]) -> Mapping[PhoneNumber, Lead]:
        """Return each caller's newest lead under the owner."""
        age = func.row_number().over(partition_by=leads.c.caller, order_by=leads.c.id.desc())
        mine = leads.c.company_id == self._company_id
        aged = select(*_KEPT, age.label("age")).where(mine, _among(self._pending.connection), *_under(owner)).subquery()
        parameters = {"callers": to_json(_numbers(callers))}
        newest = self._pending.connection.execute(select(aged).where(aged.c.age == 1), parameters)
        return {lead.caller: lead for lead in map(mapping.to_lead, newest)}

    def count_from_ip(self, remote_ip: str, owner: OwnerRef, *, since: datetime) -> int:
        """Count the leads begun from that address."""
        if self._pending.connection.dialect.name == "postgresql":
            # Callers are all that a unit holds; an address that two units count needs a lock of its own.
            place = f"{self._company_id} {owner.kind.value} {owner.id} {remote_ip}"
            lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:place, 0))")
            self._pending.connection.execute(lock, {"place": place})
        mine = and_(leads.c.company_id == self._company_id, *_under(owner))
        counted = and_(leads.c.counted_ip == remote_ip, leads.c.created_at >= since)
        connection = self._pending.connection
        number: int = connection.execute(select(func.count()).select_from(leads).where(mine, counted)).scalar_one()
        return number

    def due_to_expire(self, *, at: datetime, limit: int) -> Sequence[Lead]:
        """Return the leads that are due."""
        # In words of the partial indexes' conditions and in their order, or all leads would be read each time.
        is_over = and_(leads.c.live.is_not(None), leads.c.expires_at <= at)
        due = self._leads(select(*_KEPT).where(is_over).order_by(leads.c.expires_at, leads.c.id).limit(limit))
        goes_on = or_(leads.c.expires_at.is_(None), leads.c.expires_at > at)
        is_leaving = and_(leads.c.live.is_not(None), leads.c.plan_expires_at <= at, leads.c.ending.is_(None), goes_on)
        leaving = select(*_KEPT).where(is_leaving).order_by(leads.c.plan_expires_at, leads.c.id)
        return due + self._leads(leaving.limit(limit - len(due)))

    def search(self, wanted: LeadFilter, *, offset: int, limit: int, among: int | None = None) -> LeadPage:
        """Return a page of the leads that match."""
        connection = self._pending.connection
        until = None if among is None else self._end_of_walk(wanted, among)
        condition = and_(leads.c.company_id == self._company_id, *_conditions(wanted))
        listed = condition if wanted.after is None else and_(condition, leads.c.id < wanted.after)
        if among is not None:
            listed = and_(listed, *_of_time(wanted, until))
        counted = condition if among is None else listed
        rows = connection.execute(select(*_KEPT).where(listed).order_by(_order(wanted)).offset(offset).limit(limit))
        found = [mapping.to_lead(row) for row in rows]
        total = connection.execute(select(func.count()).select_from(leads).where(counted)).scalar_one()
        return LeadPage(found, total, None if until is None else LeadId(until))

    def _end_of_walk(self, wanted: LeadFilter, among: int) -> UUID | None:
        within = and_(leads.c.company_id == self._company_id, *_indexed(wanted), *_of_time(wanted))
        behind = within if wanted.after is None else and_(within, leads.c.id < wanted.after)
        return end_of_walk(self._pending.connection, leads.c.id, behind, among=among, order=_order(wanted))

    def add_all(self, added: Collection[Lead]) -> None:
        """Insert new leads."""
        require_own(self._company_id, (lead.company_id for lead in added))
        self._pending.add(_INSERT_LEADS, [mapping.from_lead(lead) for lead in added])

    def save_all(self, changes: Collection[tuple[Lead, int]]) -> None:
        """Replace leads in their expected versions."""
        require_own(self._company_id, (lead.company_id for lead, _ in changes))
        rows = [mapping.from_lead(lead) | {"expected": expected} for lead, expected in changes]
        if _UPDATE_LEADS.run(self._pending.connection, rows) != len(rows):
            raise StaleWrite

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy a caller's leads."""
        mine = and_(leads.c.company_id == self._company_id, leads.c.caller == caller.e164)
        return self._pending.connection.execute(delete(leads).where(mine)).rowcount

    def _leads(self, query: Select[Any], **parameters: str) -> list[Lead]:
        mine = query.where(leads.c.company_id == self._company_id)
        return [mapping.to_lead(row) for row in self._pending.connection.execute(mine, parameters)]


def _age(lead: Lead) -> int:
    """Order leads by their identifiers, which count up; as numbers they are compared in a tenth of the time."""
    return lead.id.int


def _under(owner: OwnerRef | None) -> list[ColumnElement[bool]]:
    return [] if owner is None else [leads.c.owner_kind == owner.kind.value, leads.c.owner_id == owner.id]


def _in_offer(offer_id: OfferId) -> ColumnElement[bool]:
    """Return the condition that a lead is the offer's own or one of its schedules'."""
    its_schedules = select(schedules.c.id).where(
        schedules.c.company_id == leads.c.company_id, schedules.c.offer_id == offer_id
    )
    of_offer = and_(leads.c.owner_kind == OwnerKind.OFFER.value, leads.c.owner_id == offer_id)
    return or_(of_offer, and_(leads.c.owner_kind == OwnerKind.SCHEDULE.value, leads.c.owner_id.in_(its_schedules)))


def _of_time(wanted: LeadFilter, until: UUID | None = None) -> list[ColumnElement[bool]]:
    return of_time(leads.c.id, begin=wanted.created_from, end=wanted.created_to, until=until)


def _order(wanted: LeadFilter) -> ColumnElement[Any]:
    """Return the order of a list: along the key, unless it is of a few that another index finds."""
    return leads.c.id.desc() if wanted.caller is None else sorted_downwards(leads.c.id)


def _indexed(wanted: LeadFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that an index answers."""
    conditions = []
    if wanted.caller is not None:
        conditions.append(leads.c.caller == wanted.caller.e164)
    if wanted.email is not None:
        conditions.append(leads.c.searched_email == searched_email(wanted.email))
    return conditions


def _conditions(wanted: LeadFilter) -> list[ColumnElement[bool]]:
    conditions = _under(wanted.owner) + _indexed(wanted)
    if wanted.offer_id is not None:
        conditions.append(_in_offer(wanted.offer_id))
    if wanted.traffic_source_id is not None:
        conditions.append(leads.c.traffic_source_id == wanted.traffic_source_id)
    if wanted.sub_id is not None:
        conditions.append(leads.c.sub_id == wanted.sub_id)
    if wanted.created_from is not None:
        conditions.append(leads.c.created_at >= wanted.created_from)
    if wanted.created_to is not None:
        conditions.append(leads.c.created_at < wanted.created_to)
    if wanted.statuses is not None:
        # A lead whose time is up is seen as expired although its row still says otherwise.
        time_is_up = and_(leads.c.live.is_(True), leads.c.expires_at <= wanted.at)
        alive = and_(
            leads.c.status.in_([status.value for status in sorted(wanted.statuses & LIVE)]),
            or_(leads.c.expires_at.is_(None), leads.c.expires_at > wanted.at),
        )
        ended = leads.c.status.in_([status.value for status in sorted(wanted.statuses - LIVE)])
        conditions.append(or_(alive, ended, *([time_is_up] if LeadStatus.EXPIRED in wanted.statuses else [])))
    return conditions
