"""One random program runs through enrollment on every store, and all of them tell and keep the same.

``HYPOTHESIS_PROFILE=thorough`` runs longer programs, and more of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.sql.store import SqlStore
from leadintake.domain.attribution import FIRST_TRAFFIC_SOURCE, TrafficSourceId
from leadintake.domain.call_recording import CorrectCall, RecordCall
from leadintake.domain.claims import EnrollLead, Reach
from leadintake.domain.company import CompanyId
from leadintake.domain.conversion_recording import CorrectConversion, RecordConversion, ReverseConversion
from leadintake.domain.errors import Refusal
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LIVE, LeadStatus
from leadintake.domain.owner import Action, ActionKind, OfferId, OwnerKind, OwnerRef, ScheduleId
from leadintake.domain.owner_rules import DuplicateScope, OwnerRules
from leadintake.domain.parameter_text import FieldError
from leadintake.domain.ports import CallFilter, ConversionFilter, LeadFilter
from leadintake.domain.rollup import Measures, Quarter, RollupKey
from leadintake.domain.submission import Outcome, SubmissionId
from leadintake.domain.suppression import SuppressionListId
from leadintake.domain.use_cases.correct_calls import correct_call, correct_conversion, reverse_conversion
from leadintake.domain.use_cases.enroll_leads import enroll_leads
from leadintake.domain.use_cases.expire_due_leads import expire_due_leads
from leadintake.domain.use_cases.record_calls import record_calls, record_conversions

from tests.contracts.store import PATIENCE_SECONDS
from tests.support.apps import KEYRING
from tests.support.builders import (
    ADA,
    BEN,
    EVE,
    NOW,
    OFFER,
    OTHER_SCHEDULE,
    SCHEDULE,
    CountingIds,
    SteppingClock,
    a_contact_field,
    a_lead_token,
    a_receipt,
    new_id,
)
from tests.support.recounting import of_results, recounted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from leadintake.domain.call import Call
    from leadintake.domain.contact import Contact
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.directory import Directory
    from leadintake.domain.enrollment import Decision
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Installation, LeadPage, UnitOfWork
    from leadintake.domain.recording import Recording
    from leadintake.domain.submission import Submission

    from tests.contracts.store import Store
    from tests.support.postgres import Postgres

pytestmark = pytest.mark.xdist_group("postgres_stores")

Result = TypeVar("Result")

ALL = 10_000
CALLERS = (ADA, BEN, EVE)
OWNERS = (SCHEDULE, OTHER_SCHEDULE, OFFER)


class PowerCut(Exception):
    """The process ends just before the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All that a store keeps of a company, as far as its ports show it."""

    directory: Directory
    order: Sequence[int]
    contacts: dict[PhoneNumber, Contact | None]
    leads: Sequence[Lead]
    live: Sequence[Lead]
    events: dict[LeadId, Sequence[Event]]
    submissions: Sequence[Submission]
    calls: Sequence[Call]
    conversions: Sequence[Conversion]
    counted: Mapping[RollupKey, Measures]


@dataclass(slots=True, kw_only=True)
class World:
    """One store, and identifiers of its own that count as those of all the others."""

    name: str
    store: Store
    new_id: CountingIds = field(default_factory=CountingIds)

    def change(self, company_id: CompanyId, change: Callable[[UnitOfWork], Result]) -> Result:
        """Do something in a unit of its own."""
        with self.store.unit_of_work(company_id) as uow:
            result = change(uow)
            uow.commit()
        return result

    def enroll(self, commands: Sequence[EnrollLead], clock: SteppingClock, *, is_cut_off: bool) -> Sequence[Decision]:
        """Enroll these; cut off, everything happens but the commit."""
        begin = self._begin_and_lose if is_cut_off else self.store.unit_of_work
        return enroll_leads(commands, unit_of_work=begin, keyring=KEYRING, clock=clock, new_id=self.new_id)

    def race(self, lead: EnrollLead, wish: EnrollLead, clock: SteppingClock) -> Sequence[Decision]:
        """Enroll the lead, and have the wish sent from elsewhere between the decision and its commit."""
        with ThreadPoolExecutor(1) as elsewhere:
            sent: list[Future[Sequence[Decision]]] = []

            @contextmanager
            def begin(company_id: CompanyId) -> Iterator[UnitOfWork]:
                with self.store.unit_of_work(company_id) as uow:
                    yield Overtaken(
                        uow,
                        lambda: sent.append(elsewhere.submit(self.enroll, [wish], clock, is_cut_off=False)),
                    )

            [first] = enroll_leads([lead], unit_of_work=begin, keyring=KEYRING, clock=clock, new_id=self.new_id)
            [second] = sent[0].result(PATIENCE_SECONDS)
        return first, second

    def expire(self, company_ids: Sequence[CompanyId], clock: SteppingClock) -> int:
        """Settle what is due in these companies, and in no other program's."""
        return expire_due_leads(
            installation=Only(self.store.installation, company_ids),
            reading=self.store.reading,
            unit_of_work=self.store.unit_of_work,
            clock=clock,
            new_id=self.new_id,
            batch_size=2,
        )

    def record(
        self, told: Sequence[RecordCall] | Sequence[RecordConversion], clock: SteppingClock, *, is_cut_off: bool
    ) -> Sequence[Recording[Any]]:
        """Record calls or conversions; cut off, everything happens but the commit."""
        begin = self._begin_and_lose if is_cut_off else self.store.unit_of_work
        record: Any = record_calls if isinstance(told[0], RecordCall) else record_conversions
        recordings: Sequence[Recording[Any]] = record(
            told, unit_of_work=begin, keyring=KEYRING, clock=clock, new_id=self.new_id
        )
        return recordings

    def correct(self, command: CorrectCall | CorrectConversion | ReverseConversion, clock: SteppingClock) -> Any:  # noqa: ANN401 - of either kind
        """Correct or reverse one."""
        use_cases: dict[type, Any] = {
            CorrectCall: correct_call,
            CorrectConversion: correct_conversion,
            ReverseConversion: reverse_conversion,
        }
        return use_cases[type(command)](command, unit_of_work=self.store.unit_of_work, clock=clock, new_id=self.new_id)

    def kept(self, company_id: CompanyId) -> Kept:
        """Return all that is kept of a company; the directory's version every store counts as it likes."""
        with self.store.reading(company_id) as uow:
            directory = uow.directory.current()
            leads = uow.leads.search(LeadFilter(at=NOW), offset=0, limit=ALL).leads
            return Kept(
                directory=replace(directory, version=0),
                order=[*directory.schedules, *directory.offers, *directory.traffic_sources],
                contacts={caller: uow.contacts.find(caller) for caller in CALLERS},
                leads=leads,
                live=uow.leads.live_of(CALLERS),
                events={lead.id: uow.events.of_lead(lead.id) for lead in leads},
                submissions=uow.submissions.newest(limit=ALL),
                calls=uow.calls.search(CallFilter(), offset=0, limit=ALL).calls,
                conversions=uow.conversions.search(ConversionFilter(), offset=0, limit=ALL).conversions,
                counted=uow.rollups.counted(Quarter(0), Quarter(2**31 - 1)),
            )

    @contextmanager
    def _begin_and_lose(self, company_id: CompanyId) -> Iterator[UnitOfWork]:
        with self.store.unit_of_work(company_id) as uow:
            yield Doomed(uow)


