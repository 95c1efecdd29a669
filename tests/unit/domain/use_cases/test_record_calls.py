"""Whatever is recorded, corrected, reversed and erased, in any order: the sums are exact and the history is told."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.call_recording import CorrectCall, RecordCall
from leadintake.domain.conversion_recording import CorrectConversion, RecordConversion, ReverseConversion
from leadintake.domain.errors import Refusal
from leadintake.domain.ports import CallFilter, ConversionFilter
from leadintake.domain.rollup import Quarter
from leadintake.domain.use_cases.correct_calls import correct_call, correct_conversion, reverse_conversion
from leadintake.domain.use_cases.record_calls import record_calls, record_conversions

from tests.support.apps import KEYRING
from tests.support.builders import ADA, BEN, NOW, CountingIds, SteppingClock, a_lead
from tests.support.recounting import of_results, recounted

if TYPE_CHECKING:
    from leadintake.domain.company import Company
    from leadintake.domain.event import Event

ALL = 1_000
REVENUES = st.sampled_from(["0", "0.01", "12.50", "99999999999.99", "0.001"])
MOMENTS = st.sampled_from(["2026-02-28T23:59:59Z", "2026-03-01T00:14:59Z", "2026-03-01T00:15:00Z"])
WHOM = st.sampled_from([ADA.e164, BEN.e164, "+442079460018"])
NAMES = st.sampled_from([None, "1", "2"])
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("call"),
            st.fixed_dictionaries(
                {"caller_id": WHOM, "external_id": NAMES, "revenue": REVENUES, "started_at": MOMENTS},
                optional={"duration_seconds": st.integers(0, 90)},
            ),
        ),
        st.tuples(
            st.just("conversion"),
            st.fixed_dictionaries(
                {"caller_id": WHOM, "external_id": NAMES, "revenue": REVENUES, "occurred_at": MOMENTS}
            ),
        ),
        st.tuples(
            st.just("correct call"),
            st.fixed_dictionaries(
                {}, optional={"revenue": REVENUES, "started_at": MOMENTS, "duration_seconds": st.integers(0, 90)}
            ),
        ),
        st.tuples(
            st.just("correct conversion"),
            st.fixed_dictionaries({}, optional={"revenue": REVENUES, "occurred_at": MOMENTS}),
        ),
        st.tuples(st.just("reverse"), st.just({})),
        st.tuples(st.just("erase"), st.fixed_dictionaries({"caller": st.sampled_from([ADA, BEN])})),
    ),
    min_size=1,
    max_size=14,
)


class Books:
    """One company with a lead of Ada's and one of Ben's, and all that is told of them."""

    def __init__(self) -> None:
        self.store, self.clock, self.new_id = MemoryStore(), SteppingClock(), CountingIds()
        self.company: Company = self.store.installation.add_company(name="Solar", region="US", time_zone="UTC")
        for caller, sub_id in ((ADA, "creative-A"), (BEN, None)):
            with self.store.unit_of_work(self.company.id) as uow:
                uow.contacts.save_all(uow.contacts.claim({caller}, at=NOW).values())
                attribution = Attribution(TrafficSourceId(1000), sub_id)
                uow.leads.add_all([a_lead(company_id=self.company.id, caller=caller, attribution=attribution)])
                uow.commit()

    def do(self, what: str, fields: dict[str, Any], place: int) -> None:
        """Take one step; what is refused changes nothing."""
        writing: dict[str, Any] = {
            "unit_of_work": self.store.unit_of_work,
            "clock": self.clock,
            "new_id": self.new_id,
        }
        own: dict[str, Any] = {"company_id": self.company.id, "api_key_id": None}
        calls, conversions = self.kept()
        with suppress(Refusal):
            if what == "call":
                record_calls([RecordCall(**own, **fields)], keyring=KEYRING, **writing)
            elif what == "conversion":
                record_conversions([RecordConversion(**own, **fields)], keyring=KEYRING, **writing)
            elif what == "correct call" and calls:
                call_id = calls[place % len(calls)].id
                correct_call(CorrectCall(**own, call_id=call_id, data=fields), **writing)  # type: ignore[arg-type]  # drawn
            elif what == "correct conversion" and conversions:
                one_id = conversions[place % len(conversions)].id
                correct_conversion(CorrectConversion(**own, conversion_id=one_id, data=fields), **writing)  # type: ignore[arg-type]  # likewise
            elif what == "reverse" and conversions:
                one_id = conversions[place % len(conversions)].id
                reverse_conversion(ReverseConversion(**own, conversion_id=one_id), **writing)
            elif what == "erase":
                self._erase(**fields)

    def _erase(self, caller: Any) -> None:  # noqa: ANN401 - a number
        with self.store.unit_of_work(self.company.id) as uow:
            uow.contacts.claim({caller}, at=NOW)
            for repository in (uow.contacts, uow.leads, uow.calls, uow.conversions):
                repository.erase(caller)
            uow.commit()

    def kept(self) -> tuple[Any, Any]:
        with self.store.reading(self.company.id) as uow:
            return (
                uow.calls.search(CallFilter(), offset=0, limit=ALL).calls,
                uow.conversions.search(ConversionFilter(), offset=0, limit=ALL).conversions,
            )

    def facts(self) -> list[Event]:
        with self.store.reading(self.company.id) as uow:
            events = uow.events.of_contact(ADA), uow.events.of_contact(BEN)
            leads = [
                event
                for one in (*self.kept()[0], *self.kept()[1])
                if one.stamp.lead_id
                for event in uow.events.of_lead(one.stamp.lead_id)
            ]
        return list({event.id: event for event in (*leads, *events[0], *events[1])}.values())


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, places=st.lists(st.integers(0, 9), min_size=14, max_size=14))
def test_what_is_counted_is_what_is_kept(steps: list[tuple[str, dict[str, Any]]], places: list[int]) -> None:
    books = Books()
    stamped: dict[Any, Any] = {}

    for (what, fields), place in zip(steps, places, strict=False):
        books.do(what, fields, place)
        calls, conversions = books.kept()
        with books.store.reading(books.company.id) as uow:
            counted = uow.rollups.counted(Quarter(0), Quarter(2**31 - 1))
        assert of_results(counted) == recounted(calls, conversions)
        for one in (*calls, *conversions):
            stamp = stamped.setdefault((type(one), one.id), one.stamp)
            # Nothing but an erasure touches a stamp, and that takes the person alone.
            assert one.stamp in (stamp, stamp.erased())


@settings(max_examples=100, deadline=None)
@given(
    steps=STEPS.map(lambda steps: [step for step in steps if step[0] != "erase"]),
    places=st.lists(st.integers(0, 9), min_size=14, max_size=14),
)
def test_history_leads_from_the_first_figures_to_the_last(
    steps: list[tuple[str, dict[str, Any]]], places: list[int]
) -> None:
    books = Books()
    for (what, fields), place in zip(steps, places, strict=False):
        books.do(what, fields, place)

    figures: dict[str, Any] = {}
    for fact in sorted(books.facts(), key=lambda event: event.id):
        about = fact.details.get("conversion_id") or fact.details.get("call_id")
        if about is None:
            continue
        if fact.kind.value.endswith("corrected"):
            assert fact.details["previous"] == figures[about]
        figures[about] = fact.details["figures"]
    calls, conversions = books.kept()
    for one in (*calls, *conversions):
        if one.stamp.caller in (ADA, BEN):
            assert figures[str(one.id)]["revenue"] == f"{one.revenue // 100}.{one.revenue % 100:02}"


def test_a_batch_is_of_one_company() -> None:
    books = Books()
    other = books.store.installation.add_company(name="Auto", region="US", time_zone="UTC")
    told = [RecordCall(company_id=company_id, caller_id=ADA.e164) for company_id in (books.company.id, other.id)]
    record = partial(
        record_calls, unit_of_work=books.store.unit_of_work, keyring=KEYRING, clock=books.clock, new_id=books.new_id
    )

    with pytest.raises(ValueError, match="one company"):
        record(told)
