"""Lease a block of a daily cap to one process, and take back what it did not use.

Each is a short transaction of its own: no lead waits for another's cap, and what was handed out is handed out, whatever
becomes of the process. Source: ADR 0019, "Brakes in each process, caps in the store".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.quota import KEPT_FOR, block_size

if TYPE_CHECKING:
    from leadintake.domain.ports import UnitOfWorkFactory
    from leadintake.domain.quota import Quota


def lease_quota(quota: Quota, *, unit_of_work: UnitOfWorkFactory) -> int:
    """Lease the next block of the quota and return its size, 0 when nothing is left.

    Raises: StaleWrite, Unavailable: nothing was leased. OutcomeUnknown: a block may be lost.
    """
    with unit_of_work(quota.company_id) as uow:
        leased = uow.quotas.claim(quota.lead_token_id, quota.day)
        block = block_size(quota.most - leased)
        if not block:
            return 0
        if not leased:
            uow.quotas.forget(quota.lead_token_id, before=quota.day - KEPT_FOR)
        uow.quotas.save(quota.lead_token_id, quota.day, leased=leased + block)
        uow.commit()
    return block


def return_quota(quota: Quota, count: int, *, unit_of_work: UnitOfWorkFactory) -> None:
    """Put back so much of what was leased, for any process to lease again.

    Raises: StaleWrite, Unavailable, OutcomeUnknown: it may be lost.
    """
    with unit_of_work(quota.company_id) as uow:
        leased = uow.quotas.claim(quota.lead_token_id, quota.day)
        uow.quotas.save(quota.lead_token_id, quota.day, leased=max(0, leased - count))
        uow.commit()
