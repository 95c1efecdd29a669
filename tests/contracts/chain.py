"""What a chain promises: each event is sealed once, no change of it stays unseen, and people can be erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadintake.adapters.system import random_bytes
from leadintake.domain.errors import StaleWrite
from leadintake.domain.event import EventId, EventKind
from leadintake.domain.ports import EventsToSeal, Horizon
from leadintake.domain.sealing import GENESIS, NO_SALT, Flaw, Head, segment_hash
from leadintake.domain.use_cases.audit_events import AuditEvents, audit_events, read_chain_heads
from leadintake.domain.use_cases.seal_events import LEASE, SealEvents, seal_events

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, threads
from tests.support.builders import ADA, BEN, EVE, NOW, SteppingClock, an_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from random import Random

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.event import Event
    from leadintake.domain.lead import LeadId
    from leadintake.domain.ports import Finding, Installation, UnitOfWork
    from leadintake.domain.sealing import KeptEvent, Segment

    from tests.contracts.store import Store
    from tests.support.tampering import Tampering

SECOND = timedelta(seconds=1)
ALL = Horizon()


class PowerCut(Exception):
    """The process ends in the middle."""


@dataclass(slots=True, kw_only=True)
class Chained:
    """A store in which one company's events are sealed, four to a segment."""

    store: Store
    company: Company
    tampering: Tampering
    clock: SteppingClock

    @property
    def installation(self) -> Any:  # noqa: ANN401 - an installation
        """Return what shows the test's own company only: others have left events in the store."""
        return OnlyOne(self.store.installation, self.company.id)

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        return self.store.unit_of_work(self.company.id)

    def event(self, **fields: Any) -> Event:  # noqa: ANN401 - any field of an event
        return an_event(**{"company_id": self.company.id, "at": self.clock(), **fields})

    def append(self, *events: Event) -> Sequence[Event]:
        with self.begin() as uow:
            uow.events.append_all(events)
            uow.commit()
        return events

    def append_some(self, count: int) -> Sequence[Event]:
        return self.append(*(self.event(caller=(ADA, BEN, EVE)[index % 3]) for index in range(count)))

    def seal(self, *, holder: str = "this one", begin: Any = None, **how: bool) -> int:  # noqa: ANN401 - a factory of units
        return seal_events(
            SealEvents(**how),
            installation=self.installation,
            reading=self.store.reading,
            unit_of_work=begin or self.store.unit_of_work,
            clock=self.clock,
            random_bytes=random_bytes,
            holder=holder,
            batch_size=4,
        )

    def segments(self) -> Sequence[Segment]:
        with self.store.reading(self.company.id) as uow:
            return uow.chain.segments(after=0, limit=1_000)

    def sealed_ids(self) -> list[EventId]:
        return [event_id for segment in self.segments() for event_id in segment.ids]

    def unsealed(self) -> Sequence[KeptEvent]:
        with self.store.reading(self.company.id) as uow:
            return uow.chain.unsealed(ALL, after=None, limit=1_000).events

    def erase(self, caller: Any = ADA) -> int:  # noqa: ANN401 - a number
        with self.begin() as uow:
            count = uow.events.erase(caller)
            uow.commit()
        return count

    def prune(self, *, limit: int = 1_000) -> int:
        with self.begin() as uow:
            count = uow.chain.prune(before=self.clock(), at=self.clock(), limit=limit)
            uow.commit()
        return count

    def audit(self, heads: Mapping[int, bytes] = MappingProxyType({})) -> Sequence[Finding]:
        return audit_events(
            AuditEvents(companies=[self.company], heads={self.company.id: heads}),
            installation=self.installation,
            reading=self.store.reading,
            clock=self.clock,
        )

    def flaws(self, heads: Mapping[int, bytes] = MappingProxyType({})) -> Counter[str]:
        """Return what an audit finds wrong, and how often."""
        wrong = [finding for finding in self.audit(heads) if not finding.is_fine]
        assert all(finding.mend for finding in wrong)
        return Counter(finding.check for finding in wrong)


