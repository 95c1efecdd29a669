"""Seal events: put what has been committed into the segments of each company's chain."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import Conflict, Unavailable
from leadintake.domain.sealing import SALT_BYTES, sealed

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId
    from leadintake.domain.event import EventId
    from leadintake.domain.ports import Clock, Horizon, Installation, RandomBytes, UnitOfWorkFactory

LEASE: Final = timedelta(seconds=8)
"""Longer than from one round to the next, shorter than a tail may wait when whoever held it was killed."""

_ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SealEvents:
    """Seal what is committed.

    Shape: `from_start` looks at every event there is, and not only at what is new; `at_once` does not leave it to
    whoever has the lease.
    """

    from_start: bool = False
    at_once: bool = False


ROUND: Final = SealEvents()
"""What is done every few seconds."""


def seal_events(
    command: SealEvents = ROUND,
    *,
    installation: Installation,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    random_bytes: RandomBytes,
    holder: str,
    batch_size: int = 2_000,
) -> int:
    """Seal all that no unit under way can still come before, and return how many events that were.

    Any number of processes may do this at once: one of them has the lease, and the others leave it to that one.

    Args:
        command: How.
        installation: Where the watermark is.
        reading: Units that only read.
        unit_of_work: Units that write; each is as short as one row.
        clock: Now.
        random_bytes: Where the salts come from.
        holder: Who this is, as the lease has it.
        batch_size: How many events a segment has at most.

    Raises: StaleWrite, Unavailable: something was left for the next time; all other companies are done.
    """
    found = installation.events_to_seal(from_start=command.from_start)
    if not found.company_ids:
        # Nearly always nothing is new, and nothing is written.
        return 0
    leased_at = clock()
    if not installation.lease_sealing(holder, at=leased_at, until=leased_at + LEASE) and not command.at_once:
        return 0
    sealer = _Sealer(
        within=found.horizon,
        reading=reading,
        unit_of_work=unit_of_work,
        clock=clock,
        random_bytes=random_bytes,
        batch_size=batch_size,
        attempts=_ATTEMPTS if command.at_once else 1,
    )
    count, left_over = 0, None
    for company_id in found.company_ids:
        after, is_more = None, True
        try:
            while is_more:
                sealed_now, after = sealer.seal_some(company_id, after)
                count, is_more = count + sealed_now, after is not None
                if clock() - leased_at > LEASE / 2:
                    leased_at = clock()
                    installation.lease_sealing(holder, at=leased_at, until=leased_at + LEASE)
        except (Conflict, Unavailable) as refusal:
            left_over = refusal
    if left_over is not None:
        raise left_over
    installation.mark_sealed(found.horizon)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealer:
    """One round of sealing."""

    within: Horizon
    reading: UnitOfWorkFactory
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    random_bytes: RandomBytes
    batch_size: int
    attempts: int

    def seal_some(self, company_id: CompanyId, after: EventId | None) -> tuple[int, EventId | None]:
        """Seal a page of a company's events; return how many, and where the next page begins."""
        for _ in range(1, self.attempts):
            with suppress(Conflict):
                return self._try_to_seal(company_id, after)
        return self._try_to_seal(company_id, after)

    def _try_to_seal(self, company_id: CompanyId, after: EventId | None) -> tuple[int, EventId | None]:
        with self.reading(company_id) as uow:
            # The head before the events: what changes in between, an erasure too, makes the append fail.
            head = uow.chain.head()
            page = uow.chain.unsealed(self.within, after=after, limit=self.batch_size)
        if page.events:
            salts = self.random_bytes(SALT_BYTES * len(page.events))
            segment = sealed(company_id, page.events, after=head, salts=salts, at=self.clock())
            with self.unit_of_work(company_id) as uow:
                uow.chain.append(segment, replacing=head)
                uow.commit()
        return len(page.events), page.after
