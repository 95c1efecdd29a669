"""`EventChain`: segments over the ``events`` table, and how far the store has sealed them.

The order in which events came in is PostgreSQL's order of transactions, and SQLite's of rows. Neither says which
segment holds an event: that is looked up by the identifiers, which no move to another server changes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import and_, bindparam, func, select, text, update

from leadintake.adapters.sql.driver import run
from leadintake.adapters.sql.tables import EPOCH, event_chains, event_sealing, event_segments, events
from leadintake.adapters.sql.tenancy import require_own
from leadintake.domain.company import CompanyId
from leadintake.domain.errors import StaleWrite
from leadintake.domain.event import EventId
from leadintake.domain.ports import EventsToSeal, Horizon, UnsealedPage
from leadintake.domain.sealing import GENESIS, Head, KeptEvent, Segment, ids_in, is_free

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Update

    from leadintake.adapters.sql.bulk import PendingInserts

Value = TypeVar("Value")

_COLUMNS = "company_id, id, kind, CAST(lead_id AS text) AS lead_id, lead_version, at, caller, details"
_OF_POSTGRESQL = (
    f"SELECT {_COLUMNS} FROM events WHERE company_id = %(company_id)s AND id = ANY(CAST(%(ids)s AS uuid[]))"  # noqa: S608 - our own columns
)
_OF_SQLITE = (
    f"SELECT {_COLUMNS} FROM events WHERE company_id = :company_id AND id IN (SELECT value FROM json_each(:ids))"  # noqa: S608 - likewise
)

# In order of identifiers, whatever the order in which they came in: so a wide horizon is one walk along the key. For a
# narrow one PostgreSQL chooses the index over transactions; SQLite has to be told to go by rows.
_WITHIN_ON_POSTGRESQL = (
    "FROM events WHERE company_id = %(company_id)s AND transaction_id >= %(begin)s AND transaction_id < %(end)s"
)
# SQLite takes any text for an identifier. What was never one is passed over: its event is missing in its segment.
_IS_ID = "length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'"
_WITHIN_ON_SQLITE = f"FROM events WHERE company_id = :company_id AND +rowid >= :begin AND +rowid < :end AND {_IS_ID}"
_AMONG_FEW_ON_SQLITE = (
    f"FROM events NOT INDEXED WHERE rowid >= :begin AND rowid < :end AND company_id = :company_id AND {_IS_ID}"
)
_MANY_ROWS = 50_000

_MINE = event_segments.c.company_id == bindparam("company_id")
_HEAD = select(event_chains).where(event_chains.c.company_id == bindparam("company_id"))
_SIZE = select(func.coalesce(func.sum(event_segments.c.count), 0)).where(_MINE)
_SEGMENTS = (
    select(event_segments)
    .where(_MINE, event_segments.c.number > bindparam("after"))
    .order_by(event_segments.c.number)
    .limit(bindparam("limit"))
)
_MAY_HOLD = and_(
    _MINE, event_segments.c.last_id >= bindparam("lowest"), event_segments.c.first_id <= bindparam("highest")
)
_WITHIN = select(event_segments).where(_MAY_HOLD)
_ENTRIES_WITHIN = select(event_segments.c.entries).where(_MAY_HOLD)
_OLD = (
    select(event_segments)
    .where(_MINE, event_segments.c.sealed_at < bindparam("before"), event_segments.c.pruned_at.is_(None))
    .order_by(event_segments.c.number)
    .limit(bindparam("limit"))
)
_TOUCH = text(
    "INSERT INTO event_chains (company_id, version, number, hash) VALUES (:company_id, 1, 0, :genesis) "
    "ON CONFLICT (company_id) DO UPDATE SET version = event_chains.version + 1"
)
_BEGIN_CHAIN = text(
    "INSERT INTO event_chains (company_id, version, number, hash) VALUES (:company_id, 1, :number, :hash) "
    "ON CONFLICT (company_id) DO NOTHING"
)
_EXTEND_CHAIN = text(
    "UPDATE event_chains SET version = version + 1, number = :number, hash = :hash "
    "WHERE company_id = :company_id AND version = :version"
)


class SqlChain:
    """Segments over the ``event_segments`` table."""

    def __init__(self, pending: PendingInserts, company_id: CompanyId) -> None:
        """Work for one company over its unit's connection."""
        self._pending = pending
        self._company_id = company_id

    def head(self) -> Head:
        """Return the end of the chain."""
        row = self._pending.connection.execute(_HEAD, {"company_id": self._company_id}).first()
        return Head() if row is None else Head(number=row.number, hash=row.hash, version=row.version)

    def size(self) -> int:
        """Return how many events are sealed."""
        return int(self._pending.connection.execute(_SIZE, {"company_id": self._company_id}).scalar_one())

    def unsealed(self, within: Horizon, *, after: EventId | None, limit: int) -> UnsealedPage:
        """Return a page of the events that are in no segment."""
        if within.begin == 0:
            # Nearly all that there is from the start on is sealed, and need not be read for that.
            ids = [self._id(row[0]) for row in self._rows("id", within, after, limit)]
            known = self._sealed(ids)
            found = self.find_events([event_id for event_id in ids if event_id.bytes not in known])
            events = [found[event_id] for event_id in ids if event_id in found]
        else:
            kept = [self._kept(row) for row in self._rows(_COLUMNS, within, after, limit)]
            ids = [event.id for event in kept]
            known = self._sealed(ids)
            events = [event for event in kept if event.id.bytes not in known] if known else kept
        return UnsealedPage(events, ids[-1] if len(ids) == limit else None)

    def _sealed(self, ids: Sequence[EventId]) -> Collection[bytes]:
        """Return the identifiers in those segments that may hold one of these, which are in order.

        Asked after the events were read: what is sealed in between is found in its segment.
        """
        if not ids:
            return ()
        bounds = {"company_id": self._company_id, "lowest": ids[0], "highest": ids[-1]}
        segments = self._pending.connection.execute(_ENTRIES_WITHIN, bounds).scalars()
        return {event_id for entries in segments for event_id in ids_in(entries)}

    def append(self, segment: Segment, *, replacing: Head) -> None:
        """Keep the next segment."""
        require_own(self._company_id, [segment.company_id])
        connection = self._pending.connection
        chain = {
            "company_id": self._company_id,
            "number": segment.number,
            "hash": segment.hash,
            "version": replacing.version,
        }
        if connection.execute(_EXTEND_CHAIN if replacing.version else _BEGIN_CHAIN, chain).rowcount != 1:
            raise StaleWrite
        connection.execute(event_segments.insert(), _from_segment(segment))

    def segments(self, *, after: int, limit: int) -> Sequence[Segment]:
        """Return the segments of a higher number."""
        wanted = {"company_id": self._company_id, "after": after, "limit": limit}
        return [to_segment(row) for row in self._pending.connection.execute(_SEGMENTS, wanted)]

    def find_events(self, event_ids: Collection[EventId]) -> Mapping[EventId, KeptEvent]:
        """Return those of these events that are there."""
        if not event_ids:
            return {}
        connection = self._pending.connection
        if self._is_postgresql:
            text, ids = _OF_POSTGRESQL, f"{{{','.join([event_id.hex for event_id in event_ids])}}}"
        else:
            text, ids = _OF_SQLITE, orjson.dumps([event_id.hex for event_id in event_ids]).decode()
        rows = run(connection, text, {"company_id": self._company_id, "ids": ids}).fetchall()
        return {event.id: event for event in map(self._kept, rows)}

    def prune(self, *, before: datetime, at: datetime, limit: int) -> int:
        """Forget the events of old segments."""
        connection = self._pending.connection
        self._touch()
        wanted = {"company_id": self._company_id, "before": before, "limit": limit}
        old = [to_segment(row) for row in connection.execute(_OLD, wanted)]
        for segment in old:
            mine = (events.c.company_id == self._company_id) & (events.c.id == bindparam("event_id"))
            connection.execute(events.delete().where(mine), [{"event_id": event_id} for event_id in segment.ids])
            connection.execute(_row_of(segment).values(salts=b"", pruned_at=at))
        return sum(segment.count for segment in old)

    def erase(self, caller: str) -> int:
        """Take what is personal out of the caller's events, and their salts out of the segments."""
        connection = self._pending.connection
        # From here to the commit nobody seals what is about to change.
        self._touch()
        mine = (events.c.company_id == self._company_id) & (events.c.caller == caller)
        erased = connection.execute(update(events).where(mine).values(caller="", details={}).returning(events.c.id))
        left = {EventId(event_id) for event_id in erased.scalars()}
        count = len(left)
        for event_id in sorted(left):
            if event_id in left:
                left -= self._without_salts(event_id, left)
        return count

    def _without_salts(self, event_id: EventId, erased: Collection[EventId]) -> set[EventId]:
        """Erase the salts in the segment that holds this event; return all of the segment's events."""
        connection = self._pending.connection
        at = {"company_id": self._company_id, "lowest": event_id, "highest": event_id}
        # An event is in one segment only, nearly always the first of those that may hold it.
        for row in connection.execute(_WITHIN.order_by(event_segments.c.last_id), at):
            segment = to_segment(row)
            if event_id in (held := set(segment.ids)):
                connection.execute(_row_of(segment).values(salts=segment.without_salts_of(erased).salts))
                return held
        return {event_id}

    def _touch(self) -> None:
        self._pending.connection.execute(_TOUCH, {"company_id": self._company_id, "genesis": GENESIS})

    def _rows(self, columns: str, within: Horizon, after: EventId | None, limit: int) -> Sequence[Sequence[Any]]:
        """Return a page of these columns, as the driver has them."""
        wanted: dict[str, Any] = {
            "company_id": self._company_id,
            "begin": within.begin,
            "end": within.end,
            "limit": limit,
        }
        if self._is_postgresql:
            condition, later, end = _WITHIN_ON_POSTGRESQL, " AND id > %(after)s", " ORDER BY id LIMIT %(limit)s"
        else:
            is_narrow = within.end - within.begin <= _MANY_ROWS
            condition = _AMONG_FEW_ON_SQLITE if is_narrow else _WITHIN_ON_SQLITE
            later, end = " AND id > :after", " ORDER BY id LIMIT :limit"
        if after is None:
            later = ""
        else:
            wanted["after"] = after if self._is_postgresql else after.hex
        query = f"SELECT {columns} {condition}{later}{end}"
        rows: Sequence[Sequence[Any]] = run(self._pending.connection, query, wanted).fetchall()
        return rows

    @property
    def _is_postgresql(self) -> bool:
        return self._pending.connection.dialect.name == "postgresql"

    @property
    def _id(self) -> Callable[[Any], EventId]:
        return EventId if self._is_postgresql else _id_from_sqlite

    @property
    def _kept(self) -> Callable[[Sequence[Any]], KeptEvent]:
        return _to_kept if self._is_postgresql else _to_kept_from_sqlite