class OnlyOne:
    """An installation that shows one of its companies to who seals."""

    def __init__(self, installation: Installation, company_id: CompanyId) -> None:
        self._installation = installation
        self._company_id = company_id

    def events_to_seal(self, *, from_start: bool = False) -> EventsToSeal:
        waiting = self._installation.events_to_seal(from_start=from_start)
        mine = [company_id for company_id in waiting.company_ids if company_id == self._company_id]
        return EventsToSeal(mine, waiting.horizon)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else an installation has
        return getattr(self._installation, name)


Change: TypeAlias = Callable[[Chained, "Sequence[Event]"], object]


def _edit(entries: bytes, at: int) -> bytes:
    return entries[:at] + bytes([entries[at] ^ 1]) + entries[at + 1 :]


def _swap_events(chained: Chained, events: Sequence[Event]) -> None:
    """Put each of two events into the other's place."""
    first, second = events[1], events[6]
    for one, other in ((first, second), (second, first)):
        chained.tampering.change_event(
            chained.company.id,
            one.id,
            kind=other.kind,
            caller=other.caller,
            lead_id=other.lead_id,
            at=other.at,
            details=other.details,
        )


def _swap_in_segment(chained: Chained, events: Sequence[Event]) -> None:  # noqa: ARG001 - a change's signature
    """Change the order of two events in a segment."""
    entries = chained.segments()[1].entries
    chained.tampering.change_segment(chained.company.id, 2, entries=entries[80:160] + entries[:80] + entries[160:])


def _swap_segments(chained: Chained, events: Sequence[Event]) -> None:  # noqa: ARG001 - a change's signature
    """Give two segments each other's events, with hashes that fit."""
    _, second, third = chained.segments()
    for one, other in ((second, third), (third, second)):
        forged = replace(one, entries=other.entries, salts=other.salts)
        chained.tampering.change_segment(
            chained.company.id, one.number, entries=forged.entries, salts=forged.salts, hash=segment_hash(forged)
        )


def _event(index: int, **columns: Any) -> Change:  # noqa: ANN401 - any column's value
    return lambda chained, events: chained.tampering.change_event(chained.company.id, events[index].id, **columns)


def _segment(number: int, change: Callable[[Segment], Mapping[str, Any]]) -> Change:
    return lambda chained, _: chained.tampering.change_segment(
        chained.company.id, number, **change(chained.segments()[number - 1])
    )


