"""Contacts in pages: looked up in any spelling, left alone, taken up again and erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadintake.domain.lead import LeadStatus
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.user import Role

from tests.support.apps import a_world
from tests.support.visitors import Visitor, a_visitor
from tests.unit.entrypoints.web.test_leads import ADA, BEN, said_by, seen, submitted

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore
    from leadintake.domain.contact import Contact

    from tests.support.apps import World


@pytest.fixture
def visitor(world: World) -> Visitor:
    return a_visitor(world, Role.OPERATOR)


@pytest.fixture
def owner(world: World) -> Visitor:
    return a_visitor(world, Role.OWNER)


def contact_of(world: World, caller: str = ADA) -> Contact | None:
    """Return what is kept of a caller."""
    with world.store.reading(world.company.id) as uow:
        return uow.contacts.find(PhoneNumber(caller))


class TestList:
    def test_those_left_alone_are_listed(self, world: World, visitor: Visitor) -> None:
        submitted(world, caller_id="+12025550145")
        visitor.post(f"/contacts/{ADA}/opt_out")
        visitor.post(f"/contacts/{BEN}/block")

        everybody, opted_out, blocked = (
            seen(visitor.get(f"/contacts{query}").text) for query in ("", "?reason=opted_out", "?reason=blocked")
        )

        assert "2 callers, in order of their numbers." in everybody
        assert "+1 202-555-0143 opted out" in everybody
        assert "+1 202-555-0144 blocked" in everybody
        assert "0145" not in everybody
        assert ("0143" in opted_out, "0144" in opted_out) == (True, False)
        assert ("0143" in blocked, "0144" in blocked) == (False, True)

    @pytest.mark.parametrize("text", ["(202)+555-0143", "%2B12025550143", "+12025550143", "202-555-0143"])
    def test_search_leads_to_the_caller(self, visitor: Visitor, text: str) -> None:
        answer = visitor.get(f"/contacts?q={text}")

        assert (answer.status_code, answer.headers["Location"]) == (303, f"/contacts/{ADA}")

    def test_what_is_no_number_is_told(self, visitor: Visitor) -> None:
        answer = visitor.get("/contacts?q=nobody")

        assert answer.status_code == 422
        assert "is not a valid phone number" in answer.text
        assert 'value="nobody"' in answer.text

    def test_nobody_says_what_to_do(self, visitor: Visitor) -> None:
        assert "Nobody is left alone" in visitor.get("/contacts").text


class TestOne:
    def test_all_that_is_known_is_shown(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world, sub_id="creative-A")
        visitor.post(f"/contacts/{ADA}/opt_out")

        text = visitor.get(f"/contacts/{ADA}").text

        assert f'href="/leads/{lead.id}"' in text
        for said in ("+1 202-555-0143 opted out", "Country US", "creative-A", "The caller opted out of everything."):
            assert said in seen(text)

    @pytest.mark.parametrize("spelling", ["12025550143", "(202) 555-0143", "202.555.0143"])
    def test_other_spellings_lead_to_the_one_address(self, visitor: Visitor, spelling: str) -> None:
        assert visitor.get(f"/contacts/{spelling}").headers["Location"] == f"/contacts/{ADA}"

    def test_number_never_seen_says_so_and_can_opt_out(self, world: World, visitor: Visitor) -> None:
        text = visitor.get(f"/contacts/{ADA}").text
        assert "Nothing is known of this number here" in text
        assert f'action="/contacts/{ADA}/opt_out"' in text

        visitor.post(f"/contacts/{ADA}/opt_out")

        contact = contact_of(world)
        assert contact is not None
        assert contact.opted_out_at is not None
        assert said_by(world.submit(caller_id=ADA))["code"] == "caller_opted_out"

    def test_what_is_no_number_is_not_there(self, visitor: Visitor) -> None:
        assert {visitor.get(f"/contacts/{each}").status_code for each in ("nobody", "1", "+1")} == {404}
        assert visitor.post("/contacts/nobody/opt_out").status_code == 404

    def test_another_companys_contact_is_like_none(self, store: MemoryStore, visitor: Visitor) -> None:
        other = a_world(store)
        submitted(other, caller_id=BEN, interest="kittens")

        theirs, none = (visitor.get(f"/contacts/{each}") for each in (BEN, "+12025550149"))

        assert theirs.text.replace("0144", "0149") == none.text

    @pytest.mark.parametrize(
        ("operation", "said"),
        [
            ("opt_out", "The caller is opted out, and is contacted no more. One live lead ended with it."),
            ("block", "The caller is blocked. One live lead ended with it."),
        ],
    )
    def test_it_is_done_and_said(self, world: World, visitor: Visitor, operation: str, said: str) -> None:
        submitted(world)

        visitor.post(f"/contacts/{ADA}/{operation}")
        assert said in seen(visitor.get(f"/contacts/{ADA}").text)
        assert [each.status.is_live for each in world.leads()] == [False]

        visitor.post(f"/contacts/{ADA}/{operation}")
        assert "Nothing changed: that was so already." in seen(visitor.get(f"/contacts/{ADA}").text)

    def test_unblocking_leaves_an_opt_out(self, world: World, visitor: Visitor) -> None:
        for operation in ("opt_out", "block", "unblock"):
            visitor.post(f"/contacts/{ADA}/{operation}")
            visitor.get("/account")

        visitor.post(f"/contacts/{ADA}/block")
        visitor.get("/account")
        visitor.post(f"/contacts/{ADA}/unblock")
        text = seen(visitor.get(f"/contacts/{ADA}").text)
        assert "The block is lifted. The caller has opted out, though" in text
        contact = contact_of(world)
        assert contact is not None
        assert (contact.blocked_at, contact.opted_out_at is None) == (None, False)

    def test_unblocking_somebody_unknown_is_told(self, visitor: Visitor) -> None:
        visitor.post(f"/contacts/{ADA}/unblock")

        assert "Nothing was done. There is no contact of that number here." in seen(
            visitor.get(f"/contacts/{ADA}").text
        )


class TestLift:
    def test_owner_lifts_once_it_is_confirmed(self, world: World, owner: Visitor) -> None:
        owner.post(f"/contacts/{ADA}/opt_out")

        owner.post(f"/contacts/{ADA}/lift_opt_out")
        assert "Nothing was done: tick the box" in seen(owner.get(f"/contacts/{ADA}").text)
        contact = contact_of(world)
        assert contact is not None
        assert contact.opted_out_at is not None

        owner.post(f"/contacts/{ADA}/lift_opt_out", {"asked": "yes"})
        assert "Lifted; leads of this caller are taken again." in seen(owner.get(f"/contacts/{ADA}").text)
        assert said_by(world.submit(caller_id=ADA))["outcome"] == "created"

    def test_operator_may_not(self, visitor: Visitor) -> None:
        visitor.post(f"/contacts/{ADA}/opt_out")

        assert "lift_opt_out" not in visitor.get(f"/contacts/{ADA}").text
        assert visitor.post(f"/contacts/{ADA}/lift_opt_out", {"asked": "yes"}).status_code == 403


class TestErase:
    def test_typed_number_erases_and_shows_the_receipt(self, world: World, owner: Visitor) -> None:
        submitted(world, email="ada@example.com")
        owner.post(f"/contacts/{ADA}/opt_out")

        answer = owner.post(f"/contacts/{ADA}/erase", {"number": "(202) 555-0143"})

        assert (answer.status_code, answer.headers["Location"]) == (303, "/contacts/erasures")
        text = seen(owner.get("/contacts/erasures").text)
        assert "Everything of that caller is destroyed; the receipt stands first below." in text
        assert "1 contacts, 1 leads" in text
        assert "yes, from then on too" in text
        assert "0143" not in text
        assert world.leads() == []
        assert said_by(world.submit(caller_id=ADA))["code"] == "caller_opted_out"
        assert "Nothing is known of this number here" in owner.get(f"/contacts/{ADA}").text

    @pytest.mark.parametrize("number", ["", "yes", BEN, "202555014"])
    def test_another_number_erases_nobody(self, world: World, owner: Visitor, number: str) -> None:
        submitted(world)

        answer = owner.post(f"/contacts/{ADA}/erase", {"number": number})

        assert answer.status_code == 422
        assert "is not the number of this caller" in answer.text
        assert [each.status for each in world.leads()] == [LeadStatus.SCHEDULED]

    def test_twice_is_once_and_said(self, world: World, owner: Visitor) -> None:
        submitted(world)
        for _ in range(2):
            owner.get("/contacts/erasures")
            owner.post(f"/contacts/{ADA}/erase", {"number": ADA})

        assert "Nothing was left to destroy" in owner.get("/contacts/erasures").text

    def test_page_asks_first(self, owner: Visitor) -> None:
        assert "Type the number +1 202-555-0143" in owner.get(f"/contacts/{ADA}/erase").text
        assert "Nobody has been erased" in owner.get("/contacts/erasures").text

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
    def test_nobody_else_may(self, world: World, role: Role) -> None:
        submitted(world)
        visitor = a_visitor(world, role)

        assert "/erase" not in visitor.get(f"/contacts/{ADA}").text
        for answer in (
            visitor.get(f"/contacts/{ADA}/erase"),
            visitor.post(f"/contacts/{ADA}/erase", {"number": ADA}),
            visitor.get("/contacts/erasures"),
        ):
            assert answer.status_code == 403
        assert len(world.leads()) == 1


@pytest.mark.parametrize("end", ["opt_out", "block", "unblock", "lift_opt_out", "erase"])
def test_viewer_changes_nobody(world: World, end: str) -> None:
    viewer = a_visitor(world, Role.VIEWER)

    assert viewer.post(f"/contacts/{ADA}/{end}", {"number": ADA, "asked": "yes"}).status_code == 403
    assert contact_of(world) is None