def _row_of(segment: Segment) -> Update:
    mine = (event_segments.c.company_id == segment.company_id) & (event_segments.c.number == segment.number)
    return update(event_segments).where(mine)


def to_segment(row: Row[Any]) -> Segment:
    """Return the segment of a row of `event_segments`."""
    return Segment(
        company_id=CompanyId(row.company_id),
        number=row.number,
        previous=row.previous,
        sealed_at=row.sealed_at,
        entries=row.entries,
        salts=row.salts,
        hash=row.hash,
        pruned_at=row.pruned_at,
    )


def _from_segment(segment: Segment) -> dict[str, Any]:
    first_id, last_id = segment.bounds
    return {
        "company_id": segment.company_id,
        "number": segment.number,
        "first_id": first_id,
        "last_id": last_id,
        "count": segment.count,
        "sealed_at": segment.sealed_at,
        "pruned_at": segment.pruned_at,
        "previous": segment.previous,
        "hash": segment.hash,
        "salts": segment.salts,
        "entries": segment.entries,
    }


def _to_kept(row: Sequence[Any]) -> KeptEvent:
    """Return the event of the `_COLUMNS` of PostgreSQL, which lets nothing into a column that does not belong there."""
    return KeptEvent._make(row)


def _id_from_sqlite(stored: str) -> EventId:
    return EventId(UUID(stored))


