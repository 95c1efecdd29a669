"""docs/parameters.md is true on every store: each row of its tables is played, and comes out as it says."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.sql.store import SqlStore
from leadintake.domain.claims import Reach
from leadintake.domain.contact_field import FieldType
from leadintake.domain.owner import Action, ActionKind, OfferId, OwnerKind, OwnerRef, ScheduleId
from leadintake.domain.owner_rules import NO_RULES, DuplicateScope, OwnerRules
from leadintake.domain.submission import Outcome, SubmissionId
from leadintake.domain.use_cases.enroll_leads import enroll_leads
from leadintake.entrypoints.schemas.platform_fields import load_platform_fields

from tests.docs.documents import document
from tests.support.apps import KEYRING
from tests.support.builders import (
    ADA,
    BEN,
    OTHER_SCHEDULE,
    SCHEDULE,
    CountingIds,
    SteppingClock,
    a_contact_field,
    a_lead_token,
    a_receipt,
    an_enroll_lead,
    new_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadintake.domain.company import Company
    from leadintake.domain.contact import Contact
    from leadintake.domain.decision import Decision
    from leadintake.domain.lead import Lead
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import UnitOfWork

    from tests.contracts.store import Store

pytestmark = pytest.mark.xdist_group("postgres_stores")

PAGE = document("docs/parameters.md")
SECTIONS = (
    "Which lead is meant",
    "What is put away first",
    "Duplicates",
    "Opt-outs, blocks and suppression",
    "Limits and contact fields",
)
ELSEWHERE = OwnerRef(OwnerKind.SCHEDULE, 3)
PLACES = {"": SCHEDULE, "other": OTHER_SCHEDULE, "elsewhere": ELSEWHERE}
HOUR = timedelta(hours=1)
RULES = {
    "–": NO_RULES,
    "1 h": OwnerRules(duplicate_timeframe=HOUR),
    "1 h, company": OwnerRules(duplicate_timeframe=HOUR, duplicate_scope=DuplicateScope.COMPANY),
    "same source": OwnerRules(rejects_same_source=True),
    "1 per address": OwnerRules(most_per_ip_a_day=1),
    "fields": OwnerRules(enforces_contact_fields=True),
}
OLD_DATA = {"data": "old"}
NEW_DATA = {"data": "new"}

_SPAN = re.compile(r"`([^`]+)`")
_LEAD = re.compile(r"(\*\*)?`(\w+)`(?:\*\*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the tables."""

    before: str
    rules: str
    sent: tuple[str, ...]
    is_with_key: bool
    answer: str
    afterwards: Mapping[OwnerRef, Sequence[tuple[str, bool]]]

    @property
    def id(self) -> str:
        """Return what tells this row from the others."""
        return " | ".join((self.before, self.rules, ", ".join((*self.sent, *["API key"] * self.is_with_key))))


def rows() -> Iterator[Row]:
    """Yield every row of the page."""
    for section in SECTIONS:
        for before, rules, sent, answer, afterwards in PAGE.table(section):
            yield Row(
                before=before,
                rules=rules,
                sent=tuple(_SPAN.findall(sent)),
                is_with_key="API key" in sent,
                answer=answer.strip("`"),
                afterwards=dict(map(_leads, afterwards.split(";"))),
            )


def _leads(text: str) -> tuple[OwnerRef, list[tuple[str, bool]]]:
    """Return the leads of one place: status, and whether the data that was sent is on it."""
    place, colon, leads = text.rpartition(":")
    return PLACES[place.strip() if colon else ""], [(found[2], found[1] is not None) for found in _LEAD.finditer(leads)]


