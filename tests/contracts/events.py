"""What an event log promises: facts stay as they were said, in their order."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.event import EventKind
from leadintake.domain.lead import LeadId

from tests.contracts.store import StoreContract
from tests.support.builders import ADA, BEN, EVE, MINUTE, NOW, Builder, an_event, new_id
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.event import Event

    from tests.contracts.store import Begin


def append(begin: Begin, *events: Event) -> None:
    """Keep these facts."""
    with begin() as uow:
        uow.events.append_all(events)
        uow.commit()


def told(begin: Begin, lead_id: LeadId) -> Sequence[Event]:
    """Return the lead's facts."""
    with begin() as uow:
        return uow.events.of_lead(lead_id)


class EventContract(StoreContract):
    """`EventLog`."""

    @pytest.fixture
    def lead_id(self) -> LeadId:
        return LeadId(new_id())

    @pytest.fixture
    def event(self, company: Company, lead_id: LeadId) -> Builder[Event]:
        """Build facts about one lead of the test's company."""
        return lambda **fields: an_event(**{"company_id": company.id, "lead_id": lead_id, **fields})

    def test_lead_without_events_has_none(self, begin: Begin, lead_id: LeadId) -> None:
        assert told(begin, lead_id) == []

    def test_events_come_back_as_they_were_kept_oldest_first(
        self, begin: Begin, event: Builder[Event], lead_id: LeadId
    ) -> None:
        facts = [
            event(kind=kind, lead_version=version, at=NOW + version * MINUTE) for version, kind in enumerate(EventKind)
        ]

        append(begin, *facts[:3])
        append(begin, *facts[3:])

        assert told(begin, lead_id) == facts

    def test_events_of_others_are_not_the_leads(self, begin: Begin, event: Builder[Event], lead_id: LeadId) -> None:
        mine = event()

        append(begin, event(lead_id=LeadId(new_id())), mine, event(lead_id=None, lead_version=None))

        assert told(begin, lead_id) == [mine]

    def test_facts_about_a_contact_are_found_by_the_caller_oldest_first(
        self, begin: Begin, event: Builder[Event]
    ) -> None:
        """An opt-out may be older than any lead; nobody could find it by a lead's id."""
        about_contact = {"lead_id": None, "lead_version": None}
        first, second = event(**about_contact), event(kind=EventKind.CONTACT_BLOCKED, **about_contact)

        append(begin, second, event(), event(caller=BEN, **about_contact), first)

        with begin() as uow:
            assert uow.events.of_contact(ADA) == [first, second]
            assert uow.events.of_contact(EVE) == []

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_details_are_kept_to_the_letter(
        self, begin: Begin, event: Builder[Event], lead_id: LeadId, text: str
    ) -> None:
        details: Any = {"sub_id": text, text: None, "nested": {"deep": [text, 1, 2.5, True, None, {}, []]}}

        append(begin, event(details=details))

        assert [fact.details for fact in told(begin, lead_id)] == [details]

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(
        self, begin: Begin, event: Builder[Event], lead_id: LeadId, at: datetime
    ) -> None:
        append(begin, event(at=at))

        [fact] = told(begin, lead_id)
        assert fact.at == at.astimezone(UTC)
        assert fact.at.tzinfo is UTC

    def test_details_share_nothing_with_the_store(self, begin: Begin, event: Builder[Event], lead_id: LeadId) -> None:
        details: Any = {"tokens": ["interest"]}
        append(begin, event(details=details))

        details["tokens"].append("age")
        handed_out: Any = told(begin, lead_id)[0].details
        handed_out["tokens"].append("income")

        assert told(begin, lead_id)[0].details == {"tokens": ["interest"]}

    def test_nothing_to_keep_is_no_fault(self, begin: Begin) -> None:
        append(begin)

    def test_fact_about_nobody_comes_back_without_a_caller(self, begin: Begin, company: Company) -> None:
        """A leaked credential is a fact, and nobody's contact."""
        fact = an_event(
            company_id=company.id, kind=EventKind.LEAD_TOKEN_LEAKED, caller=None, lead_id=None, lead_version=None
        )
        append(begin, fact)

        with begin() as uow:
            assert uow.events.of_contacts_since(EventKind.LEAD_TOKEN_LEAKED, NOW) == [fact]
            assert uow.events.of_contact(ADA) == []

    def test_facts_about_contacts_are_found_by_kind_and_time(self, begin: Begin, company: Company) -> None:
        own: dict[str, Any] = {"company_id": company.id, "lead_id": None, "lead_version": None}
        opted_out = [
            an_event(kind=EventKind.CONTACT_OPTED_OUT, caller=caller, at=NOW + age * MINUTE, **own)
            for age, caller in enumerate((ADA, BEN, EVE))
        ]
        append(begin, *opted_out, an_event(kind=EventKind.CONTACT_BLOCKED, at=NOW + MINUTE, **own))
        append(begin, an_event(company_id=company.id, kind=EventKind.CONTACT_OPTED_OUT, at=NOW + MINUTE))

        with begin() as uow:
            assert uow.events.of_contacts_since(EventKind.CONTACT_OPTED_OUT, NOW + MINUTE) == opted_out[1:]
