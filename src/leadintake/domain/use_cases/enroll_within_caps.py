"""Enroll leads, and begin no more by a capped lead token than its cap allows in a day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadintake.domain.errors import DailyCapReached, OutcomeUnknown, StaleWrite, Unavailable
from leadintake.domain.quota import Quota
from leadintake.domain.submission import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.decision import Decision
    from leadintake.domain.ports import Clock, Quotas


def enroll_within_cap(
    command: EnrollLead, *, enroll: Callable[[EnrollLead], Decision], quotas: Quotas | None, clock: Clock
) -> Decision:
    """Enroll one lead by `enroll`, which shares its commit with others.

    Raises: What `enroll` raises. Unavailable: nobody can say just now whether the cap is reached; nothing was done.
    """
    if command.daily_cap is None:
        return enroll(command)
    [decision] = enroll_within_caps([command], enroll=lambda given: [enroll(given[0])], quotas=quotas, clock=clock)
    return decision


def enroll_within_caps(
    commands: Sequence[EnrollLead],
    *,
    enroll: Callable[[Sequence[EnrollLead]], Sequence[Decision]],
    quotas: Quotas | None,
    clock: Clock,
) -> Sequence[Decision]:
    """Enroll leads by `enroll`; those that the caps leave no place for are judged, and begin nothing.

    A place is taken before anything is decided, and given back if no new lead came of it. A submission without a place
    goes the same way as any other: it may still update a lead, be a repeat or a wish, and its verdict is kept.

    Args:
        commands: What is submitted.
        enroll: Decides and stores a batch.
        quotas: Where places are taken from; None where nothing is limited.
        clock: Says which day it is.

    Raises: What `enroll` raises. Unavailable: nobody can say just now whether a cap is reached; nothing was done.
    """
    if quotas is None:
        return enroll(commands)
    taken: dict[int, Quota] = {}
    asked = list(commands)
    # What may have been stored stays counted: a cap is kept rather than used up.
    unused: set[int] = set()
    try:
        for place, command in enumerate(commands):
            lead_token_id = command.receipt.lead_token_id
            if command.daily_cap is None or lead_token_id is None or command.is_wish or command.update_only:
                continue
            now = clock()
            quota = Quota(
                company_id=command.receipt.company_id,
                lead_token_id=lead_token_id,
                day=command.daily_cap.day_at(now),
                most=command.daily_cap.most,
            )
            if quotas.take(quota):
                taken[place] = quota
            else:
                reached = DailyCapReached(
                    most=quota.most, retry_after_seconds=command.daily_cap.seconds_to_next_day(now)
                )
                asked[place] = replace(command, cap_reached=reached)
        decisions = enroll(asked)
        unused = {place for place, decision in enumerate(decisions) if decision.outcome is not Outcome.CREATED}
    except OutcomeUnknown:
        raise
    except (StaleWrite, Unavailable):
        unused = set(taken)
        raise
    finally:
        for place, quota in taken.items():
            if place in unused:
                quotas.give_back(quota)
    return decisions
