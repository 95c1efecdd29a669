"""What a unit of work promises: all or nothing, one company, nobody's changes before their commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import pytest

from leadintake.domain.company import CompanyId
from leadintake.domain.credential import LeadTokenId, Reveal
from leadintake.domain.errors import NotFound, StaleWrite
from leadintake.domain.idempotency import IdempotencyKey
from leadintake.domain.lead import LeadId
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.ports import LeadFilter, UnitOfWork
from leadintake.domain.posting_page import PostingPage, PostingPageId
from leadintake.domain.user import UserId

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import (
    ADA,
    BEN,
    NOW,
    SCHEDULE,
    a_contact,
    a_contact_field,
    a_lead,
    a_lead_token,
    a_receipt,
    a_submission,
    a_user,
    an_api_key,
    an_event,
    an_idempotency_record,
    new_id,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import Company

    from tests.contracts.store import Begin, Store


TOKEN = LeadTokenId(new_id())
KEY = IdempotencyKey(SCHEDULE, "leads", b"digest")


class LostItsWayError(Exception):
    """Something goes wrong in the middle of a unit."""


def a_page(company_id: CompanyId, lead_id: LeadId) -> PostingPage:
    """Return a posting page whose address no other test has."""
    return PostingPage(id=PostingPageId(lead_id.hex), company_id=company_id, owner=SCHEDULE, switched_on_at=NOW)


def a_reveal(company_id: CompanyId) -> Reveal:
    """Return a reveal of one and the same token."""
    return Reveal(id=new_id(), company_id=company_id, lead_token_id=TOKEN, user_id=UserId(new_id()), revealed_at=NOW)


def write_everywhere(uow: UnitOfWork, company_id: CompanyId, lead_id: LeadId) -> None:
    """Write one row of every kind, the lead's under that id."""
    lead = a_lead(company_id=company_id, id=lead_id)
    uow.contacts.save_all(uow.contacts.claim({ADA}, at=NOW).values())
    uow.leads.add_all([lead])
    uow.events.append_all([an_event(company_id=company_id, lead_id=lead.id)])
    uow.submissions.append_all([a_submission(receipt=a_receipt(company_id=company_id))])
    uow.directory.add_schedule(name="Call at once", actions=())
    uow.directory.add_offer(name="Solar roofs")
    uow.directory.add_traffic_source(name="Kitten banners")
    uow.directory.add_lead_token(a_lead_token(company_id=company_id))
    uow.directory.add_api_key(an_api_key(company_id=company_id))
    uow.directory.add_user(a_user(company_id=company_id))
    uow.directory.switch_posting_page_on(a_page(company_id, lead_id))
    uow.credentials.note_reveal(a_reveal(company_id))
    uow.directory.add_contact_field(a_contact_field(company_id=company_id))
    suppression_list = uow.directory.add_suppression_list(name="Complaints")
    uow.suppression.add(suppression_list.id, [ADA], at=NOW)
    uow.idempotency.append_all([an_idempotency_record(company_id=company_id, key=KEY)])


def count_everything(uow: UnitOfWork, lead_id: LeadId) -> Sequence[int]:
    """Return how many rows of each kind there are."""
    directory = uow.directory.current()
    return [
        int(uow.contacts.find(ADA) is not None),
        int(uow.leads.find(lead_id) is not None),
        len(uow.leads.live_of([ADA])),
        uow.leads.search(LeadFilter(at=NOW), offset=0, limit=10).total_count,
        len(uow.events.of_lead(lead_id)),
        len(uow.submissions.newest(limit=10)),
        len(directory.schedules),
        len(directory.offers),
        len(directory.traffic_sources),
        len(directory.lead_tokens),
        len(uow.directory.lead_tokens_of(SCHEDULE)),
        len(uow.directory.api_keys()),
        len(uow.directory.users()),
        int(uow.directory.find_posting_page(SCHEDULE) is not None),
        len(uow.credentials.reveals(TOKEN, limit=10)),
        len(directory.contact_fields),
        len(directory.suppression_lists),
        len(uow.suppression.suppressed([ADA])),
        len(uow.idempotency.find_all([KEY])),
    ]


ForeignWrite: TypeAlias = Callable[[UnitOfWork, CompanyId, LeadId], None]