CHANGES: Mapping[str, tuple[Change, Mapping[Flaw, int]]] = MappingProxyType(
    {
        "kind": (_event(5, kind=EventKind.LEAD_REMOVED), {Flaw.EVENT_CHANGED: 1}),
        "time": (_event(5, at=NOW + SECOND), {Flaw.EVENT_CHANGED: 1}),
        "lead": (_event(5, lead_id=UUID(int=7)), {Flaw.EVENT_CHANGED: 1}),
        "version": (_event(5, lead_version=2), {Flaw.EVENT_CHANGED: 1}),
        "details": (_event(5, details={"status": "dnc"}), {Flaw.PAYLOAD_CHANGED: 1}),
        "caller": (_event(5, caller=ADA), {Flaw.PAYLOAD_CHANGED: 1}),
        "hidden_as_erased": (_event(5, caller=None, details={}), {Flaw.PAYLOAD_CHANGED: 1}),
        "two_events_swapped": (_swap_events, {Flaw.EVENT_CHANGED: 2}),
        "event_deleted": (
            lambda chained, events: chained.tampering.delete_event(chained.company.id, events[5].id),
            {Flaw.EVENT_MISSING: 1},
        ),
        "salt": (_segment(2, lambda one: {"salts": _edit(one.salts, 17)}), {Flaw.PAYLOAD_CHANGED: 1}),
        "salt_deleted": (_segment(2, lambda one: {"salts": NO_SALT + one.salts[16:]}), {Flaw.SALT_MISSING: 1}),
        "digest": (
            _segment(2, lambda one: {"entries": _edit(one.entries, 20)}),
            {Flaw.SEGMENT_CHANGED: 1, Flaw.EVENT_CHANGED: 1},
        ),
        "hash_of_event": (
            _segment(2, lambda one: {"entries": _edit(one.entries, 50)}),
            {Flaw.SEGMENT_CHANGED: 1, Flaw.EVENT_CHANGED: 1},
        ),
        "hash_of_segment": (
            _segment(2, lambda one: {"hash": _edit(one.hash, 0)}),
            {Flaw.SEGMENT_CHANGED: 1, Flaw.SEGMENT_NOT_LINKED: 1},
        ),
        "previous": (_segment(2, lambda one: {"previous": _edit(one.previous, 0)}), {Flaw.SEGMENT_CHANGED: 1}),
        "time_of_sealing": (_segment(2, lambda _: {"sealed_at": NOW - SECOND}), {Flaw.SEGMENT_CHANGED: 1}),
        "order_in_segment": (_swap_in_segment, {Flaw.SEGMENT_CHANGED: 1, Flaw.PAYLOAD_CHANGED: 2}),
        "segments_swapped": (_swap_segments, {Flaw.SEGMENT_NOT_LINKED: 1, Flaw.SEGMENT_CHANGED: 1}),
    }
)


