"""The directory: what holds for an owner because of the offer it belongs to."""

from __future__ import annotations

from leadintake.domain.owner import OfferId, OwnerKind, OwnerRef, ScheduleId, offer_of
from leadintake.domain.suppression import SuppressionListId

from tests.support.builders import (
    OFFER,
    OTHER_SCHEDULE,
    SCHEDULE,
    a_contact_field,
    a_directory,
    a_schedule,
    a_suppression_list,
    an_offer,
)

FIELD = a_contact_field()
ALONE = a_schedule()
BELONGS = a_schedule(id=ScheduleId(2), offer_id=OfferId(1))
ELSEWHERE = a_schedule(id=ScheduleId(3), offer_id=OfferId(2))
DIRECTORY = a_directory(
    schedules={each.id: each for each in (ALONE, BELONGS, ELSEWHERE)},
    offers={OfferId(1): an_offer(), OfferId(2): an_offer(id=OfferId(2))},
    contact_fields={OfferId(1): (FIELD,)},
    suppression_lists={
        SuppressionListId(1): a_suppression_list(),
        SuppressionListId(2): a_suppression_list(id=SuppressionListId(2), offer_id=OfferId(1)),
        SuppressionListId(3): a_suppression_list(id=SuppressionListId(3), offer_id=OfferId(2)),
    },
)


def test_offer_is_its_own_and_a_schedule_may_have_one() -> None:
    assert [offer_of(owner) for owner in (an_offer(), BELONGS, ALONE)] == [1, 1, None]


def test_schedule_uses_the_fields_of_its_offer() -> None:
    owners = (an_offer(), BELONGS, ALONE, ELSEWHERE)

    assert [DIRECTORY.fields_of(owner) for owner in owners] == [(FIELD,), (FIELD,), (), ()]


def test_lists_of_the_company_and_of_the_offer_hold() -> None:
    """Who is left alone for one offer may well be called for another."""
    assert DIRECTORY.lists_for(an_offer()) == DIRECTORY.lists_for(BELONGS) == {1, 2}
    assert DIRECTORY.lists_for(ALONE) == {1}
    assert DIRECTORY.lists_for(ELSEWHERE) == {1, 3}


def test_offer_is_shared_by_its_schedules() -> None:
    assert DIRECTORY.owners_in_offer(an_offer()) == DIRECTORY.owners_in_offer(BELONGS) == {OFFER, OTHER_SCHEDULE}
    assert DIRECTORY.owners_in_offer(ELSEWHERE) == {OwnerRef(OwnerKind.OFFER, 2), OwnerRef(OwnerKind.SCHEDULE, 3)}


def test_schedule_without_an_offer_stands_alone() -> None:
    assert DIRECTORY.owners_in_offer(ALONE) == {SCHEDULE}