def _to_kept_from_sqlite(row: Sequence[Any]) -> KeptEvent:
    """Return what can be read: SQLite takes any text into any column."""
    company_id, event_id, kind, lead_id, lead_version, at, caller, stored = row
    details = _readable(orjson.loads, stored)
    return KeptEvent(
        CompanyId(company_id),
        _id_from_sqlite(event_id),
        str(kind),
        _readable(lambda text: str(UUID(text)), lead_id),
        lead_version,
        _readable(lambda microseconds: EPOCH + timedelta(microseconds=microseconds), at),
        str(caller),
        stored if details is None else details,
    )


def _readable(convert: Callable[[Any], Value], stored: object) -> Value | None:
    """Return the stored value, None if it is null or makes no sense."""
    try:
        return None if stored is None else convert(stored)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None


# --- the installation's watermark ------------------------------------------------------------------------------------

_MARK = text("SELECT place, anchor FROM event_sealing WHERE id = 1")
_MOVE_MARK = text("UPDATE event_sealing SET place = :place, anchor = :anchor WHERE id = 1")
# Whatever is visible to a later statement and has a lower number is final: nothing of it is still under way.
_EDGE_OF_POSTGRESQL = text(
    "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS edge, system_identifier::text AS server "
    "FROM pg_control_system()"
)
_LAST_OF_SQLITE = text("SELECT rowid AS place, id FROM events ORDER BY rowid DESC LIMIT 1")
_AT_OF_SQLITE = text("SELECT id FROM events WHERE rowid = :place")
_COMPANIES_OF_POSTGRESQL = text(
    "SELECT DISTINCT company_id FROM events WHERE transaction_id >= :begin AND transaction_id < :end "
    "ORDER BY company_id"
)
_COMPANIES_OF_SQLITE = text(
    "SELECT DISTINCT company_id FROM events NOT INDEXED WHERE rowid >= :begin AND rowid < :end ORDER BY company_id"
)


