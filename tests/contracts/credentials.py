"""What a credential log promises: the last use of each credential, one alarm a day, and counts that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.alarm import AlarmKind
from leadintake.domain.credential import LeadTokenId

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import MINUTE, NOW, an_alarm, new_id
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from leadintake.domain.alarm import Alarm
    from leadintake.domain.company import Company

    from tests.contracts.store import Begin, Store

TODAY = NOW.date()
TOKEN = LeadTokenId(new_id())
OTHER = LeadTokenId(new_id())


def note(begin: Begin, uses: Mapping[UUID, datetime]) -> None:
    """Keep these uses."""
    with begin() as uow:
        uow.credentials.note_uses(uses)
        uow.commit()


def raised(begin: Begin, *alarms: Alarm) -> Sequence[Alarm]:
    """Keep these alarms, and return those that were the first of their day."""
    with begin() as uow:
        first = uow.credentials.raise_alarms(alarms)
        uow.commit()
    return first


def count(begin: Begin, *, by: LeadTokenId = TOKEN, day: int = 0, further: int = 1) -> int:
    """Count further operations, and return how many there are."""
    with begin() as uow:
        counted = uow.credentials.count_operations(by, day=TODAY + timedelta(days=day), count=further)
        uow.commit()
    return counted


class CredentialLogContract(StoreContract):
    """`CredentialLog`."""

    # --- uses ----------------------------------------------------------------------------------------------------

    def test_credential_that_was_never_used_is_absent(self, begin: Begin) -> None:
        note(begin, {})

        with begin() as uow:
            assert uow.credentials.last_uses() == {}

    def test_latest_use_is_the_one_kept(self, begin: Begin) -> None:
        """Two processes write down what they have seen, in whatever order they come to it."""
        note(begin, {TOKEN: NOW, OTHER: NOW})
        note(begin, {TOKEN: NOW + MINUTE})
        note(begin, {TOKEN: NOW - MINUTE, OTHER: NOW - MINUTE})

        with begin() as uow:
            assert uow.credentials.last_uses() == {TOKEN: NOW + MINUTE, OTHER: NOW}

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, at: datetime) -> None:
        note(begin, {TOKEN: at})

        with begin() as uow:
            kept = uow.credentials.last_uses()[TOKEN]
        assert kept == at.astimezone(UTC)
        assert kept.tzinfo is UTC

    def test_use_that_is_not_committed_is_forgotten(self, begin: Begin) -> None:
        with begin() as uow:
            uow.credentials.note_uses({TOKEN: NOW})

        with begin() as uow:
            assert uow.credentials.last_uses() == {}

    def test_noting_a_use_makes_no_new_version_of_the_directory(self, begin: Begin) -> None:
        """Each use would empty the copies that every process keeps."""
        with begin() as uow:
            before = uow.directory.current().version
        note(begin, {TOKEN: NOW})

        with begin() as uow:
            assert uow.directory.current().version == before

    # --- alarms --------------------------------------------------------------------------------------------------

    def test_alarm_comes_back_as_it_was_raised(self, begin: Begin, company: Company) -> None:
        alarms = [an_alarm(company_id=company.id, kind=kind, lead_token_id=TOKEN) for kind in AlarmKind]

        assert set(raised(begin, *alarms)) == set(alarms)
        with begin() as uow:
            assert set(uow.credentials.alarms()) == set(alarms)

    def test_further_occasion_of_a_day_only_moves_the_end(self, begin: Begin, company: Company) -> None:
        first = an_alarm(company_id=company.id, lead_token_id=TOKEN)
        raised(begin, first)

        later = an_alarm(company_id=company.id, lead_token_id=TOKEN, last_seen_at=NOW + MINUTE, origin="null")
        assert raised(begin, later) == []
        assert raised(begin, replace(later, last_seen_at=NOW - MINUTE)) == []

        with begin() as uow:
            assert uow.credentials.alarms(TOKEN) == [replace(first, last_seen_at=NOW + MINUTE)]

    def test_alarms_are_found_by_lead_token_latest_day_first(self, begin: Begin, company: Company) -> None:
        days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
        alarms = [an_alarm(company_id=company.id, lead_token_id=TOKEN, day=day) for day in days]
        theirs = an_alarm(company_id=company.id, lead_token_id=OTHER)
        raised(begin, alarms[1], theirs, alarms[0], alarms[2])

        with begin() as uow:
            assert uow.credentials.alarms(TOKEN) == alarms[::-1]
            assert uow.credentials.alarms(OTHER) == [theirs]
            assert len(uow.credentials.alarms()) == 4

    @pytest.mark.parametrize("origin", [None, *ODD_TEXTS.values()], ids=["none", *ODD_TEXTS])
    def test_origin_is_kept_to_the_letter(self, begin: Begin, company: Company, origin: str | None) -> None:
        alarm = an_alarm(company_id=company.id, lead_token_id=TOKEN, origin=origin)
        raised(begin, alarm)

        with begin() as uow:
            assert uow.credentials.alarms() == [alarm]

    def test_companies_do_not_see_each_others(self, store: Store, begin: Begin, company: Company) -> None:
        note(begin, {TOKEN: NOW})
        raised(begin, an_alarm(company_id=company.id, lead_token_id=TOKEN))
        count(begin)

        other = found(store)
        with store.unit_of_work(other.id) as uow:
            assert uow.credentials.last_uses() == {}
            assert uow.credentials.alarms() == []
            assert uow.credentials.count_operations(TOKEN, day=TODAY, count=1) == 1

    # --- counts --------------------------------------------------------------------------------------------------

    def test_operations_are_counted_by_lead_token_and_day(self, begin: Begin) -> None:
        assert [count(begin), count(begin, further=3), count(begin)] == [1, 4, 5]
        assert count(begin, by=OTHER) == 1
        assert count(begin, day=1) == 1

    def test_count_that_is_not_committed_is_forgotten(self, begin: Begin) -> None:
        with begin() as uow:
            uow.credentials.count_operations(TOKEN, day=TODAY, count=7)

        assert count(begin) == 1

    def test_who_counts_is_waited_for(self, begin: Begin) -> None:
        """Of two who come at the last one of a budget, only one gets it."""
        with threads() as pool:
            with begin() as uow:
                uow.credentials.count_operations(TOKEN, day=TODAY, count=1)
                other = pool.submit(count, begin)
                assert is_waiting(other)
                uow.commit()

            assert other.result(PATIENCE_SECONDS) == 2
