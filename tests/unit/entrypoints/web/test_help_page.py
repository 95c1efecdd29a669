"""The page with an owner's tokens and samples: what it shows to whom, and what its forms do."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.token_rules import TokenRules
from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens, TokenStatus
from leadintake.domain.user import Role

from tests.support.apps import a_world
from tests.support.visitors import HTML, Visitor, a_visitor

if TYPE_CHECKING:
    from leadintake.domain.use_cases.manage_lead_tokens import LeadTokenRecord

    from tests.support.apps import World

HELP = "/schedules/1/submit_leads_help"


@pytest.fixture
def visitor(world: World) -> Visitor:
    return a_visitor(world, Role.OPERATOR)


def tokens(world: World) -> list[LeadTokenRecord]:
    """Return the schedule's lead tokens, oldest first."""
    wanted = ListLeadTokens(owner=world.schedule.ref, per_page=100)
    return list(world.services.list_lead_tokens(world.company.id, wanted).items)


def of_first(world: World) -> dict[str, str]:
    """Return the field that says which token a form is about."""
    return {"lead_token_id": str(tokens(world)[0].credential.id)}


class TestReveal:
    def test_token_is_in_the_answer_to_the_form_only(self, world: World, visitor: Visitor) -> None:
        before = visitor.get(HELP)
        revealed = visitor.post(f"{HELP}/reveal", of_first(world))

        assert world.schedule_token not in before.text
        assert revealed.status_code == 200
        assert world.schedule_token in revealed.text
        assert revealed.headers["Cache-Control"] == "no-store"
        assert world.schedule_token not in visitor.get(HELP).text
        assert visitor.get(f"{HELP}/reveal").status_code == 405

    def test_every_reveal_is_noted_with_who_and_when(self, world: World, visitor: Visitor) -> None:
        visitor.post(f"{HELP}/reveal", of_first(world))

        [noted] = world.services.list_reveals(world.company.id, tokens(world)[0].credential.id)
        assert (noted.email, noted.revealed_at) == (visitor.email, world.clock.peek())

    def test_ended_token_is_not_revealed(self, world: World, visitor: Visitor) -> None:
        world.revoke(world.schedule_token)

        answer = visitor.post(f"{HELP}/reveal", of_first(world))

        assert answer.status_code == 422
        assert world.schedule_token not in answer.text
        assert world.services.list_reveals(world.company.id, tokens(world)[0].credential.id) == []

    @pytest.mark.parametrize("named", ["", "x", "0192f0c1-7a3e-7cc4-8d5e-1f2a3b4c5d6e"])
    def test_what_is_no_token_is_404(self, visitor: Visitor, named: str) -> None:
        for view in ("reveal", "rotate", "revoke", "test"):
            assert visitor.post(f"{HELP}/{view}", {"lead_token_id": named}).status_code == 404


class TestRotation:
    def test_successor_is_shown_hidden_and_the_old_one_ends_in_time(self, world: World, visitor: Visitor) -> None:
        answer = visitor.post(f"{HELP}/rotate", {**of_first(world), "grace_seconds": "3600"})

        old, new = tokens(world)
        assert answer.headers["Location"] == f"{HELP}?lead_token_id={new.credential.id}"
        assert (old.status, new.status) == (TokenStatus.ENDING, TokenStatus.ACTIVE)
        page = visitor.get(answer.headers["Location"]).text
        assert world.schedule_token not in page
        assert f'name="lead_token_id" value="{new.credential.id}"' in page
        world.clock.advance(timedelta(hours=1))
        assert world.submit(caller_id="+18004506787").status_code == 401

    @pytest.mark.parametrize("grace", ["", "-1", "soon", "9" * 30, "7776001"])
    def test_odd_grace_is_refused(self, world: World, visitor: Visitor, grace: str) -> None:
        answer = visitor.post(f"{HELP}/rotate", {**of_first(world), "grace_seconds": grace})

        assert answer.status_code == 422
        assert len(tokens(world)) == 1

    def test_rotated_twice_is_told(self, world: World, visitor: Visitor) -> None:
        visitor.post(f"{HELP}/rotate", {**of_first(world), "grace_seconds": "3600"})

        answer = visitor.post(f"{HELP}/rotate", {**of_first(world), "grace_seconds": "3600"})

        assert answer.status_code == 422
        assert "has been rotated already" in answer.text