class Wrapped:
    """A unit of work that something happens to at its commit."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.directory = uow.directory
        self.contacts = uow.contacts
        self.leads = uow.leads
        self.events = uow.events
        self.chain = uow.chain
        self.submissions = uow.submissions
        self.suppression = uow.suppression
        self.idempotency = uow.idempotency
        self.quotas = uow.quotas
        self.credentials = uow.credentials
        self.consents = uow.consents
        self.erasures = uow.erasures
        self.rollups = uow.rollups
        self.calls = uow.calls
        self.conversions = uow.conversions


class Doomed(Wrapped):
    """A unit of work whose commit never comes."""

    def commit(self) -> None:
        raise PowerCut


class Overtaken(Wrapped):
    """A unit of work that others want to come before, just as it commits."""

    def __init__(self, uow: UnitOfWork, others: Callable[[], object]) -> None:
        super().__init__(uow)
        self._uow = uow
        self._others = others

    def commit(self) -> None:
        self._others()
        self._uow.commit()


class Only:
    """An installation that shows some of its companies."""

    def __init__(self, installation: Installation, company_ids: Sequence[CompanyId]) -> None:
        self._installation = installation
        self._company_ids = company_ids

    def companies_with_due_leads(self, *, at: datetime) -> Sequence[CompanyId]:
        found = self._installation.companies_with_due_leads(at=at)
        return [company_id for company_id in found if company_id in self._company_ids]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else an installation has
        return getattr(self._installation, name)


# Mostly what can be enrolled; what cannot is refused before it gets anywhere interesting.
valid = (ADA.e164, "(202) 555-0143", BEN.e164, "1.202.555.0144", EVE.e164, "+44 20 7946 0018")
spellings = st.sampled_from([*valid * 3, "12", None])
texts = st.sampled_from(["kittens", "", "0", "O'Brien \\ %s :name", "caf\u00e9", "cafe\u0301 \U0001f431"])
seldom = st.sampled_from([False] * 9 + [True])
wishes: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        *[{}] * 8,
        {"opt_out": True},
        {"blocked": True},
        {"opt_out": True, "blocked": True},
        {"opt_out": True, "unblock_contact": True, "may_lift": True},
        {"test": True, "opt_out": True},
        {"opt_out": False, "may_lift": True},
        {"blocked": False, "may_lift": True},
        {"opt_out": False, "unblock_contact": True, "may_lift": True, "test": True},
        {"opt_out": False},
        {"unblock_contact": True},
        {"next_action_at": "2026-03-08 02:30:00"},
        {"next_action_at": "2026-03-02T10:00:00.25-05:00"},
        {"next_action_at": "tomorrow"},
        {"errors": (FieldError("invalid_parameter", "sub_id", "is too long"),)},
    ]
)
# Each beside any of the others: what they do together is told in docs/parameters.md.
flags = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from([True, False, False])
        for name in (
            "restart_schedule",
            "update_only",
            "expire_existing",
            "delete_existing",
            "update_all_matching_leads",
            "applies_to_calls",
            "test",
            "explain",
        )
    },
)
times: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "leaves_plan_in": st.sampled_from([timedelta(hours=1), timedelta(days=1)]),
        "max_contact_attempts": st.integers(1, 3),
        "schedule_callback_at": st.sampled_from(["2026-03-02 10:00:00", "soon"]),
        "callback_in": st.sampled_from([timedelta(), timedelta(seconds=90)]),
    },
)
rules = st.builds(
    OwnerRules,
    duplicate_timeframe=st.sampled_from([timedelta(), timedelta(), timedelta(minutes=5), timedelta(hours=1)]),
    duplicate_scope=st.sampled_from(DuplicateScope),
    rejects_same_source=seldom,
    phone_lengths=st.sampled_from([None, None, (10, 10)]),
    most_per_ip_a_day=st.sampled_from([None, None, 1, 2]),
    enforces_contact_fields=seldom,
)


@st.composite
def submissions(draw: st.DrawFn) -> EnrollLead:
    """Draw a submission without its receipt's token and company, which the program knows."""
    return EnrollLead(
        receipt=a_receipt(remote_ip=draw(st.sampled_from([None, "203.0.113.7"]))),
        caller_id=draw(spellings),
        tokens=draw(st.dictionaries(st.sampled_from(["interest", "email", "age"]), texts, max_size=2)),
        email=draw(st.sampled_from([None, "ada@example.com"])),
        traffic_source_id=draw(st.sampled_from([None, "1000", "1000", "1001", "9999", "kittens"])),
        sub_id=draw(st.sampled_from([None, "creative-A", "creative-B"])),
        expires_in=draw(st.sampled_from([None, timedelta(minutes=5), timedelta(days=1, microseconds=1)])),
        lead_priority=draw(st.sampled_from([None, Decimal("0.5"), Decimal("-3.1415")])),
        reach=draw(st.sampled_from([Reach.OWNER, Reach.OWNER, Reach.OFFER])),
        **{**draw(times), **draw(flags), **draw(wishes)},
    )