class Scene:
    """A company of its own in a store, with two schedules of one offer and one that stands alone."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = SteppingClock()
        self.new_id = CountingIds()
        name = f"Company {new_id()}"
        self.company: Company = store.installation.add_company(name=name, region="US", time_zone="UTC")
        self.tokens = {
            owner: a_lead_token(company_id=self.company.id, owner_kind=owner.kind, owner_id=owner.id)
            for owner in PLACES.values()
        }
        with store.unit_of_work(self.company.id) as uow:
            uow.directory.add_offer(name="Solar roofs")
            for name, offer_id in (("Call", OfferId(1)), ("Text", OfferId(1)), ("Mail", None)):
                uow.directory.add_schedule(
                    name=name,
                    actions=[Action("Call", ActionKind.CALL)],
                    end_actions=[Action("Say goodbye", ActionKind.EMAIL)],
                    offer_id=offer_id,
                )
            for name in ("Kitten banners", "Dog banners"):
                uow.directory.add_traffic_source(name=name)
            for token in self.tokens.values():
                uow.directory.add_lead_token(token)
            uow.directory.add_suppression_list(name="Complaints")
            uow.directory.add_contact_field(
                a_contact_field(company_id=self.company.id, type=FieldType.ZIP, required=True)
            )
            uow.commit()

    def submit(self, owner: OwnerRef = SCHEDULE, *, caller: PhoneNumber = ADA, **fields: Any) -> Decision:  # noqa: ANN401 - any field of the command
        """Submit one lead and return the decision."""
        receipt = a_receipt(
            id=SubmissionId(new_id()),
            company_id=self.company.id,
            lead_token_id=self.tokens[owner].id,
            received_at=self.clock(),
        )
        command = an_enroll_lead(**{"receipt": receipt, "caller_id": caller.e164, "tokens": OLD_DATA, **fields})
        [decision] = enroll_leads(
            [command], unit_of_work=self.store.unit_of_work, keyring=KEYRING, clock=self.clock, new_id=self.new_id
        )
        return decision

    def rule(self, rules: OwnerRules) -> None:
        """Give the schedule its rules."""
        with self.store.unit_of_work(self.company.id) as uow:
            schedule = uow.directory.current().schedules[ScheduleId(1)]
            uow.directory.save_schedule(replace(schedule, rules=rules))
            uow.commit()

    def leads(self) -> Sequence[Lead]:
        """Return all Ada's leads, oldest first."""
        with self.store.reading(self.company.id) as uow:
            return uow.leads.of_callers([ADA])

    def contact(self) -> Contact | None:
        """Return what is kept of Ada."""
        with self.store.reading(self.company.id) as uow:
            return uow.contacts.find(ADA)

    def told(self, uow: UnitOfWork) -> list[list[int | None]]:
        """Return the versions that the events tell of, by lead."""
        return [[event.lead_version for event in uow.events.of_lead(lead.id)] for lead in self.leads()]

    def set_out(self, before: str) -> None:
        """Bring about what the column "Before" says; ten minutes go by."""
        known: dict[str, Any] = {"traffic_source_id": "1000"}
        if before in {"live", "old", "both"}:
            self.submit(**known)
        if before in {"in the offer", "both"}:
            self.submit(OTHER_SCHEDULE, **known)
        if before == "elsewhere":
            self.submit(ELSEWHERE, **known)
        if before in {"overdue", "ended"}:
            self.submit(**known, expires_in=timedelta(minutes=10))
        if before == "past its plan":
            self.submit(**known, leaves_plan_in=timedelta(minutes=10))
        if before == "busy address":
            self.submit(caller=BEN)
        if before in {"opted out", "blocked"}:
            self.submit(opt_out=before == "opted out" or None, blocked=before == "blocked" or None)
        if before == "suppressed":
            with self.store.unit_of_work(self.company.id) as uow:
                [each] = uow.directory.current().suppression_lists
                uow.suppression.add(each, [ADA], at=self.clock())
                uow.commit()
        self.clock.advance(timedelta(hours=2) if before == "old" else timedelta(minutes=10))
        if before == "ended":
            # Whoever comes by notes it.
            self.submit(update_only=True)


@pytest.fixture(scope="module", params=["memory", "SQLite", "PostgreSQL"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    is_sqlite = request.param == "SQLite"
    url = (
        f"sqlite:///{request.getfixturevalue('sqlite_file')}"
        if is_sqlite
        else request.getfixturevalue("postgres_shared_url")
    )
    with closing(SqlStore(url)) as sql:
        yield sql


def sent(row: Row) -> dict[str, Any]:
    """Return the fields of the command that the row's parameters are read into."""
    named = [text.partition("=") for text in row.sent]
    platform = {name: value or "true" for name, _, value in named if name not in {"create_or_update", "zip"}}
    loaded = load_platform_fields(platform)
    assert loaded.errors == ()
    return {
        **loaded.values,
        "tokens": NEW_DATA | {name: value for name, _, value in named if name == "zip"},
        "reach": Reach.OFFER if "create_or_update" in row.sent else Reach.OWNER,
        "may_lift": row.is_with_key,
    }


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in rows()])
def test_row_comes_out_as_the_page_says(store: Store, row: Row) -> None:
    scene = Scene(store)
    # A limit counts what began since there is one; every other rule also holds for what was there before.
    if row.rules == "1 per address":
        scene.rule(RULES[row.rules])
    scene.set_out(row.before)
    scene.rule(RULES[row.rules])
    before, contact = scene.leads(), scene.contact()

    decision = scene.submit(**sent(row))

    leads = scene.leads()
    found: dict[OwnerRef, list[tuple[str, bool]]] = {owner: [] for owner in row.afterwards}
    for lead in leads:
        found.setdefault(lead.owner, []).append((lead.status.value, lead.tokens["data"] == "new"))
    assert (decision.refusal.code if decision.refusal else decision.outcome.value) == row.answer
    assert found == row.afterwards
    if decision.refusal is not None or decision.outcome is Outcome.TEST:
        assert (leads, scene.contact()) == (before, contact)
    if decision.lead is not None and decision.outcome is not Outcome.TEST:
        assert decision.lead in leads
    with store.reading(scene.company.id) as uow:
        assert scene.told(uow) == [list(range(1, lead.version + 1)) for lead in leads]
        assert [submission.outcome for submission in uow.submissions.newest(limit=1)] == [decision.outcome]


def test_no_row_stands_twice() -> None:
    ids = [row.id for row in rows()]

    assert len(ids) > 100
    assert sorted(set(ids)) == sorted(ids)