def sealed_until(connection: Connection) -> int:
    """Return the watermark; 0 when the places have another meaning than when it was set."""
    if connection.dialect.name == "postgresql":
        mark = connection.execute(_MARK).one()
        # Transactions are numbered by the server: a database that came from another one is gone through again.
        return int(mark.place) if mark.anchor == connection.execute(_EDGE_OF_POSTGRESQL).one().server else 0
    mark = connection.execute(_MARK).one()
    # Compacting the file may number the rows anew, and a number may be given again once its row is gone. As long as
    # the last row that was looked at is in its place, whatever came later is behind it.
    at = connection.execute(_AT_OF_SQLITE, {"place": mark.place - 1}).scalar()
    return int(mark.place) if at == mark.anchor else 0


def events_to_seal(connection: Connection, *, from_start: bool) -> EventsToSeal:
    """Return who has events between the watermark and what is still under way."""
    begin = 0 if from_start else sealed_until(connection)
    if connection.dialect.name == "postgresql":
        edge = connection.execute(_EDGE_OF_POSTGRESQL).one()
        horizon, companies = Horizon(begin=begin, end=edge.edge, anchor=edge.server), _COMPANIES_OF_POSTGRESQL
    else:
        last = connection.execute(_LAST_OF_SQLITE).first()
        if last is None:
            return EventsToSeal([], Horizon(end=0))
        horizon, companies = Horizon(begin=begin, end=last.place + 1, anchor=last.id), _COMPANIES_OF_SQLITE
    found = connection.execute(companies, {"begin": horizon.begin, "end": horizon.end}).scalars()
    return EventsToSeal([CompanyId(number) for number in found], horizon)


def lease_sealing(connection: Connection, holder: str, *, at: datetime, until: datetime) -> bool:
    """Take or prolong the lease, and say whether it is the holder's now."""
    held = connection.execute(select(event_sealing).with_for_update()).one()
    lease = (held.holder, held.leased_until) if held.leased_until is not None else None
    if not is_free(lease, holder, at=at, until=until):
        return False
    connection.execute(update(event_sealing).values(holder=holder, leased_until=until))
    return True


def mark_sealed(connection: Connection, horizon: Horizon) -> None:
    """Move the watermark."""
    connection.execute(_MOVE_MARK, {"place": horizon.end, "anchor": horizon.anchor})