# The same few names and callers come back: that is where repeats and races are.
told_of_anything: dict[str, st.SearchStrategy[Any]] = {
    "external_id": st.sampled_from([None, "CA1", "CA1", "CA2", "CA3"]),
    "caller_id": spellings,
    "owner": st.sampled_from([None, None, *OWNERS, OwnerRef(OwnerKind.OFFER, 9)]),
    "revenue": st.sampled_from([None, "0", "1", "12.50", "12.5", "0.005"]),
    "payout": st.sampled_from([None, None, "0", "3.25", "-1"]),
}
moments = st.sampled_from([None, None, "2026-02-28 23:59:59", "2026-03-01T12:00:00Z", "soon", "2199-01-01"])
told_calls = st.builds(
    RecordCall,
    company_id=st.just(CompanyId(0)),
    started_at=moments,
    duration_seconds=st.sampled_from([None, 0, 61]),
    disposition=st.sampled_from([None, "sale", "no answer"]),
    is_connected=st.sampled_from([None, None, True, False]),
    tokens=st.dictionaries(st.sampled_from(["interest", "agent"]), texts, max_size=2),
    **told_of_anything,
)
told_conversions = st.builds(
    RecordConversion,
    company_id=st.just(CompanyId(0)),
    call_external_id=st.sampled_from([None, None, "CA1", "CA2", "CA9"]),
    kind=st.sampled_from([None, "sale"]),
    occurred_at=moments,
    **told_of_anything,
)
corrections: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "revenue": st.sampled_from(["0", "12.50", "99.99", "0.005"]),
        "payout": st.sampled_from(["0", "1"]),
        "duration_seconds": st.sampled_from([0, 61]),
        "started_at": st.sampled_from(["2026-02-28 12:00:00", "2026-03-01T12:14:59Z", "soon"]),
        "disposition": st.sampled_from([None, "sale", "busy"]),
        "is_connected": st.booleans(),
        "tokens": st.dictionaries(st.sampled_from(["interest", "agent"]), st.none() | texts, max_size=2),
    },
)
conversion_corrections: st.SearchStrategy[Any] = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "revenue": st.sampled_from(["0", "12.50", "99.99", "0.005"]),
        "payout": st.sampled_from(["0", "1"]),
        "occurred_at": st.sampled_from(["2026-02-28 12:00:00", "2026-03-01T12:14:59Z", "soon"]),
        "kind": st.just("sale"),
    },
)