class ChainContract(StoreContract):
    """`EventChain`, `EventLog.erase`, and sealing and auditing over them.

    A subclass's module has, beside the fixtures of all contracts, `tampering` over the `store`.
    """

    @pytest.fixture
    def chained(self, store: Store, tampering: Tampering) -> Chained:
        """Return a company of the test's own, at a time when no lease of another test holds any more."""
        company = found(store)
        clock = SteppingClock(NOW + company.id * timedelta(days=1))
        return Chained(store=store, company=company, tampering=tampering, clock=clock)

    @pytest.fixture
    def events(self, chained: Chained) -> Sequence[Event]:
        """Return ten events in three segments."""
        events = chained.append_some(10)
        chained.seal()
        return events

    def test_each_event_is_in_one_segment_and_each_segment_names_the_one_before(
        self, chained: Chained, events: Sequence[Event]
    ) -> None:
        first, second, third = chained.segments()

        assert chained.sealed_ids() == [event.id for event in events]
        assert [one.number for one in (first, second, third)] == [1, 2, 3]
        assert [one.previous for one in (first, second, third)] == [GENESIS, first.hash, second.hash]
        assert chained.unsealed() == []

    def test_sealed_events_are_found_sound(self, chained: Chained, events: Sequence[Event]) -> None:
        sound, waiting = chained.audit()

        assert (sound.is_fine, waiting.is_fine) == (True, True)
        assert f"{len(events)} events in 3 segments" in sound.detail
        assert "unsealed: 0" in waiting.detail

    def test_nothing_new_writes_nothing(self, chained: Chained, events: Sequence[Event]) -> None:
        """It is asked for every few seconds, for ever."""
        before = chained.segments()

        assert events
        assert chained.seal() == 0
        assert chained.segments() == before

    def test_later_events_come_into_later_segments(self, chained: Chained, events: Sequence[Event]) -> None:
        later = chained.append_some(1)

        assert chained.seal() == 1
        assert chained.sealed_ids() == [event.id for event in (*events, *later)]

    def test_company_without_events_has_no_chain(self, chained: Chained) -> None:
        assert chained.seal() == 0
        [end] = read_chain_heads([chained.company], reading=chained.store.reading)
        assert (end.head, end.events, end.sealed_at) == (Head(), 0, None)

    def test_head_is_the_last_segment(self, chained: Chained, events: Sequence[Event]) -> None:
        [end] = read_chain_heads([chained.company], reading=chained.store.reading)

        last = chained.segments()[-1]
        assert (end.head.number, end.head.hash, end.events) == (3, last.hash, len(events))
        assert end.sealed_at == last.sealed_at

    def test_companies_have_chains_of_their_own(self, chained: Chained, events: Sequence[Event]) -> None:
        other = replace(chained, company=found(chained.store))
        theirs = other.append_some(1)

        other.seal()
        other.erase(theirs[0].caller)

        assert [segment.number for segment in other.segments()] == [1]
        assert chained.sealed_ids() == [event.id for event in events]
        assert (chained.flaws(), other.flaws()) == (Counter(), Counter())
        with chained.begin() as uow:
            assert set(uow.chain.find_events([events[0].id, theirs[0].id])) == {events[0].id}
            assert uow.chain.find_events([events[0].id])[events[0].id].caller == ADA.e164

    # --- one sealer ---------------------------------------------------------------------------------------------------

    def test_second_sealer_does_not_fork_the_chain(self, chained: Chained, events: Sequence[Event]) -> None:
        """Two processes have read the same head; whoever is first wins, and the other begins anew."""
        chained.append_some(1)

        @contextmanager
        def overtaken(company_id: CompanyId) -> Iterator[UnitOfWork]:
            chained.seal(holder="another one", at_once=True)
            with chained.store.unit_of_work(company_id) as uow:
                yield uow

        with pytest.raises(StaleWrite):
            chained.seal(begin=overtaken)

        assert [segment.number for segment in chained.segments()] == [1, 2, 3, 4]
        assert len(chained.sealed_ids()) == len(set(chained.sealed_ids())) == len(events) + 1
        assert chained.flaws() == Counter()

    def test_sealers_at_the_same_time_seal_each_event_once(self, chained: Chained) -> None:
        events = chained.append_some(40)

        with threads(3) as pool:
            rounds = [pool.submit(chained.seal, holder=f"holder {number}", at_once=True) for number in range(3)]
            for each in rounds:
                # One may be overtaken again and again; what it leaves the others do.
                with suppress(StaleWrite):
                    each.result(PATIENCE_SECONDS)
        chained.seal(at_once=True)

        assert sorted(chained.sealed_ids()) == sorted(event.id for event in events)
        assert chained.flaws() == Counter()

    def test_whoever_has_the_lease_is_left_alone(self, chained: Chained, events: Sequence[Event]) -> None:
        chained.append_some(1)

        assert events
        assert chained.seal(holder="another one") == 0
        chained.clock.advance(LEASE)
        assert chained.seal(holder="another one") == 1

    def test_lease_from_a_clock_that_was_far_ahead_holds_nobody_up(self, chained: Chained) -> None:
        """It would last for days, though its holder is long gone."""
        now, lease = chained.clock(), chained.installation.lease_sealing
        ahead = now + timedelta(days=3)

        assert lease("ahead", at=ahead, until=ahead + LEASE)
        assert lease("this one", at=now, until=now + LEASE)
        assert not lease("another one", at=now, until=now + LEASE)
        assert lease("this one", at=now + SECOND, until=now + SECOND + LEASE)

    def test_whoever_comes_after_a_sealer_that_was_killed_goes_on(self, chained: Chained) -> None:
        events = chained.append_some(10)
        left = iter([True, False])

        @contextmanager
        def cut_off_in_the_second(company_id: CompanyId) -> Iterator[Any]:
            with chained.store.unit_of_work(company_id) as uow:
                if not next(left):
                    uow.chain.append(replace(chained.segments()[0], number=99), replacing=uow.chain.head())
                    raise PowerCut
                yield uow

        with pytest.raises(PowerCut):
            chained.seal(begin=cut_off_in_the_second)
        chained.clock.advance(LEASE)

        assert chained.sealed_ids() == [event.id for event in events[:4]]
        assert chained.seal(holder="another one") == 6
        assert chained.sealed_ids() == [event.id for event in events]
        assert chained.flaws() == Counter()

    def test_looking_from_the_start_seals_nothing_twice(self, chained: Chained, events: Sequence[Event]) -> None:
        """After a move to another server nobody knows any more how far the events were sealed."""
        later = chained.append_some(3)

        assert chained.seal(from_start=True) == len(later)
        assert chained.sealed_ids() == [event.id for event in (*events, *later)]

    # --- erasure and retention ---------------------------------------------------------------------------------------

    def test_erased_caller_is_gone_from_all_events(self, chained: Chained) -> None:
        about_contact = {"lead_id": None, "lead_version": None}
        mine = [chained.event(caller=ADA), chained.event(caller=ADA, **about_contact)]
        theirs = [chained.event(caller=BEN), chained.event(caller=BEN, **about_contact)]
        chained.append(*mine, *theirs)

        assert chained.erase(ADA) == 2

        with chained.begin() as uow:
            assert uow.events.of_contact(ADA) == []
            assert uow.events.of_contact(BEN) == [theirs[1]]
            [left] = uow.events.of_lead(lead_of(mine[0]))
            assert uow.events.of_lead(lead_of(theirs[0])) == [theirs[0]]
        assert left == replace(mine[0], caller=None, details={})
        assert chained.erase(ADA) == 0

    def test_erasure_leaves_the_chain_valid(self, chained: Chained, events: Sequence[Event]) -> None:
        """And whoever has the chain and guesses the number still cannot prove that the event was about it."""
        before = chained.segments()

        assert chained.erase(ADA) == 4

        sound, _ = chained.audit()
        assert sound.is_fine
        assert "4 erased" in sound.detail
        after = chained.segments()
        assert [(one.hash, one.entries) for one in after] == [(one.hash, one.entries) for one in before]
        salts = dict(zip((event.id for event in events), _salts(after), strict=True))
        kept = dict(zip((event.id for event in events), _salts(before), strict=True))
        assert salts == {event.id: NO_SALT if event.caller == ADA else kept[event.id] for event in events}

    def test_event_that_was_erased_before_it_was_sealed_verifies(self, chained: Chained) -> None:
        chained.append_some(4)
        chained.erase(ADA)

        chained.seal()

        assert chained.flaws() == Counter()

    def test_erased_event_that_is_changed_afterwards_is_found(self, chained: Chained, events: Sequence[Event]) -> None:
        chained.erase(ADA)

        chained.tampering.change_event(chained.company.id, events[3].id, kind=EventKind.LEAD_BLOCKED)

        assert events[3].caller == ADA
        assert chained.flaws() == Counter({Flaw.EVENT_CHANGED: 1})

    @pytest.mark.parametrize("before", [0, 1])
    def test_erasure_between_reading_and_sealing_makes_the_sealer_read_again(
        self, chained: Chained, before: int
    ) -> None:
        """Else the digest and the salt of what is erased would stay for good."""
        chained.append_some(before)
        chained.seal()
        chained.append_some(3)

        @contextmanager
        def overtaken(company_id: CompanyId) -> Iterator[UnitOfWork]:
            chained.erase(ADA)
            with chained.store.unit_of_work(company_id) as uow:
                yield uow

        with pytest.raises(StaleWrite):
            chained.seal(begin=overtaken)

        assert chained.seal() == 3
        assert chained.flaws() == Counter()

    def test_retention_leaves_the_chain_valid(self, chained: Chained, events: Sequence[Event]) -> None:
        chained.clock.advance(SECOND)

        assert chained.prune(limit=2) == 8

        sound, _ = chained.audit()
        assert sound.is_fine
        assert "8 pruned" in sound.detail
        with chained.begin() as uow:
            assert set(uow.chain.find_events([event.id for event in events])) == {event.id for event in events[8:]}
            assert uow.events.of_lead(lead_of(events[0])) == []
        assert [one.salts == b"" for one in chained.segments()] == [True, True, False]
        assert chained.prune() == 2
        assert chained.prune() == 0

    def test_retention_keeps_what_is_young_or_not_sealed(self, chained: Chained, events: Sequence[Event]) -> None:
        chained.append_some(1)

        assert chained.prune() == 0
        assert len(chained.unsealed()) == 1
        assert chained.flaws() == Counter()
        assert events

    def test_pruned_events_can_be_erased_and_others_sealed_after_them(
        self, chained: Chained, events: Sequence[Event]
    ) -> None:
        chained.clock.advance(SECOND)
        chained.prune()

        assert chained.erase(ADA) == 0
        chained.append_some(2)
        assert chained.seal() == 2
        assert chained.flaws() == Counter()
        assert events

    # --- what somebody changes who gets at the database -------------------------------------------------------------

    @pytest.mark.parametrize("change", CHANGES)
    def test_change_is_found_and_named(self, chained: Chained, events: Sequence[Event], change: str) -> None:
        make, flaws = CHANGES[change]

        make(chained, events)

        assert chained.flaws() == Counter({flaw.value: count for flaw, count in flaws.items()})

    def test_finding_names_the_company_the_segment_and_the_event(
        self, chained: Chained, events: Sequence[Event]
    ) -> None:
        chained.tampering.delete_event(chained.company.id, events[5].id)

        [finding] = [finding for finding in chained.audit() if not finding.is_fine]
        assert f"company {chained.company.id}: event {events[5].id} of segment 2 is gone" in finding.detail

    @pytest.mark.parametrize(("number", "told"), [(1, "segment 1"), (2, "segment 2"), (3, "segment 3")])
    def test_missing_segment_is_found(self, chained: Chained, events: Sequence[Event], number: int, told: str) -> None:
        chained.tampering.delete_segment(chained.company.id, number)

        [finding] = [finding for finding in chained.audit() if finding.check == Flaw.SEGMENT_MISSING]
        assert f"{told} missing" in finding.detail
        assert events

    def test_chain_goes_on_after_a_segment_that_was_taken_off_its_end(
        self, chained: Chained, events: Sequence[Event]
    ) -> None:
        """The gap has to stay: sealing over it would hide it."""
        chained.tampering.delete_segment(chained.company.id, 3)
        chained.append_some(1)
        chained.seal()

        assert chained.segments()[-1].number == 4
        assert chained.flaws()[Flaw.SEGMENT_MISSING] == 1
        assert events

    def test_truncated_chain_is_found_by_a_noted_head(self, chained: Chained, events: Sequence[Event]) -> None:
        """Whoever takes the end off everywhere leaves a whole chain behind; only who noted its end can tell."""
        _, second, third = chained.segments()
        for event in events[8:]:
            chained.tampering.delete_event(chained.company.id, event.id)
        chained.tampering.delete_segment(chained.company.id, 3)
        chained.tampering.change_head(chained.company.id, Head(number=2, hash=second.hash, version=2))

        assert chained.flaws() == Counter()
        assert chained.flaws({2: second.hash}) == Counter()
        assert chained.flaws({3: third.hash}) == Counter({Flaw.SEGMENT_MISSING: 1})

        chained.append_some(1)
        chained.seal()
        assert chained.flaws({3: third.hash}) == Counter({Flaw.HEAD_CHANGED: 1})

    def test_many_flaws_of_a_kind_are_counted_and_the_first_are_named(self, chained: Chained) -> None:
        events = chained.append_some(30)
        chained.seal()
        for event in events:
            chained.tampering.change_event(chained.company.id, event.id, kind=EventKind.LEAD_REMOVED)

        wrong = [finding for finding in chained.audit() if not finding.is_fine]
        assert len(wrong) == 21
        assert "10 more like these" in wrong[-1].detail

    # --- what waits ---------------------------------------------------------------------------------------------------

    def test_unsealed_tail_is_told_with_its_age(self, chained: Chained, events: Sequence[Event]) -> None:
        chained.append_some(2)
        chained.clock.advance(30 * SECOND)

        *_, waiting = chained.audit()
        assert waiting.is_fine
        assert "unsealed: 2, the oldest for 30 s" in waiting.detail
        assert events

    def test_tail_that_nobody_seals_is_a_finding(self, chained: Chained) -> None:
        chained.append_some(2)
        chained.clock.advance(61 * SECOND)

        *_, waiting = chained.audit()
        assert not waiting.is_fine
        assert "leadintake audit seal" in waiting.mend


