"""Asserts over records read well, and say what there is when they fail."""

from __future__ import annotations

import pytest

from leadintake.testing import InMemoryLeadintake, in_memory_leadintake

ADA, BEN = "+12025550143", "+12025550144"


@pytest.fixture
def intake() -> InMemoryLeadintake:
    intake = in_memory_leadintake()
    intake.submit(caller_id=ADA, interest="kittens")
    intake.submit(caller_id=BEN, interest="puppies", sub_id="b")
    return intake


def test_only_insists_on_one(intake: InMemoryLeadintake) -> None:
    with pytest.raises(AssertionError, match="expected exactly one lead, but there are 2\n  LeadRecord") as failed:
        intake.leads.only()

    assert ADA in str(failed.value)
    assert BEN in str(failed.value)
    assert intake.leads.of(ADA).only().tokens == {"interest": "kittens"}


def test_only_says_that_there_is_none(intake: InMemoryLeadintake) -> None:
    with pytest.raises(AssertionError, match=r"^expected exactly one submission, but there is none$"):
        intake.submissions.refused().only()


def test_none_insists_on_none(intake: InMemoryLeadintake) -> None:
    intake.submissions.refused().none()

    with pytest.raises(AssertionError, match="expected no lead, but there is 1\n"):
        intake.leads.of(ADA).none()


def test_last_is_the_latest(intake: InMemoryLeadintake) -> None:
    assert intake.leads.last().caller_id == BEN
    with pytest.raises(AssertionError, match="expected at least one event, but there is none"):
        in_memory_leadintake().events.last()


def test_records_are_a_sequence(intake: InMemoryLeadintake) -> None:
    leads = intake.leads

    assert (len(leads), bool(leads), bool(leads.where(sub_id="c"))) == (2, True, False)
    assert [lead.caller_id for lead in leads] == [ADA, BEN]
    assert leads[0] == next(iter(leads))
    assert [lead.caller_id for lead in leads[1:]] == [BEN]


def test_records_stay_as_they_were_asked_for(intake: InMemoryLeadintake) -> None:
    leads = intake.leads

    intake.submit()

    assert (len(leads), len(intake.leads)) == (2, 3)


def test_where_compares_fields(intake: InMemoryLeadintake) -> None:
    assert intake.leads.where(status="scheduled", sub_id=None).only().caller_id == ADA
    intake.leads.where(status="queue").none()


def test_where_knows_its_fields(intake: InMemoryLeadintake) -> None:
    """A mistyped field must not quietly match nothing."""
    with pytest.raises(TypeError, match=r"a lead has no state; it has .*status"):
        intake.leads.where(state="scheduled")


def test_where_of_nothing_is_nothing() -> None:
    in_memory_leadintake().leads.where(status="scheduled").none()


@pytest.mark.parametrize("what", ["leads", "submissions", "events", "unclaimed"])
def test_where_of_nothing_knows_its_fields(what: str) -> None:
    """Else an assert that there are none would pass for ever."""
    with pytest.raises(TypeError, match="has no stat; it has "):
        getattr(in_memory_leadintake(), what).where(stat="scheduled").none()


def test_live_leads_are_those_with_which_something_may_be_done(intake: InMemoryLeadintake) -> None:
    intake.opt_out(ADA)

    assert intake.leads.live().only().caller_id == BEN
    assert intake.leads.of(ADA).only().status == "opt_out"


def test_removed_leads_are_shown(intake: InMemoryLeadintake) -> None:
    intake.api("DELETE", f"/api/v1/leads/{intake.leads.of(ADA).only().id}")

    assert intake.leads.of(ADA).only().status == "removed"


def test_everything_is_shown_in_a_representation(intake: InMemoryLeadintake) -> None:
    assert repr(intake.leads).startswith("<2 leads\n  LeadRecord(id=")
    assert repr(intake.leads.of(ADA)).startswith("<1 lead\n")
    assert repr(intake.submissions.refused()) == "<0 submissions>"
    assert repr(intake.unclaimed) == "<0 unclaimed submissions>"