class AdaptersAgree(RuleBasedStateMachine):
    """The same program on every store, in two companies that know nothing of each other."""

    def __init__(self, stores: dict[str, Store]) -> None:
        super().__init__()
        self.worlds = [World(name=name, store=store) for name, store in stores.items()]
        self.clock = SteppingClock()
        self.companies: list[CompanyId] = []
        self.tokens: dict[CompanyId, list[LeadTokenId]] = {}
        self.sent: dict[CompanyId, list[EnrollLead]] = {}
        self.opted_out: dict[CompanyId, set[PhoneNumber]] = {}
        self.touched: CompanyId | None = None

    def agreed(self, act: Callable[[World], Result]) -> Result | Refusal:
        """Do the same in every world and return what came of it, which must be the same everywhere."""
        results: list[Result | Refusal] = []
        for world in self.worlds:
            try:
                results.append(act(world))
            except Refusal as refusal:
                results.append(refusal)
        for world, result in zip(self.worlds[1:], results[1:], strict=True):
            assert result == results[0], f"{world.name} disagrees with {self.worlds[0].name}"
        return results[0]

    @initialize()
    def found_companies(self) -> None:
        for region, time_zone in (("US", "America/New_York"), ("GB", "Europe/London")):
            found = partial(_found, name=f"Company {new_id()}", region=region, time_zone=time_zone)
            company_id = self.agreed(found)
            assert not isinstance(company_id, Refusal)
            self.companies.append(company_id)
            self.sent[company_id] = []
            self.opted_out[company_id] = set()
            # The first is one that never was.
            self.tokens[company_id] = [a_lead_token().id]
            for owner in (*OWNERS, SCHEDULE):
                self._hand_out(company_id, owner)

    @rule(
        which=st.integers(0, 1),
        drawn=st.lists(st.tuples(submissions(), st.integers(0, 9)), min_size=1, max_size=4),
        is_cut_off=seldom,
    )
    def submit(self, which: int, drawn: list[tuple[EnrollLead, int]], *, is_cut_off: bool) -> None:
        tokens = self.tokens[self.companies[which]]
        named = [
            replace(command, receipt=replace(command.receipt, lead_token_id=tokens[place % len(tokens)]))
            for command, place in drawn
        ]
        self._submit(self.companies[which], named, is_cut_off=is_cut_off)

    @rule(which=st.integers(0, 1), places=st.lists(st.integers(0, 99), min_size=1, max_size=4), is_cut_off=seldom)
    def submit_again(self, which: int, places: list[int], *, is_cut_off: bool) -> None:
        if sent := self.sent[self.companies[which]]:
            self._submit(self.companies[which], [sent[place % len(sent)] for place in places], is_cut_off=is_cut_off)

    @rule(
        which=st.integers(0, 1),
        owner=st.sampled_from(OWNERS),
        place=st.integers(0, 9),
        what=st.sampled_from(["owner", "owner", "source", "revoke", "hand out"]),
        is_paused=st.booleans(),
    )
    def set_up(self, which: int, owner: OwnerRef, place: int, what: str, *, is_paused: bool) -> None:
        company_id = self.companies[which]
        paused_at = self.clock() if is_paused else None
        token_id = self.tokens[company_id][place % len(self.tokens[company_id])]
        if what == "owner" and owner.kind is OwnerKind.SCHEDULE:
            self._change(company_id, partial(_pause_schedule, ScheduleId(owner.id), paused_at, is_strict=place == 0))
        elif what == "owner":
            self._change(company_id, partial(_pause_offer, OfferId(owner.id), paused_at, is_strict=place == 0))
        elif what == "source":
            source_id = TrafficSourceId(FIRST_TRAFFIC_SOURCE + place % 2)
            self._change(company_id, partial(_pause_source, source_id, paused_at))
        elif what == "revoke":
            self._change(company_id, lambda uow: uow.directory.revoke_lead_token(token_id, at=self.clock()))
        else:
            self._hand_out(company_id, owner)

    @rule(which=st.integers(0, 1), owner=st.sampled_from(OWNERS), given=rules)
    def set_rules(self, which: int, owner: OwnerRef, given: OwnerRules) -> None:
        self._change(self.companies[which], partial(_rule, owner, given))

    @rule(which=st.integers(0, 1), caller=st.sampled_from(CALLERS), place=st.integers(0, 1), is_added=st.booleans())
    def suppress(self, which: int, caller: PhoneNumber, place: int, *, is_added: bool) -> None:
        list_id = SuppressionListId(place + 1)

        def suppress(uow: UnitOfWork) -> None:
            if is_added:
                uow.suppression.add(list_id, [caller], at=self.clock())
            else:
                uow.suppression.remove(list_id, [caller])

        self._change(self.companies[which], suppress)

    @rule(which=st.integers(0, 1), drawn=submissions(), owner=st.sampled_from(OWNERS), caller=st.sampled_from(CALLERS))
    def opt_out_while_a_lead_is_under_way(
        self, which: int, drawn: EnrollLead, owner: OwnerRef, caller: PhoneNumber
    ) -> None:
        """The lead is decided and not yet committed when the opt-out of its caller comes in."""
        company_id = self.companies[which]
        token_id = self.tokens[company_id][1 + OWNERS.index(owner)]
        drawn = replace(drawn, caller_id=caller.e164, receipt=replace(drawn.receipt, lead_token_id=token_id))
        lead, wish = self._received(company_id, [drawn, replace(_a_wish(drawn), opt_out=True)])
        self.touched = company_id
        decisions = self.agreed(lambda world: world.race(lead, wish, self.clock))
        assert not isinstance(decisions, Refusal)
        self._note(company_id, [lead, wish], decisions)

    @rule(which=st.integers(0, 1), told=st.lists(told_calls, min_size=1, max_size=3), is_cut_off=seldom)
    def record_calls(self, which: int, told: list[RecordCall], *, is_cut_off: bool) -> None:
        self._record(self.companies[which], told, is_cut_off=is_cut_off)

    @rule(which=st.integers(0, 1), told=st.lists(told_conversions, min_size=1, max_size=3), is_cut_off=seldom)
    def record_conversions(self, which: int, told: list[RecordConversion], *, is_cut_off: bool) -> None:
        self._record(self.companies[which], told, is_cut_off=is_cut_off)

    @rule(which=st.integers(0, 1), place=st.integers(0, 9), data=corrections)
    def correct_a_call(self, which: int, place: int, data: Any) -> None:  # noqa: ANN401 - a TypedDict
        company_id = self.companies[which]
        calls = self.worlds[0].kept(company_id).calls
        if calls:
            call_id = calls[place % len(calls)].id
            self._correct(CorrectCall(company_id=company_id, call_id=call_id, data=data, api_key_id=None))

    @rule(which=st.integers(0, 1), place=st.integers(0, 9), data=conversion_corrections)
    def correct_or_reverse_a_conversion(self, which: int, place: int, data: Any) -> None:  # noqa: ANN401 - likewise
        company_id = self.companies[which]
        conversions = self.worlds[0].kept(company_id).conversions
        if conversions:
            whose: dict[str, Any] = {
                "company_id": company_id,
                "conversion_id": conversions[place % len(conversions)].id,
                "api_key_id": None,
            }
            self._correct(ReverseConversion(**whose) if data is None else CorrectConversion(**whose, data=data))

    @rule()
    def due_leads_expire(self) -> None:
        # Both companies change; the one that is not looked at now is looked at when it is next touched.
        self.touched = self.companies[0]
        count = self.agreed(lambda world: world.expire(self.companies, self.clock))
        assert not isinstance(count, Refusal)
        with self.worlds[0].store.reading(self.companies[0]) as uow:
            assert uow.leads.due_to_expire(at=self.clock(), limit=ALL) == []

    @rule(minutes=st.sampled_from([0.001, 4, 5, 60, 24 * 60]))
    def time_passes(self, minutes: float) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @rule(
        which=st.integers(0, 1),
        caller=st.none() | st.sampled_from(CALLERS),
        owner=st.none() | st.sampled_from(OWNERS),
        statuses=st.none() | st.frozensets(st.sampled_from([*LIVE, LeadStatus.EXPIRED, LeadStatus.OPT_OUT])),
        offset=st.integers(0, 3),
        limit=st.integers(0, 4),
    )
    def look(
        self,
        which: int,
        *,
        caller: PhoneNumber | None,
        owner: OwnerRef | None,
        statuses: frozenset[LeadStatus] | None,
        offset: int,
        limit: int,
    ) -> None:
        wanted = LeadFilter(caller=caller, owner=owner, statuses=statuses, at=self.clock())

        def look(world: World) -> LeadPage:
            with world.store.reading(self.companies[which]) as uow:
                return uow.leads.search(wanted, offset=offset, limit=limit)

        page = self.agreed(look)
        assert not isinstance(page, Refusal)
        if statuses is not None:
            assert {lead.seen(at=wanted.at).status for lead in page.leads} <= statuses

    @invariant()
    def all_keep_the_same_and_no_promise_is_broken(self) -> None:
        if self.touched is None:
            return
        company_id, self.touched = self.touched, None
        kept = self.agreed(lambda world: world.kept(company_id))
        assert not isinstance(kept, Refusal)
        live = [lead for lead in kept.leads if lead.is_live]
        left_alone = {contact.caller for contact in kept.contacts.values() if contact and contact.refusal()}
        assert not left_alone & {lead.caller for lead in live}
        assert all(lead.callback_at is None and lead.next_action_at is None for lead in kept.leads if not lead.is_live)
        assert len({(lead.caller, lead.owner) for lead in live}) == len(live)
        assert {lead.id for lead in kept.live} == {lead.id for lead in live}
        opted_out = {contact.caller for contact in kept.contacts.values() if contact and contact.opted_out_at}
        assert opted_out == self.opted_out[company_id]
        # Newest first, and one for each command: accepted or refused, nothing is gone and nothing is twice.
        sent = [command.receipt for command in self.sent[company_id]]
        assert [submission.receipt for submission in kept.submissions] == sent[::-1]
        for lead in kept.leads:
            own = [event for event in kept.events[lead.id] if event.kind.value.startswith("lead.")]
            assert [event.lead_version for event in own] == list(range(1, lead.version + 1))
        assert of_results(kept.counted) == recounted(kept.calls, kept.conversions)
        for recorded in (kept.calls, kept.conversions):
            names = [one.external_id for one in recorded if one.external_id is not None]
            assert len(set(names)) == len(names)

    def _submit(self, company_id: CompanyId, drawn: Sequence[EnrollLead], *, is_cut_off: bool) -> None:
        commands = self._received(company_id, drawn)

        def enroll(world: World) -> Sequence[Decision]:
            with suppress(PowerCut):
                return world.enroll(commands, self.clock, is_cut_off=is_cut_off)
            return ()

        self.touched = company_id
        decisions = self.agreed(enroll)
        assert not isinstance(decisions, Refusal)
        if not is_cut_off:
            self._note(company_id, commands, decisions)

    def _record(
        self,
        company_id: CompanyId,
        told: Sequence[RecordCall] | Sequence[RecordConversion],
        *,
        is_cut_off: bool,
    ) -> None:
        own: Any = [replace(each, company_id=company_id) for each in told]

        def record(world: World) -> Sequence[Recording[Any]]:
            with suppress(PowerCut):
                return world.record(own, self.clock, is_cut_off=is_cut_off)
            return ()

        self.touched = company_id
        recordings = self.agreed(record)
        assert not isinstance(recordings, Refusal)
        for recording in recordings:
            assert (recording.refusal is None) == (recording.one is not None)

    def _correct(self, command: CorrectCall | CorrectConversion | ReverseConversion) -> None:
        self.touched = command.company_id
        self.agreed(lambda world: world.correct(command, self.clock))

    def _received(self, company_id: CompanyId, drawn: Sequence[EnrollLead]) -> list[EnrollLead]:
        """Return the commands, each with a receipt of its own."""
        return [
            replace(
                command,
                receipt=replace(
                    command.receipt, id=SubmissionId(new_id()), company_id=company_id, received_at=self.clock()
                ),
            )
            for command in drawn
        ]

    def _note(self, company_id: CompanyId, commands: Sequence[EnrollLead], decisions: Sequence[Decision]) -> None:
        """Keep in mind what was sent, and who wants no contact."""
        self.sent[company_id] += commands
        for decision in decisions:
            assert (decision.refusal is not None) == (decision.outcome is Outcome.REFUSED)
            assert bool(decision.trace) == decision.command.explain
            if decision.outcome is Outcome.OPTED_OUT and decision.contact:
                self.opted_out[company_id].add(decision.contact.caller)
            for event in decision.events:
                if event.kind is EventKind.CONTACT_OPT_OUT_LIFTED:
                    self.opted_out[company_id].discard(event.caller)

    def _hand_out(self, company_id: CompanyId, owner: OwnerRef) -> None:
        token = a_lead_token(company_id=company_id, owner_kind=owner.kind, owner_id=owner.id, created_at=self.clock())
        self.tokens[company_id].append(token.id)
        self._change(company_id, lambda uow: uow.directory.add_lead_token(token))

    def _change(self, company_id: CompanyId, change: Callable[[UnitOfWork], object]) -> None:
        self.touched = company_id
        self.agreed(lambda world: world.change(company_id, change))


