"""Forget the answers that no longer stand for an idempotency key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.idempotency import LIFETIME

if TYPE_CHECKING:
    from leadintake.domain.ports import Clock, Installation, UnitOfWorkFactory


def forget_outlived_answers(*, installation: Installation, unit_of_work: UnitOfWorkFactory, clock: Clock) -> int:
    """Forget them in every company, and return how many there were.

    Raises: StaleWrite, Unavailable: what is left over is forgotten the next time.
    """
    count, before = 0, clock() - LIFETIME
    for company_id in installation.companies_with_answers(before=before):
        with unit_of_work(company_id) as uow:
            count += uow.idempotency.prune(before=before)
            uow.commit()
    return count
