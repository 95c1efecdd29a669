"""Duplicates: to the microsecond, within the scope, and never for what was removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.claims import Claim, examine
from leadintake.domain.credential import LeadTokenId, TokenGrant
from leadintake.domain.duplicates import duplicate
from leadintake.domain.lead import LeadStatus
from leadintake.domain.owner import ScheduleId
from leadintake.domain.owner_rules import DuplicateScope, OwnerRules

from tests.support.builders import (
    NOW,
    OTHER_SCHEDULE,
    SCHEDULE,
    a_directory,
    a_lead,
    a_receipt,
    a_schedule,
    a_traffic_source,
    an_enroll_lead,
)

if TYPE_CHECKING:
    from leadintake.domain.lead import Lead

TOKEN = LeadTokenId(UUID(int=1))
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
SOURCED = Attribution(TrafficSourceId(1000), "creative-A")


def found(*earlier: Lead, source: str | None = None, **rules: Any) -> dict[str, tuple[str, ...]] | None:  # noqa: ANN401 - any rule
    """Return the codes of the refusal of Ada's next lead under those rules, None when it is taken."""
    directory = a_directory(
        schedules={ScheduleId(1): a_schedule(rules=OwnerRules(**rules))},
        traffic_sources={TrafficSourceId(number): a_traffic_source(id=number) for number in (1000, 1001)},
        lead_tokens={TOKEN: TokenGrant(owner=SCHEDULE)},
    )
    command = an_enroll_lead(receipt=a_receipt(lead_token_id=TOKEN), traffic_source_id=source)
    claim = examine(command, directory)
    assert isinstance(claim, Claim)
    refusal = duplicate(claim, earlier, now=NOW)
    return refusal.error_codes if refusal else None


@pytest.mark.parametrize("status", sorted(frozenset(LeadStatus) - {LeadStatus.REMOVED}))
def test_lead_within_the_timeframe_is_a_reason_however_it_stands(status: LeadStatus) -> None:
    lead = a_lead(status=status, created_at=NOW - HOUR + MICROSECOND)

    assert found(lead, duplicate_timeframe=HOUR) == {"caller_id": ("duplicate_timeframe",)}


@pytest.mark.parametrize(
    "lead",
    [
        a_lead(created_at=NOW - HOUR),
        a_lead(created_at=NOW - HOUR, updated_at=NOW),
        a_lead(status=LeadStatus.REMOVED),
        a_lead(owner=OTHER_SCHEDULE),
    ],
    ids=["as old as the timeframe", "renewed", "removed", "another owner's"],
)
def test_any_other_lead_is_none(lead: Lead) -> None:
    assert found(lead, duplicate_timeframe=HOUR) is None


def test_scope_may_be_the_company() -> None:
    rules: dict[str, Any] = {"duplicate_timeframe": HOUR, "duplicate_scope": DuplicateScope.COMPANY}

    assert found(a_lead(owner=OTHER_SCHEDULE), **rules) is not None
    assert found(**rules) is None


@pytest.mark.parametrize(
    ("source", "is_refused"), [("1000", True), ("1001", False), (None, False), ("9999", False), ("kittens", False)]
)
def test_same_source_is_refused_however_old_its_lead_is(source: str | None, *, is_refused: bool) -> None:
    old = a_lead(attribution=SOURCED, created_at=NOW - 9_999 * HOUR)

    codes = found(old, source=source, rejects_same_source=True)

    assert codes == ({"caller_id": ("same_source",)} if is_refused else None)


def test_lead_without_a_source_is_nobodys() -> None:
    assert found(a_lead(), source=None, rejects_same_source=True) is None


def test_removed_and_foreign_leads_are_no_reason_to_refuse_a_source() -> None:
    removed, foreign = a_lead(attribution=SOURCED, status=LeadStatus.REMOVED), a_lead(owner=OTHER_SCHEDULE)
    foreign = replace(foreign, attribution=SOURCED)

    assert found(removed, foreign, source="1000", rejects_same_source=True) is None
    assert found(foreign, source="1000", rejects_same_source=True, duplicate_scope=DuplicateScope.COMPANY) is not None


def test_without_rules_nothing_is_a_duplicate() -> None:
    assert found(a_lead(attribution=SOURCED), source="1000") is None
