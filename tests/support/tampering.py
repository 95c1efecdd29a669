"""What somebody does who gets at a store past the product: changes rows, and takes them away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import delete, update

from leadintake.adapters.sql.row_security import ACROSS
from leadintake.adapters.sql.tables import event_chains, event_segments, events
from leadintake.domain.phone import PhoneNumber

if TYPE_CHECKING:
    from sqlalchemy import Delete, Engine, Update

    from leadintake.adapters.memory.store import MemoryStore
    from leadintake.adapters.sql.store import SqlStore
    from leadintake.domain.company import CompanyId
    from leadintake.domain.event import EventId
    from leadintake.domain.sealing import Head


class Tampering(Protocol):
    """A way into a store that leaves nothing behind but the change."""

    def change_event(self, company_id: CompanyId, event_id: EventId, **fields: Any) -> None:  # noqa: ANN401 - any field
        """Give an event these fields."""

    def delete_event(self, company_id: CompanyId, event_id: EventId) -> None:
        """Take an event away."""

    def change_segment(self, company_id: CompanyId, number: int, **fields: Any) -> None:  # noqa: ANN401 - likewise
        """Give a segment these fields."""

    def delete_segment(self, company_id: CompanyId, number: int) -> None:
        """Take a segment away."""

    def change_head(self, company_id: CompanyId, head: Head) -> None:
        """Say that the chain ends there."""


class MemoryTampering:
    """`Tampering` in memory."""

    def __init__(self, store: MemoryStore) -> None:
        self._installation = store.installation

    def change_event(self, company_id: CompanyId, event_id: EventId, **fields: Any) -> None:  # noqa: ANN401 - any field
        rows = self._installation.tenant(company_id).rows
        event = rows.events[event_id]
        assert event is not None
        rows.events[event_id] = replace(event, **fields)

    def delete_event(self, company_id: CompanyId, event_id: EventId) -> None:
        rows = self._installation.tenant(company_id).rows
        del rows.events[event_id]
        rows.sealed_in.pop(event_id)

    def change_segment(self, company_id: CompanyId, number: int, **fields: Any) -> None:  # noqa: ANN401 - any field
        segments = self._installation.tenant(company_id).rows.segments
        segments[number] = replace(segments[number], **fields)

    def delete_segment(self, company_id: CompanyId, number: int) -> None:
        del self._installation.tenant(company_id).rows.segments[number]

    def change_head(self, company_id: CompanyId, head: Head) -> None:
        self._installation.tenant(company_id).rows.heads[company_id] = head


class SqlTampering:
    """`Tampering` with a database."""

    def __init__(self, store: SqlStore) -> None:
        # Past the product, and past the net that keeps companies apart.
        self._engine: Engine = store._engine.execution_options(**{ACROSS: True})  # noqa: SLF001 - see above

    def change_event(self, company_id: CompanyId, event_id: EventId, **fields: Any) -> None:  # noqa: ANN401 - any field
        values = {
            name: (value.e164 if isinstance(value, PhoneNumber) else "") if name == "caller" else value
            for name, value in fields.items()
        }
        mine = (events.c.company_id == company_id) & (events.c.id == event_id)
        self._do(update(events).where(mine).values(values))

    def delete_event(self, company_id: CompanyId, event_id: EventId) -> None:
        self._do(delete(events).where(events.c.company_id == company_id, events.c.id == event_id))

    def change_segment(self, company_id: CompanyId, number: int, **fields: Any) -> None:  # noqa: ANN401 - any field
        mine = (event_segments.c.company_id == company_id) & (event_segments.c.number == number)
        self._do(update(event_segments).where(mine).values(fields))

    def delete_segment(self, company_id: CompanyId, number: int) -> None:
        mine = (event_segments.c.company_id == company_id) & (event_segments.c.number == number)
        self._do(delete(event_segments).where(mine))

    def change_head(self, company_id: CompanyId, head: Head) -> None:
        mine = event_chains.c.company_id == company_id
        self._do(update(event_chains).where(mine).values(number=head.number, hash=head.hash))

    def _do(self, statement: Update | Delete) -> None:
        with self._engine.begin() as connection:
            assert connection.execute(statement).rowcount == 1