class TestFurtherTokens:
    def test_publishable_one_needs_an_origin(self, world: World, visitor: Visitor) -> None:
        answer = visitor.post(f"{HELP}/tokens", {"kind": "publishable"})

        assert answer.status_code == 422
        assert "must name at least one" in answer.text
        assert len(tokens(world)) == 1

    def test_publishable_one_stands_in_the_javascript_sample_and_nowhere_else(
        self, world: World, visitor: Visitor
    ) -> None:
        fields = {"kind": "publishable", "origins": "https://shop.example"}
        visitor.post(f"{HELP}/tokens", fields)
        record = tokens(world)[1]
        text = world.services.reveal_lead_token(world.company.id, record.credential.id).lead_token

        page = visitor.get(HELP).text

        assert text is not None
        assert page.count(text) == 1
        assert text in page[page.index('id="javascript"') : page.index('id="python"')]

    def test_restrictions_are_kept(self, world: World, visitor: Visitor) -> None:
        fields = {
            "label": "Kittens Inc.",
            "kind": "secret",
            "networks": "203.0.113.0/24, 198.51.100.7",
            "daily_cap": "100",
            "rate_per_minute": "",
        }

        assert visitor.post(f"{HELP}/tokens", fields).status_code == 303

        made = tokens(world)[1].credential
        assert made.label == "Kittens Inc."
        assert made.rules == TokenRules(networks=("203.0.113.0/24", "198.51.100.7"), daily_cap=100)
        assert "203.0.113.0/24" in visitor.get(HELP).text

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("networks", "everywhere"),
            ("origins", "shop.example"),
            ("daily_cap", "0"),
            ("kind", "golden"),
            ("label", "x" * 101),
        ],
    )
    def test_what_is_wrong_is_told(self, world: World, visitor: Visitor, field: str, value: str) -> None:
        answer = visitor.post(f"{HELP}/tokens", {"kind": "secret", field: value})

        assert answer.status_code == 422
        assert 'class="wrong"' in answer.text
        assert len(tokens(world)) == 1

    def test_without_a_token_the_page_says_what_to_do(self, world: World, visitor: Visitor) -> None:
        visitor.post(f"{HELP}/revoke", of_first(world))

        page = visitor.get(HELP)

        assert page.status_code == 200
        assert "No API token of this schedule works" in page.text
        assert world.submit(caller_id="+18004506787").status_code == 401


class TestTestLead:
    def test_it_goes_through_the_intake_and_enrolls_nobody(self, world: World, visitor: Visitor) -> None:
        answer = visitor.post(f"{HELP}/test", {**of_first(world), "field.caller_id": "+18004506787"})

        assert answer.status_code == 200
        assert '"outcome": "test"' in unescape(re.sub("<[^>]+>", "", answer.text))
        assert world.schedule_token not in answer.text
        assert world.leads() == []
        [submission] = world.submissions()
        assert (submission.outcome, submission.receipt.route) == ("test", "leads")

    def test_it_enrolls_when_that_is_meant(self, world: World, visitor: Visitor) -> None:
        visitor.post(f"{HELP}/test", {**of_first(world), "field.caller_id": "+18004506787", "enroll": "yes"})

        [lead] = world.leads()
        assert lead.caller.e164 == "+18004506787"

    def test_it_comes_from_where_the_page_is_open(self, world: World, visitor: Visitor) -> None:
        visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"

        visitor.post(f"{HELP}/test", {**of_first(world), "field.caller_id": "+18004506787", "enroll": "yes"})

        assert world.submissions()[0].receipt.remote_ip == "203.0.113.9"

    def test_token_for_certain_pages_is_shown_to_come_from_one_of_them(self, world: World, visitor: Visitor) -> None:
        visitor.post(f"{HELP}/tokens", {"kind": "publishable", "origins": "https://shop.example"})
        publishable = str(tokens(world)[1].credential.id)

        fields = {"lead_token_id": publishable, "field.caller_id": "+18004506787", "enroll": "yes"}
        answer = visitor.post(f"{HELP}/test", fields)

        assert "Origin: https://shop.example" in answer.text
        assert len(world.leads()) == 1

    def test_it_cannot_do_what_the_token_may_not(self, world: World, visitor: Visitor) -> None:
        """Fields are parameters of a stranger: they lift no opt-out and name no other owner."""
        world.submit(caller_id="+18004506787", opt_out="true")

        fields = {"field.caller_id": "+18004506787", "field.opt_out": "false", "enroll": "yes"}
        answer = visitor.post(f"{HELP}/test", {**of_first(world), **fields})

        assert "caller_opted_out" in answer.text or "permission_denied" in answer.text
        assert world.leads() == []


