"""What the stores promise about those who sign in, about whom lead tokens were shown to, and about posting pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.credential import LeadTokenId, Reveal
from leadintake.domain.errors import NotFound
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.posting_page import PostingPage, PostingPageId
from leadintake.domain.user import Role, UserId

from tests.contracts.store import StoreContract, found
from tests.support.builders import MINUTE, NOW, SCHEDULE, a_user, new_id
from tests.support.strategies import ODD_INSTANTS

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.user import User

    from tests.contracts.store import Begin, Store

OFFER = OwnerRef(OwnerKind.OFFER, 1)
TOKEN = LeadTokenId(new_id())


def a_page(company_id: CompanyId, owner: OwnerRef = SCHEDULE) -> PostingPage:
    """Return a posting page of an address that no other has."""
    return PostingPage(id=PostingPageId(new_id().hex), company_id=company_id, owner=owner, switched_on_at=NOW)


def added(begin: Begin, user: User) -> User:
    """Keep a user."""
    with begin() as uow:
        uow.directory.add_user(user)
        uow.commit()
    return user


class UserContract(StoreContract):
    """Users of a company, and the way from an address to one."""

    @pytest.fixture
    def user(self, begin: Begin, company: Company) -> User:
        return added(begin, a_user(company_id=company.id))

    def test_user_is_found_by_id_and_by_address(self, store: Store, begin: Begin, user: User) -> None:
        with begin() as uow:
            assert uow.directory.find_user(user.id) == user
            assert uow.directory.find_user(UserId(new_id())) is None
        assert store.installation.find_user(user.email) == user
        assert store.installation.find_user("nobody@example.com") is None
        assert store.installation.has_users() is True

    def test_nobody_signs_in_to_begin_with(self, empty_store: Store) -> None:
        assert empty_store.installation.has_users() is False

    def test_user_of_another_company_is_not_found(self, store: Store, user: User) -> None:
        """A session's cookie names both; whoever changes one of them finds nothing."""
        other = found(store)

        with store.unit_of_work(other.id) as uow:
            assert uow.directory.find_user(user.id) is None
            with pytest.raises(NotFound):
                uow.directory.note_sign_in(user.id, at=NOW)

    def test_everything_about_a_user_is_replaced_but_the_address(self, begin: Begin, user: User) -> None:
        changed = replace(
            user,
            email="another@example.com",
            password_hash="$argon2id$another",
            role=Role.VIEWER,
            session_stamp=3,
            deactivated_at=NOW,
            last_signed_in_at=NOW - MINUTE,
        )
        with begin() as uow:
            uow.directory.save_user(changed)
            uow.commit()

        with begin() as uow:
            assert uow.directory.find_user(user.id) == replace(changed, email=user.email)

    def test_user_who_is_not_there_is_not_replaced(self, begin: Begin, company: Company) -> None:
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.save_user(a_user(company_id=company.id))

    def test_sign_in_is_noted_and_is_no_change_of_the_set_up(self, begin: Begin, user: User) -> None:
        """Every process would read the whole directory anew for each of them."""
        with begin() as uow:
            before = uow.directory.current().version
        with begin() as uow:
            uow.directory.note_sign_in(user.id, at=NOW)
            uow.commit()

        with begin() as uow:
            assert uow.directory.current().version == before
            assert uow.directory.find_user(user.id) == replace(user, last_signed_in_at=NOW)

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS)
    def test_instants_come_back_as_the_same_moment(self, begin: Begin, user: User, at: datetime) -> None:
        with begin() as uow:
            uow.directory.save_user(replace(user, deactivated_at=at))
            uow.directory.note_sign_in(user.id, at=at)
            uow.commit()

        with begin() as uow:
            kept = uow.directory.find_user(user.id)
        assert kept is not None
        for instant in (kept.deactivated_at, kept.last_signed_in_at):
            assert instant == at.astimezone(UTC)
            assert instant is not None
            assert instant.tzinfo is UTC

    def test_what_is_not_committed_changes_nobody(self, begin: Begin, user: User) -> None:
        with begin() as uow:
            uow.directory.save_user(replace(user, session_stamp=9))
            uow.directory.note_sign_in(user.id, at=NOW)

        with begin() as uow:
            assert uow.directory.find_user(user.id) == user