FOREIGN_WRITES: Mapping[str, ForeignWrite] = MappingProxyType(
    {
        "contact": lambda uow, other, _: uow.contacts.save_all([a_contact(company_id=other)]),
        "lead": lambda uow, other, lead_id: uow.leads.add_all([a_lead(company_id=other, id=lead_id)]),
        "event": lambda uow, other, lead_id: uow.events.append_all([an_event(company_id=other, lead_id=lead_id)]),
        "submission": lambda uow, other, _: uow.submissions.append_all(
            [a_submission(receipt=a_receipt(company_id=other))]
        ),
        "lead_token": lambda uow, other, _: uow.directory.add_lead_token(a_lead_token(company_id=other)),
        "api_key": lambda uow, other, _: uow.directory.add_api_key(an_api_key(company_id=other)),
        "user": lambda uow, other, _: uow.directory.add_user(a_user(company_id=other)),
        "changed_user": lambda uow, other, _: uow.directory.save_user(a_user(company_id=other)),
        "posting_page": lambda uow, other, lead_id: uow.directory.switch_posting_page_on(a_page(other, lead_id)),
        "reveal": lambda uow, other, _: uow.credentials.note_reveal(a_reveal(other)),
        "contact_field": lambda uow, other, _: uow.directory.add_contact_field(a_contact_field(company_id=other)),
        "idempotency_record": lambda uow, other, _: uow.idempotency.append_all(
            [an_idempotency_record(company_id=other, key=KEY)]
        ),
    }
)

NOTHING = [0] * 19
EVERYTHING = [1] * 19


class UnitOfWorkContract(StoreContract):
    """`UnitOfWork`."""

    @pytest.fixture
    def lead_id(self) -> LeadId:
        return LeadId(new_id())

    def test_commit_keeps_everything(self, begin: Begin, company: Company, lead_id: LeadId) -> None:
        with begin() as uow:
            write_everywhere(uow, company.id, lead_id)
            uow.commit()

        with begin() as uow:
            assert count_everything(uow, lead_id) == EVERYTHING

    def test_leaving_without_commit_forgets_everything(self, begin: Begin, company: Company, lead_id: LeadId) -> None:
        with begin() as uow:
            write_everywhere(uow, company.id, lead_id)

        with begin() as uow:
            assert count_everything(uow, lead_id) == NOTHING

    def test_exception_forgets_everything_and_goes_on(self, begin: Begin, company: Company, lead_id: LeadId) -> None:
        """A fault half way must neither store half a lead nor be swallowed."""

        def lose_the_way() -> None:
            with begin() as uow:
                write_everywhere(uow, company.id, lead_id)
                raise LostItsWayError

        with pytest.raises(LostItsWayError):
            lose_the_way()

        with begin() as uow:
            assert count_everything(uow, lead_id) == NOTHING

    def test_refused_write_forgets_the_whole_unit(self, begin: Begin, company: Company, lead_id: LeadId) -> None:
        """A unit that met another one has written nothing, so trying again is right."""

        def meet_another() -> None:
            with begin() as uow:
                write_everywhere(uow, company.id, lead_id)
                uow.leads.save_all([(a_lead(company_id=company.id, caller=BEN), 1)])
                uow.commit()

        with pytest.raises(StaleWrite):
            meet_another()

        with begin() as uow:
            assert count_everything(uow, lead_id) == NOTHING

    def test_unit_sees_what_it_has_written(self, begin: Begin, company: Company, lead_id: LeadId) -> None:
        """A batch looks at its own leads before it commits."""
        with begin() as uow:
            write_everywhere(uow, company.id, lead_id)

            assert count_everything(uow, lead_id) == EVERYTHING

    def test_nobody_sees_what_is_not_committed(
        self, store: Store, begin: Begin, company: Company, lead_id: LeadId
    ) -> None:
        with begin() as uow:
            write_everywhere(uow, company.id, lead_id)
            with store.reading(company.id) as other:
                before = count_everything(other, lead_id)
            uow.commit()
        with store.reading(company.id) as other:
            after = count_everything(other, lead_id)

        assert (before, after) == (NOTHING, EVERYTHING)

    def test_reading_does_not_wait_for_a_writer(
        self, store: Store, begin: Begin, company: Company, lead_id: LeadId
    ) -> None:
        """Somebody who looks at a list must not stand behind an import."""

        def look() -> int:
            with store.reading(company.id) as other:
                return other.leads.search(LeadFilter(at=NOW), offset=0, limit=10).total_count

        with threads() as pool, begin() as uow:
            write_everywhere(uow, company.id, lead_id)
            looking = pool.submit(look)

            assert looking.result(PATIENCE_SECONDS) == 0

    def test_company_never_sees_what_another_has(
        self, store: Store, begin: Begin, company: Company, lead_id: LeadId
    ) -> None:
        other = found(store)
        with begin() as uow:
            write_everywhere(uow, company.id, lead_id)
            uow.commit()

        with store.unit_of_work(other.id) as uow:
            assert count_everything(uow, lead_id) == NOTHING

    def test_companies_keep_the_same_caller_apart(self, store: Store, begin: Begin, company: Company) -> None:
        """An opt-out concerns the company it was said to, and nothing tells the other who its callers are."""
        other = found(store)
        with begin() as uow:
            contacts = uow.contacts.claim({ADA}, at=NOW)
            uow.contacts.save_all([contacts[ADA].opt_out(at=NOW)])
            uow.leads.add_all([a_lead(company_id=company.id)])
            uow.commit()
        with store.unit_of_work(other.id) as uow:
            claimed = uow.contacts.claim({ADA}, at=NOW)[ADA]
            uow.contacts.save_all([claimed])
            uow.leads.add_all([a_lead(company_id=other.id)])
            uow.commit()

        with begin() as uow:
            mine = uow.contacts.find(ADA)
        assert claimed.is_new
        assert mine is not None
        assert (mine.version, mine.opted_out_at) == (1, NOW)

    def test_another_companys_lead_cannot_be_saved(self, store: Store, begin: Begin, company: Company) -> None:
        """An id that leaks is no way into another company."""
        other = found(store)
        lead = a_lead(company_id=company.id)
        with begin() as uow:
            uow.leads.add_all([lead])
            uow.commit()

        def steal() -> None:
            with store.unit_of_work(other.id) as uow:
                uow.leads.save_all([(a_lead(company_id=other.id, id=lead.id, version=2), 1)])
                uow.commit()

        with pytest.raises(StaleWrite):
            steal()
        with begin() as uow:
            assert uow.leads.find(lead.id) == lead

    @pytest.mark.parametrize("write", FOREIGN_WRITES.values(), ids=FOREIGN_WRITES.keys())
    def test_nothing_is_written_into_another_company(
        self, store: Store, begin: Begin, write: ForeignWrite, lead_id: LeadId
    ) -> None:
        """However a value of another company got into a unit, it must not reach that company from there."""
        other = found(store)
        # A refusal is as good as filing it at home: both keep the other company clean.
        with suppress(Exception), begin() as uow:
            uow.contacts.claim({ADA}, at=NOW)
            write(uow, other.id, lead_id)
            uow.commit()

        with store.unit_of_work(other.id) as uow:
            assert count_everything(uow, lead_id) == NOTHING

    def test_company_that_does_not_exist_is_not_found(self, store: Store, company: Company) -> None:
        nowhere = type(company.id)(company.id + 1_000_000)

        with pytest.raises(NotFound), store.unit_of_work(nowhere) as uow:
            uow.directory.current()

    def test_no_write_is_lost_among_many_at_once(self, begin: Begin, company: Company) -> None:
        """Each unit reads, counts up and writes; a count that is too low is an update that vanished."""
        del company

        def count_up() -> None:
            for _ in range(4):
                with begin() as uow:
                    uow.contacts.save_all(uow.contacts.claim({ADA}, at=NOW).values())
                    uow.commit()

        with threads(4) as pool:
            for counting in [pool.submit(count_up) for _ in range(4)]:
                counting.result(PATIENCE_SECONDS)

        with begin() as uow:
            contact = uow.contacts.find(ADA)
        assert contact is not None
        assert contact.version == 16

    def test_many_at_once_make_one_lead(self, begin: Begin, company: Company) -> None:
        """A sender who re-posts while the first post is under way must not enroll twice."""

        def post() -> None:
            with begin() as uow:
                uow.contacts.save_all(uow.contacts.claim({ADA}, at=NOW).values())
                if not uow.leads.live_of([ADA]):
                    uow.leads.add_all([a_lead(company_id=company.id, id=new_id())])
                uow.commit()

        with threads(6) as pool:
            for posting in [pool.submit(post) for _ in range(12)]:
                posting.result(PATIENCE_SECONDS)

        with begin() as uow:
            assert uow.leads.search(LeadFilter(at=NOW), offset=0, limit=50).total_count == 1