def _a_wish(command: EnrollLead) -> EnrollLead:
    """Return an empty submission of the same caller to the same owner."""
    return EnrollLead(receipt=command.receipt, caller_id=command.caller_id, tokens={})


def _rule(owner: OwnerRef, given: OwnerRules, uow: UnitOfWork) -> None:
    directory = uow.directory.current()
    if owner.kind is OwnerKind.SCHEDULE:
        uow.directory.save_schedule(replace(directory.schedules[ScheduleId(owner.id)], rules=given))
    else:
        uow.directory.save_offer(replace(directory.offers[OfferId(owner.id)], rules=given))


def _pause_schedule(schedule_id: ScheduleId, paused_at: datetime | None, uow: UnitOfWork, *, is_strict: bool) -> None:
    schedule = uow.directory.current().schedules[schedule_id]
    uow.directory.save_schedule(replace(schedule, paused_at=paused_at, requires_traffic_source=is_strict))


def _pause_offer(offer_id: OfferId, paused_at: datetime | None, uow: UnitOfWork, *, is_strict: bool) -> None:
    offer = uow.directory.current().offers[offer_id]
    uow.directory.save_offer(replace(offer, paused_at=paused_at, requires_traffic_source=is_strict))


def _pause_source(source_id: TrafficSourceId, paused_at: datetime | None, uow: UnitOfWork) -> None:
    source = uow.directory.current().traffic_sources[source_id]
    uow.directory.save_traffic_source(replace(source, paused_at=paused_at))


