"""Prune submissions: forget what requests held once their time is over, and keep the verdicts.

Each class of submissions has a time of its own. The ledger is walked in the order of its identifiers, which is that of
receipt, from where the last walk has come to: no submission is looked at twice for the same class, and no index is
needed that the intake would pay for. Source: specification, section 11; ADR 0020.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import Conflict, Unavailable
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.submission import KeptClass, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import Clock, Installation, UnitOfWorkFactory
    from leadintake.domain.submission import Submission, SubmissionId

_EVERYTHING: Final = SubmissionFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long is kept what requests held, by class."""

    accepted: timedelta = timedelta(days=90)
    refused: timedelta = timedelta(days=90)
    without_caller: timedelta = timedelta(days=7)
    unclaimed: timedelta = timedelta(days=7)


def prune_submissions(
    *,
    retention: Retention,
    installation: Installation,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    is_dry_run: bool = False,
    batch_size: int = 200,
) -> Mapping[KeptClass, int]:
    """Empty the requests whose time is over, in every company, and return how many there were of each class.

    Any number of processes may do this at once: who comes second finds them empty.

    Raises: StaleWrite, Unavailable: something was left for the next time; all other companies are done.
    """
    now, left_over = clock(), None
    times = {
        # They were refused, too.
        KeptClass.WITHOUT_CALLER: min(retention.without_caller, retention.refused),
        KeptClass.REFUSED: retention.refused,
        KeptClass.ACCEPTED: retention.accepted,
    }
    pruned: Counter[KeptClass] = Counter(dict.fromkeys(KeptClass, 0))
    for company in installation.companies():
        walk = _Walk(company.id, reading, unit_of_work, is_dry_run, batch_size)
        try:
            for kept_class, time in times.items():
                pruned[kept_class] += walk.to(now - time, kept_class)
        except (Conflict, Unavailable) as refusal:
            left_over = refusal
    outlived = [each.id for each in installation.unclaimed() if each.received_at < now - retention.unclaimed]
    pruned[KeptClass.UNCLAIMED] = len(outlived)
    if outlived and not is_dry_run:
        installation.forget_unclaimed(outlived)
    if left_over is not None:
        raise left_over
    return dict(pruned)


@dataclass(frozen=True, slots=True)
class _Walk:
    company_id: CompanyId
    reading: UnitOfWorkFactory
    unit_of_work: UnitOfWorkFactory
    is_dry_run: bool
    batch_size: int

    def to(self, before: datetime, kept_class: KeptClass) -> int:
        """Empty what is of that class and came before then; return how many requests held anything."""
        count = 0
        with self.reading(self.company_id) as uow:
            reached = uow.submissions.emptied_to(kept_class)
        while outlived := self._following(reached, before):
            reached = outlived[-1].receipt.id
            full = [each.receipt.id for each in outlived if _holds_anything(each) and _is_of(each, kept_class)]
            count += len(full)
            if not self.is_dry_run:
                self._empty(full, kept_class, reached)
        return count

    def _following(self, reached: SubmissionId | None, before: datetime) -> list[Submission]:
        with self.reading(self.company_id) as uow:
            found = uow.submissions.following(_EVERYTHING, after=reached, limit=self.batch_size)
        return [*takewhile(lambda each: each.receipt.received_at < before, found)]

    def _empty(self, full: list[SubmissionId], kept_class: KeptClass, reached: SubmissionId) -> None:
        with self.unit_of_work(self.company_id) as uow:
            if full:
                uow.submissions.empty(full)
            uow.submissions.mark_emptied(kept_class, reached)
            uow.commit()


def _holds_anything(submission: Submission) -> bool:
    return bool(submission.receipt.request) and not submission.is_erased


def _is_of(submission: Submission, kept_class: KeptClass) -> bool:
    if submission.outcome is not Outcome.REFUSED:
        return kept_class is KeptClass.ACCEPTED
    return kept_class is (KeptClass.REFUSED if submission.has_caller else KeptClass.WITHOUT_CALLER)
