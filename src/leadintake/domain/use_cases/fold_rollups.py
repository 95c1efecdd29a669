"""Fold roll-ups: put together what was counted since the last time, so that reports have less to add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from leadintake.domain.ports import Installation, UnitOfWorkFactory


def fold_rollups(*, installation: Installation, unit_of_work: UnitOfWorkFactory, batch_size: int = 1_000) -> int:
    """Fold the deltas of every company, a batch in one commit, and return how many there were.

    Reports are exact whether or not it was done. Any number of processes may do this at once.

    Raises: StaleWrite, Unavailable: something was left for the next time; all other companies are done.
    """
    count, left_over = 0, None
    for company_id in installation.companies_with_deltas():
        try:
            folded = batch_size
            while folded == batch_size:
                with unit_of_work(company_id) as uow:
                    folded = uow.rollups.fold(limit=batch_size)
                    uow.commit()
                count += folded
        except (Conflict, Unavailable) as refusal:
            left_over = refusal
    if left_over is not None:
        raise left_over
    return count