class CompaniesApartContract(StoreContract):
    """What a store promises whose companies do not wait for each other."""

    def test_companies_do_not_wait_for_each_other(self, store: Store, begin: Begin) -> None:
        """One company's import must not hold up another's leads."""
        other = found(store)

        def write() -> OwnerRef:
            with store.unit_of_work(other.id) as uow:
                uow.contacts.save_all(uow.contacts.claim({ADA}, at=NOW).values())
                schedule = uow.directory.add_schedule(name="Call at once", actions=())
                uow.commit()
            return schedule.ref

        with threads() as pool, begin() as uow:
            uow.contacts.claim({ADA}, at=NOW)
            uow.directory.add_offer(name="Solar roofs")
            writing = pool.submit(write)

            assert writing.result(PATIENCE_SECONDS) == OwnerRef(OwnerKind.SCHEDULE, 1)

    def test_claiming_holds_back_only_who_claims(self, begin: Begin) -> None:
        """A unit that has only been begun waits for nobody and is in nobody's way."""

        def claim() -> bool:
            with begin() as uow:
                return uow.contacts.claim({ADA}, at=NOW)[ADA].is_new

        with threads() as pool, begin() as uow:
            uow.directory.current()
            claiming = pool.submit(claim)

            assert not is_waiting(claiming)
            assert claiming.result(PATIENCE_SECONDS)