def _found(world: World, *, name: str, region: str, time_zone: str) -> CompanyId:
    """Found a company with an offer and two schedules of it, one of them without a plan, two sources and two lists."""
    company = world.store.installation.add_company(name=name, region=region, time_zone=time_zone)

    def set_up(uow: UnitOfWork) -> None:
        offer = uow.directory.add_offer(name="Solar roofs")
        uow.directory.add_contact_field(a_contact_field(company_id=company.id, key="age", required=True))
        uow.directory.add_suppression_list(name="Complaints")
        uow.directory.add_suppression_list(name="Customers", offer_id=offer.id)
        uow.directory.add_schedule(
            name="Call at once",
            actions=(Action("Call", ActionKind.CALL),),
            end_actions=(Action("Say goodbye", ActionKind.EMAIL),),
            offer_id=offer.id,
        )
        uow.directory.add_schedule(name="No plan yet", actions=(), offer_id=offer.id)
        for source in ("Kitten banners", "Dog banners"):
            uow.directory.add_traffic_source(name=source)

    world.change(company.id, set_up)
    return company.id


@pytest.fixture(scope="module")
def stores(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Postgres, postgres_template: str
) -> Iterator[dict[str, Store]]:
    """Lend one store of each kind, with the same numbers still to give; each program founds its own companies."""
    name = f"programs_{uuid4().hex}"
    sqlite_url = f"sqlite:///{tmp_path_factory.mktemp('programs')}/programs.db"
    postgres_url = postgres_server.create_database(name, template=postgres_template)
    with closing(SqlStore(sqlite_url)) as sqlite, closing(SqlStore(postgres_url)) as postgres:
        sqlite.migrate()
        yield {"memory": MemoryStore(), "SQLite": sqlite, "PostgreSQL": postgres}
    postgres_server.drop_database(name)


@pytest.mark.timeout(3600)  # the thorough profile takes its time, and so does a failure on its way to a small example
def test_every_store_tells_and_keeps_the_same(stores: dict[str, Store]) -> None:
    """Suites run in memory, small businesses on SQLite, large ones on PostgreSQL: all must be one product."""
    profile = settings.default
    assert profile is not None
    run_state_machine_as_test(
        lambda: AdaptersAgree(stores),  # type: ignore[arg-type]  # a factory is welcome, its annotation is narrower
        settings=settings(
            stateful_step_count=max(20, profile.max_examples // 20),
            # A step takes milliseconds, not microseconds: explaining a failure would take longer than finding it.
            phases=[phase for phase in Phase if phase is not Phase.explain],
        ),
    )
