"""Seal events: put what has been committed into the segments of each company's chain."""

from __future__ import annotations

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


def seal_events(
    *,
    installation: Installation,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    random_bytes: RandomBytes,
    holder: str,
    from_start: bool = False,
    batch_size: int = 2_000,
) -> int:
    """Seal all that no unit under way can still come before, and return how many events that were.

    Any number of processes may do this at once: one of them has the lease, and the others leave it to that one.

    Args:
        installation: Where the watermark is.
        reading: Units that only read.
        unit_of_work: Units that write; each is as short as one row.
        clock: Now.
        random_bytes: Where the salts come from.
        holder: Who this is, as the lease has it.
        from_start: Look at every event there is, and not only at what is new.
        batch_size: How many events a segment has at most.

    Raises: StaleWrite, Unavailable: something was left for the next time; all other companies are done.
    """
    found = installation.events_to_seal(from_start=from_start)
    leased_at = clock()
    if not found.company_ids or not installation.lease_sealing(holder, at=leased_at, until=leased_at + LEASE):
        # Nearly always nothing is new, and nothing is written.
        return 0
    count, left_over = 0, None
    for company_id in found.company_ids:
        after: EventId | None = None
        try:
            while True:
                sealed_now, after = _seal_some(
                    company_id,
                    found.horizon,
                    after,
                    reading=reading,
                    unit_of_work=unit_of_work,
                    clock=clock,
                    random_bytes=random_bytes,
                    limit=batch_size,
                )
                count += sealed_now
                if after is None:
                    break
                if clock() - leased_at > LEASE / 2:
                    leased_at = clock()
                    installation.lease_sealing(holder, at=leased_at, until=leased_at + LEASE)
        except (Conflict, Unavailable) as refusal:
            left_over = refusal
    if left_over is not None:
        raise left_over
    installation.mark_sealed(found.horizon)
    return count


def _seal_some(
    company_id: CompanyId,
    horizon: Horizon,
    after: EventId | None,
    *,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    random_bytes: RandomBytes,
    limit: int,
) -> tuple[int, EventId | None]:
    """Seal a page of a company's events; return how many, and where the next page begins."""
    with reading(company_id) as uow:
        # The head before the events: what changes in between, an erasure too, makes the append fail.
        head = uow.chain.head()
        page = uow.chain.unsealed(horizon, after=after, limit=limit)
    if page.events:
        salts = random_bytes(SALT_BYTES * len(page.events))
        segment = sealed(company_id, page.events, after=head, salts=salts, at=clock())
        with unit_of_work(company_id) as uow:
            uow.chain.append(segment, replacing=head)
            uow.commit()
    return len(page.events), page.after
