"""What an idempotency ledger promises: one answer for a key, and twins that wait for each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.errors import StaleWrite
from leadintake.domain.idempotency import IdempotencyKey

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import MINUTE, NOW, OFFER, SCHEDULE, Builder, an_idempotency_record
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.idempotency import IdempotencyRecord

    from tests.contracts.store import Begin, Store


def keep(begin: Begin, *records: IdempotencyRecord) -> None:
    """Store these records."""
    with begin() as uow:
        uow.idempotency.append_all(records)
        uow.commit()


def found_again(begin: Begin, *keys: IdempotencyKey) -> Mapping[IdempotencyKey, IdempotencyRecord]:
    """Return the records of these keys."""
    with begin() as uow:
        return uow.idempotency.find_all(keys)


class IdempotencyContract(StoreContract):
    """`IdempotencyLedger`."""

    @pytest.fixture
    def record(self, company: Company) -> Builder[IdempotencyRecord]:
        """Build records of the test's company."""
        return lambda **fields: an_idempotency_record(**{"company_id": company.id, **fields})

    def test_key_never_used_is_not_found(self, begin: Begin, record: Builder[IdempotencyRecord]) -> None:
        assert found_again(begin, record().key) == found_again(begin) == {}

    def test_records_are_found_as_kept(self, begin: Begin, record: Builder[IdempotencyRecord]) -> None:
        first, second, third = (
            record(payload=bytes(range(256)), status=422, created_at=NOW - 99_999 * MINUTE),
            record(),
            record(),
        )

        keep(begin, first, second, third)

        assert found_again(begin, first.key, third.key, record().key) == {first.key: first, third.key: third}

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_document_is_kept_to_the_letter(self, begin: Begin, record: Builder[IdempotencyRecord], text: str) -> None:
        """The same answer means the same bytes."""
        kept = record(document=text)

        keep(begin, kept)

        assert found_again(begin, kept.key)[kept.key].document == text

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, record: Builder[IdempotencyRecord], at: datetime) -> None:
        kept = record(created_at=at)

        keep(begin, kept)

        created_at = found_again(begin, kept.key)[kept.key].created_at
        assert (created_at, created_at.tzinfo) == (at.astimezone(UTC), UTC)

    def test_same_key_of_another_owner_or_route_is_another_key(
        self, begin: Begin, record: Builder[IdempotencyRecord]
    ) -> None:
        keys = [
            IdempotencyKey(SCHEDULE, "leads", b"digest"),
            IdempotencyKey(OFFER, "leads", b"digest"),
            IdempotencyKey(SCHEDULE, "capture", b"digest"),
            IdempotencyKey(SCHEDULE, "leads", b"digest\x00"),
        ]
        records = [record(key=key, status=200 + place) for place, key in enumerate(keys)]

        keep(begin, *records)

        assert [found_again(begin, key) for key in keys] == [{each.key: each} for each in records]

    def test_companies_have_keys_of_their_own(
        self, store: Store, begin: Begin, record: Builder[IdempotencyRecord]
    ) -> None:
        kept, other = record(), found(store)
        keep(begin, kept)

        with store.unit_of_work(other.id) as uow:
            assert uow.idempotency.find_all([kept.key]) == {}
            uow.idempotency.append_all([replace(kept, company_id=other.id)])
            uow.commit()

    def test_key_has_one_record(self, begin: Begin, record: Builder[IdempotencyRecord]) -> None:
        kept = record()
        keep(begin, kept)

        with pytest.raises(StaleWrite):
            keep(begin, record(), replace(kept, status=422))

        assert found_again(begin, kept.key) == {kept.key: kept}

    def test_key_twice_in_one_batch_is_refused(self, begin: Begin, record: Builder[IdempotencyRecord]) -> None:
        kept = record()

        with pytest.raises(StaleWrite):
            keep(begin, kept, replace(kept, status=422))

    def test_twin_waits_and_is_refused(self, begin: Begin, record: Builder[IdempotencyRecord]) -> None:
        """Of two posts with one key, whichever comes second must find the first one's answer."""
        kept = record()

        with threads() as pool:
            with begin() as uow:
                uow.idempotency.append_all([kept])
                second = pool.submit(keep, begin, replace(kept, status=422))
                has_waited = is_waiting(second)
                uow.commit()

            with pytest.raises(StaleWrite):
                second.result(PATIENCE_SECONDS)
            assert has_waited
        assert found_again(begin, kept.key) == {kept.key: kept}

    def test_twin_of_a_unit_that_failed_takes_its_place(self, begin: Begin, record: Builder[IdempotencyRecord]) -> None:
        failed = record()
        kept = replace(failed, status=422)

        with threads() as pool:
            with begin() as uow:
                uow.idempotency.append_all([failed])
                second = pool.submit(keep, begin, kept)
                is_waiting(second)

            second.result(PATIENCE_SECONDS)
        assert found_again(begin, kept.key) == {kept.key: kept}

    def test_forgotten_key_is_free_in_the_same_unit(self, begin: Begin, record: Builder[IdempotencyRecord]) -> None:
        """After its life a key may be used again, and its old answer must not come back."""
        old, other = record(created_at=NOW - MINUTE), record()
        keep(begin, old, other)
        new = replace(old, status=422, created_at=NOW)

        with begin() as uow:
            uow.idempotency.forget_all([old.key, record().key])
            between = uow.idempotency.find_all([old.key])
            uow.idempotency.append_all([new])
            uow.commit()

        assert between == {}
        assert found_again(begin, old.key, other.key) == {old.key: new, other.key: other}

    def test_forgetting_ends_with_the_unit_unless_committed(
        self, begin: Begin, record: Builder[IdempotencyRecord]
    ) -> None:
        kept = record()
        keep(begin, kept)

        with begin() as uow:
            uow.idempotency.forget_all([kept.key])

        assert found_again(begin, kept.key) == {kept.key: kept}

    def test_only_what_is_older_is_pruned(self, store: Store, begin: Begin, record: Builder[IdempotencyRecord]) -> None:
        other = found(store)
        theirs = record(company_id=other.id, created_at=NOW - MINUTE)
        with store.unit_of_work(other.id) as uow:
            uow.idempotency.append_all([theirs])
            uow.commit()
        old, on_time = record(created_at=NOW - MINUTE), record(created_at=NOW)
        keep(begin, old, on_time)

        with begin() as uow:
            counts = [uow.idempotency.prune(before=NOW) for _ in range(2)]
            uow.commit()

        assert counts == [1, 0]
        assert found_again(begin, old.key, on_time.key) == {on_time.key: on_time}
        with store.unit_of_work(other.id) as uow:
            assert uow.idempotency.find_all([theirs.key]) == {theirs.key: theirs}

    def test_nothing_to_do_is_no_fault(self, begin: Begin) -> None:
        with begin() as uow:
            uow.idempotency.append_all(())
            uow.idempotency.forget_all(())
            uow.commit()