class TestHost:
    """The samples name the host that the reader's browser has in its address bar."""

    def test_it_is_the_requests_own(self, world: World) -> None:
        visitor = a_visitor(world)

        page = visitor.get(HELP, base_url="http://leads.example:8080")

        assert page.status_code == 303 or "http://leads.example:8080/api/v1/leads" in page.text

    @pytest.mark.parametrize("is_trusted", [True, False])
    def test_proxys_word_is_taken_from_trusted_ones_only(self, is_trusted: bool) -> None:  # noqa: FBT001 - a case
        world = a_world(MemoryStore(), trusted_proxies=(ip_network("127.0.0.0/8"),) if is_trusted else ())
        visitor = a_visitor(world)
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "leads.example.com"}
        # Over https the cookie has another name.
        cookie = visitor.client.get_cookie("leadintake")
        assert cookie is not None
        if is_trusted:
            visitor.client.set_cookie("__Host-leadintake", cookie.value)

        page = visitor.client.get(HELP, headers={**HTML, **forwarded})

        wanted = "https://leads.example.com" if is_trusted else "http://localhost"
        assert f"{wanted}/api/v1/leads" in page.text

    @pytest.mark.parametrize("host", ["evil.example/?x", "a b", "x'--", "<script>", ""])
    def test_odd_host_is_shown_to_nobody(self, host: str) -> None:
        world = a_world(MemoryStore(), trusted_proxies=(ip_network("127.0.0.0/8"),))
        visitor = a_visitor(world)

        page = visitor.client.get(HELP, headers={**HTML, "X-Forwarded-Host": host})

        assert page.status_code == 200
        assert "http://localhost/api/v1/leads" in page.text


class TestPostingPage:
    def publish(self, visitor: Visitor) -> str:
        visitor.post(f"{HELP}/posting_page", {"is_on": "yes"})
        found = re.search(r"/posting/([0-9a-f]{32})", visitor.get(HELP).text)
        assert found
        return found[0]

    def test_anybody_reads_it_and_it_has_no_token(self, world: World, visitor: Visitor) -> None:
        page = world.client.get(self.publish(visitor), headers=HTML)

        assert page.status_code == 200
        assert world.schedule_token not in page.text
        assert "YOUR_LEAD_TOKEN" in page.text
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "Set-Cookie" not in page.headers

    def test_switched_off_and_on_again_it_has_another_address(self, world: World, visitor: Visitor) -> None:
        first = self.publish(visitor)
        assert self.publish(visitor) == first
        visitor.post(f"{HELP}/posting_page", {"is_on": "no"})

        assert world.client.get(first, headers=HTML).status_code == 404
        assert self.publish(visitor) != first

    def test_nothing_is_public_unless_it_is_switched_on(self, world: World) -> None:
        assert world.client.get("/posting/" + "0" * 32, headers=HTML).status_code == 404


def test_watching_needs_a_moment(visitor: Visitor) -> None:
    for since in ("", "x", "1"):
        assert visitor.get(f"{HELP}/watch?since={since}").status_code == 404