def lead_of(event: Event) -> LeadId:
    """Return the lead that the fact is about."""
    assert event.lead_id is not None
    return event.lead_id


def _salts(segments: Sequence[Segment]) -> list[bytes]:
    return [salt for segment in segments for _, salt in segment.events()]


# --- any order of commits and rounds of sealing ---------------------------------------------------------------------

Step: TypeAlias = "tuple[str, int]"


def steps(slots: int) -> st.SearchStrategy[list[Step]]:
    """Draw programs of units that begin, write, and end, side by side, with rounds of sealing in between."""
    does = st.sampled_from(["write", "write", "commit", "roll back", "seal", "seal"])
    return st.lists(st.tuples(does, st.integers(0, slots - 1)), min_size=10, max_size=30)


class InterleavingContract:
    """Any order of commits and rounds of sealing seals each event exactly once.

    A subclass says in `slots` how many units of a company may write side by side.
    """

    slots = 1

    def test_each_event_is_sealed_once(self, store: Store) -> None:
        @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
        @given(program=steps(self.slots), dice=st.randoms(use_true_random=False))
        def holds(program: list[Step], dice: Random) -> None:
            _run(store, program, dice, self.slots)

        holds()


def _run(store: Store, program: list[Step], dice: Random, slots: int) -> None:
    """Run a program in a company of its own; with one writer, nobody seals while it writes."""
    company, clock = found(store), SteppingClock()
    open_units: dict[int, tuple[Any, UnitOfWork, list[EventId]]] = {}
    committed: list[EventId] = []
    seal = partial(
        seal_events,
        SealEvents(at_once=True),
        installation=OnlyOne(store.installation, company.id),
        reading=store.reading,
        unit_of_work=store.unit_of_work,
        clock=clock,
        random_bytes=random_bytes,
        holder="this one",
        batch_size=2,
    )

    def end(slot: int, *, is_kept: bool) -> None:
        if slot in open_units:
            unit, uow, ids = open_units.pop(slot)
            if is_kept:
                uow.commit()
                committed.extend(ids)
            unit.__exit__(None, None, None)

    try:
        for number, (does, slot) in enumerate(program):
            if does == "write":
                if slot not in open_units:
                    unit = store.unit_of_work(company.id)
                    open_units[slot] = unit, unit.__enter__(), []
                _, uow, ids = open_units[slot]
                # Made on any machine, long before the commit, by a clock that may be wrong.
                event = an_event(company_id=company.id, id=EventId(UUID(int=dice.getrandbits(48) << 80 | number)))
                uow.events.append_all([event])
                # Whoever reads finds what was written: from here on it lies in the database.
                uow.events.of_lead(lead_of(event))
                ids.append(event.id)
            elif does == "seal":
                if slots > 1 or not open_units:
                    seal()
            else:
                end(slot, is_kept=does == "commit")
    finally:
        for slot in list(open_units):
            end(slot, is_kept=True)
    seal()
    with store.reading(company.id) as uow:
        segments = uow.chain.segments(after=0, limit=1_000)
        assert uow.chain.unsealed(ALL, after=None, limit=1_000).events == []
    assert Counter(event_id for segment in segments for event_id in segment.ids) == Counter(committed)