class RevealContract(StoreContract):
    """Who was shown the text of a lead token."""

    def reveal(self, company: Company, lead_token_id: LeadTokenId = TOKEN) -> Reveal:
        return Reveal(
            id=new_id(),
            company_id=company.id,
            lead_token_id=lead_token_id,
            user_id=UserId(new_id()),
            revealed_at=NOW,
        )

    def test_latest_come_first_and_no_more_than_asked_for(self, begin: Begin, company: Company) -> None:
        reveals = [self.reveal(company) for _ in range(3)]
        with begin() as uow:
            for each in (*reveals, self.reveal(company, LeadTokenId(new_id()))):
                uow.credentials.note_reveal(each)
            uow.commit()

        with begin() as uow:
            assert uow.credentials.reveals(TOKEN, limit=2) == [reveals[2], reveals[1]]

    def test_another_companys_are_not_read(self, store: Store, begin: Begin, company: Company) -> None:
        with begin() as uow:
            uow.credentials.note_reveal(self.reveal(company))
            uow.commit()
        other = found(store)

        with store.unit_of_work(other.id) as uow:
            assert uow.credentials.reveals(TOKEN, limit=5) == []


class PostingPageContract(StoreContract):
    """Posting pages: one for each owner while it is on, found by anybody who has its address."""

    def test_page_is_found_by_its_owner_and_by_its_address(self, store: Store, begin: Begin, company: Company) -> None:
        pages = [a_page(company.id), a_page(company.id, OFFER)]
        with begin() as uow:
            for page in pages:
                uow.directory.switch_posting_page_on(page)
            uow.commit()

        with begin() as uow:
            assert [uow.directory.find_posting_page(page.owner) for page in pages] == pages
        assert [store.installation.find_posting_page(page.id) for page in pages] == pages

    def test_page_that_is_off_is_found_by_nobody(self, store: Store, begin: Begin, company: Company) -> None:
        page = a_page(company.id)
        with begin() as uow:
            uow.directory.switch_posting_page_on(page)
            uow.commit()
        with begin() as uow:
            uow.directory.switch_posting_page_off(page.owner)
            uow.directory.switch_posting_page_off(OFFER)
            uow.commit()

        with begin() as uow:
            assert uow.directory.find_posting_page(page.owner) is None
        assert store.installation.find_posting_page(page.id) is None

    def test_owner_has_one_page_at_most(self, store: Store, begin: Begin, company: Company) -> None:
        first, second = a_page(company.id), a_page(company.id)
        for page in (first, second):
            with begin() as uow:
                uow.directory.switch_posting_page_on(page)
                uow.commit()

        assert store.installation.find_posting_page(first.id) is None
        assert store.installation.find_posting_page(second.id) == second

    def test_nothing_is_published_before_the_commit(self, store: Store, begin: Begin, company: Company) -> None:
        page = a_page(company.id)
        with begin() as uow:
            uow.directory.switch_posting_page_on(page)

        assert store.installation.find_posting_page(page.id) is None

    def test_another_companys_owner_of_that_number_is_another(
        self, store: Store, begin: Begin, company: Company
    ) -> None:
        with begin() as uow:
            uow.directory.switch_posting_page_on(a_page(company.id))
            uow.commit()
        other = found(store)

        with store.unit_of_work(other.id) as uow:
            assert uow.directory.find_posting_page(SCHEDULE) is None
            uow.directory.switch_posting_page_off(SCHEDULE)
            uow.commit()
        with begin() as uow:
            assert uow.directory.find_posting_page(SCHEDULE) is not None
