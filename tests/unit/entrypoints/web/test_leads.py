"""Leads in pages: found, shown, changed and operated on; and strangers' texts, which stay texts."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from leadintake.domain.event import EventKind
from leadintake.domain.lead import LeadStatus
from leadintake.domain.use_cases.paging import Window
from leadintake.domain.user import Role

from tests.support.apps import a_world
from tests.support.builders import an_event
from tests.support.visitors import Visitor, a_visitor

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from leadintake.adapters.memory.store import MemoryStore
    from leadintake.domain.lead import Lead

    from tests.support.apps import World

ADA, BEN = "+12025550143", "+12025550144"
MARKUP = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "{{ 7 * 7 }}{% for x in y %}",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "'\"><svg onload=alert(1)>",
)


@pytest.fixture
def visitor(world: World) -> Visitor:
    return a_visitor(world, Role.OPERATOR)


def submitted(world: World, **fields: Any) -> Lead:  # noqa: ANN401 - whatever JSON has
    """Submit a lead, and return it as it is stored."""
    answer = world.submit(**{"caller_id": ADA, **fields})
    assert answer.status_code == 200, answer.text
    return next(each for each in world.leads() if str(each.id) == said_by(answer)["id"])


def said_by(answer: TestResponse) -> dict[str, Any]:
    """Return an answer of the API."""
    document: dict[str, Any] = answer.get_json()
    return document


def seen(text: str) -> str:
    """Return what somebody reads on a page, on one line."""
    plain = re.sub(r"<(style|script).*?</\1>", "", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def listed(visitor: Visitor, query: str = "") -> list[str]:
    """Return the callers on a page of leads, as people read them."""
    answer = visitor.get(f"/leads{query}")
    assert answer.status_code == 200, answer.text
    return re.findall(r'<th scope="row"[^>]*><a [^>]+>([^<]+)</a>', answer.text)


class TestList:
    @pytest.mark.parametrize(
        "query", ["(202)+555-0143", "12025550143", "%2B12025550143", "+12025550143", "202.555.0143"]
    )
    def test_number_is_found_in_any_spelling(self, world: World, visitor: Visitor, query: str) -> None:
        submitted(world)
        submitted(world, caller_id=BEN)

        assert listed(visitor, f"?q={query}") == ["+1 202-555-0143"]

    def test_newest_come_first_with_what_they_are(self, world: World, visitor: Visitor) -> None:
        submitted(world, traffic_source_id="1000", sub_id="creative-A")
        world.clock.advance(timedelta(minutes=1))
        submitted(world, caller_id=BEN)

        assert listed(visitor) == ["+1 202-555-0144", "+1 202-555-0143"]
        text = seen(visitor.get("/leads").text)
        assert "2 leads." in text
        assert "Call at once" in text
        assert "Kitten banners (1000) / creative-A" in text
        assert "scheduled" in text

    @pytest.mark.parametrize(
        ("query", "callers"),
        [
            ("?q=ada@example.com", [ADA]),
            ("?owner=offer:1", [BEN]),
            ("?owner=schedule:1", [ADA]),
            ("?traffic_source_id=1000", [ADA]),
            ("?sub_id=creative-A", [ADA]),
            ("?sub_id=creative-B", []),
            ("?status=queue", [BEN]),
            ("?status=live", [BEN, ADA]),
            ("?status=completed", []),
            ("?from=2026-03-01&to=2026-03-01", [BEN, ADA]),
            ("?from=2026-03-02", []),
            ("?to=2026-02-28", []),
            ("?status=&owner=&q=&from=", [BEN, ADA]),
        ],
    )
    def test_filters_are_in_the_address(self, world: World, visitor: Visitor, query: str, callers: list[str]) -> None:
        submitted(world, email="ada@example.com", traffic_source_id="1000", sub_id="creative-A")
        world.submit(world.offer_token, caller_id=BEN)

        assert [re.sub(r"[ -]", "", each) for each in listed(visitor, query)] == callers

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("?q=nobody", "is not a valid phone number"),
            ("?from=yesterday", "is no day: write it as 2030-01-31"),
            ("?from=0000-00-00", "is no day"),
            ("?status=gone", "must be one of"),
            ("?owner=company:1", "is none of these"),
            ("?owner=schedule:x", "must be"),
            ("?cursor=x", "is no cursor"),
            ("?traffic_source_id=x", "must be"),
        ],
    )
    def test_filter_that_makes_no_sense_is_told(self, visitor: Visitor, query: str, said: str) -> None:
        answer = visitor.get(f"/leads{query}")

        assert answer.status_code == 422
        assert said in seen(answer.text)

    def test_removed_lead_is_hidden_unless_asked_for(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world)
        visitor.post(f"/leads/{lead.id}/remove")

        assert listed(visitor) == []
        assert listed(visitor, "?status=removed") == listed(visitor, "?status=any") == ["+1 202-555-0143"]

    def test_pages_go_on_by_cursor(self, world: World, visitor: Visitor) -> None:
        for number in range(30):
            submitted(world, caller_id=f"+1202555{number + 1000:04}")

        first = visitor.get("/leads?status=live")
        onwards = unescape(re.findall(r'href="([^"]+)" rel="next">Older', first.text)[0])

        assert "status=live" in onwards
        assert "30 leads." in seen(first.text)
        assert len(listed(visitor, "?status=live")) == 25
        assert len(listed(visitor, onwards.removeprefix("/leads"))) == 5

    def test_first_page_says_what_to_do(self, visitor: Visitor) -> None:
        text = visitor.get("/leads").text

        assert "There is no lead yet" in text
        assert 'href="/schedules/1/submit_leads_help"' in text
        assert "curl &#34;http://localhost/api/v1/leads&#34;" in text or 'curl "http://localhost/api/v1/leads"' in text

    def test_nothing_found_says_how_to_go_on(self, world: World, visitor: Visitor) -> None:
        submitted(world)

        assert "No lead matches" in visitor.get("/leads?sub_id=nobody").text


class TestLead:
    def test_all_of_it_is_shown(self, world: World, visitor: Visitor) -> None:
        lead = submitted(
            world,
            email="ada@example.com",
            interest="kittens",
            traffic_source_id="1000",
            sub_id="creative-A",
            xxTrustedFormCertUrl="https://cert.trustedform.com/abc",
            tcpa_disclosure="I agree to be called.",
        )

        text = seen(visitor.get(f"/leads/{lead.id}").text)

        for said in (
            "+1 202-555-0143 scheduled",
            "ada@example.com",
            "interest kittens",
            "Kitten banners (1000)",
            "creative-A",
            "https://cert.trustedform.com/abc",
            "To this text I agree to be called.",
            "The lead began. Under Call at once. Lead tokens: ",
            "Submit a lead created",
            str(lead.id),
        ):
            assert said in text

    @pytest.mark.parametrize("kind", EventKind)
    def test_every_kind_of_event_has_a_sentence(self, world: World, visitor: Visitor, kind: EventKind) -> None:
        """One that comes later and has none fails here."""
        lead = submitted(world)
        with world.store.unit_of_work(world.company.id) as uow:
            fact = an_event(company_id=world.company.id, kind=kind, caller=lead.caller, lead_id=lead.id, details={})
            uow.events.append_all([fact])
            uow.commit()

        text = seen(visitor.get(f"/leads/{lead.id}").text)

        assert kind.value not in text
        assert re.search(r"What has happened [A-Z][^.]+\. \d{4}-", text)

    def test_time_line_says_who_did_it(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world)
        world.client.patch(f"/api/v1/leads/{lead.id}", json={"tokens": {"age": "7"}}, headers=world.bearer())
        world.client.post(f"/api/v1/leads/{lead.id}/lead_move_to_end_of_schedule", headers=world.bearer())
        other = submitted(world, caller_id=BEN)
        visitor.post(f"/leads/{other.id}/opt_out")

        text = seen(visitor.get(f"/leads/{lead.id}").text)
        assert re.search(r"Lead tokens: age\. [^,]+, with the API key pub_", text)
        ended = seen(visitor.get(f"/leads/{other.id}").text)
        assert re.search(rf"for the caller opted out\. [^,]+, by {re.escape(visitor.email)} ?, the request", ended)

    def test_another_companys_lead_is_like_none(self, store: MemoryStore, visitor: Visitor) -> None:
        theirs = submitted(a_world(store))

        answers = [visitor.get(f"/leads/{lead_id}{end}") for lead_id in (theirs.id, uuid4()) for end in ("", "/edit")]
        answers += [
            visitor.post(f"/leads/{lead_id}/{end}")
            for lead_id in (theirs.id, uuid4())
            for end in ("remove", "move_to_end", "opt_out", "hide", "edit")
        ]

        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
        assert theirs.status is LeadStatus.SCHEDULED

    @pytest.mark.parametrize("text", MARKUP)
    def test_what_strangers_send_is_text(self, world: World, visitor: Visitor, text: str) -> None:
        lead = submitted(world, interest=text, sub_id=text, email=text, page_url=text, tcpa_disclosure=text)

        for path in ("/leads", f"/leads/{lead.id}", f"/leads/{lead.id}/edit", "/submissions?show=all"):
            answer = visitor.get(path)
            assert answer.status_code == 200
            for dangerous in ("<img src=x", "<svg", "<script>", 'href="javascript', ">49<"):
                assert dangerous not in answer.text


class TestOperations:
    @pytest.mark.parametrize(
        ("operation", "status", "said"),
        [
            ("remove", LeadStatus.REMOVED, "The lead is removed: nothing more happens to it"),
            ("move_to_end", LeadStatus.COMPLETED, "The rest of the plan is skipped"),
            ("opt_out", LeadStatus.OPT_OUT, "The caller is opted out, and is contacted no more. One live lead ended"),
        ],
    )
    def test_it_is_done_and_said(
        self, world: World, visitor: Visitor, operation: str, status: LeadStatus, said: str
    ) -> None:
        lead = submitted(world)

        answer = visitor.post(f"/leads/{lead.id}/{operation}")

        assert (answer.status_code, answer.headers["Location"]) == (303, f"/leads/{lead.id}")
        assert [each.status for each in world.leads()] == [status]
        assert said in seen(visitor.get(f"/leads/{lead.id}").text)

    @pytest.mark.parametrize("operation", ["remove", "move_to_end", "opt_out"])
    def test_twice_is_once_and_said(self, world: World, visitor: Visitor, operation: str) -> None:
        lead = submitted(world)
        visitor.post(f"/leads/{lead.id}/{operation}")
        visitor.get(f"/leads/{lead.id}")
        visitor.post(f"/leads/{lead.id}/{operation}")

        assert "Nothing changed: that was so already." in seen(visitor.get(f"/leads/{lead.id}").text)

    def test_ledger_and_events_say_who_it_was(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world)
        visitor.post(f"/leads/{lead.id}/remove")

        [kept, _] = world.submissions()
        [user] = world.services.list_users(world.company.id, Window(per_page=100)).items
        assert (kept.receipt.route, kept.outcome) == ("lead_remove", "removed")
        assert kept.receipt.request == {
            "query": [["lead_id", str(lead.id)]],
            "body": "empty",
            "came_by": "pages",
            "user_id": str(user.id),
        }
        with world.store.reading(world.company.id) as uow:
            fact = uow.events.of_lead(lead.id)[-1]
        assert (fact.details["came_by"], fact.details["user_id"]) == ("pages", str(user.id))

    def test_lead_of_an_offer_has_no_end_to_move_to(self, world: World, visitor: Visitor) -> None:
        world.submit(world.offer_token, caller_id=ADA)
        [lead] = world.leads()

        assert "Move to the end" not in visitor.get(f"/leads/{lead.id}").text
        visitor.post(f"/leads/{lead.id}/move_to_end")
        assert "Nothing was done." in seen(visitor.get(f"/leads/{lead.id}").text)

    def test_ended_lead_can_be_hidden(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world)
        visitor.post(f"/leads/{lead.id}/move_to_end")
        assert "Hide from lists" in visitor.get(f"/leads/{lead.id}").text

        visitor.post(f"/leads/{lead.id}/hide")

        assert [each.status for each in world.leads()] == [LeadStatus.REMOVED]
        assert "by operator@" in seen(visitor.get(f"/leads/{lead.id}").text)

    def test_blocking_comes_back_to_the_lead(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world)

        answer = visitor.post(f"/contacts/{ADA}/block", {"next": f"/leads/{lead.id}"})

        assert answer.headers["Location"] == f"/leads/{lead.id}"
        assert "The caller is blocked. One live lead ended with it." in seen(visitor.get(f"/leads/{lead.id}").text)

    @pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
    def test_nobody_is_sent_elsewhere(self, world: World, visitor: Visitor, elsewhere: str) -> None:
        submitted(world)

        answer = visitor.post(f"/contacts/{ADA}/block", {"next": elsewhere})

        assert answer.headers["Location"] == f"/contacts/{ADA}"


class TestEdit:
    def fields(self, visitor: Visitor, lead: Lead, **others: Any) -> dict[str, Any]:  # noqa: ANN401 - form fields
        """Return the form as the page has it, with these changes."""
        text = visitor.get(f"/leads/{lead.id}/edit").text
        rows = re.findall(
            r'name="name" value="([^"]*)"><div>.*?name="value"(?: value="([^"]*)"|[^>]*>\n(.*?)</textarea>)',
            text,
            re.DOTALL,
        )
        found: dict[str, Any] = {
            name: unescape(value)
            for name, value in re.findall(r'<input id="(\w+)" name="\1"[^>]* value="([^"]*)"', text)
        }
        found["name"] = [unescape(name) for name, _, _ in rows]
        found["value"] = [unescape(short or long) for _, short, long in rows]
        found["version"] = re.findall(r'name="version" value="(\d+)"', text)[0]
        return found | others

    def test_only_what_was_changed_is_changed(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world, interest="kittens", note="first\nsecond", email="ada@example.com", long="x" * 100)
        fields = self.fields(visitor, lead, email="ada@example.org", new_name=["Age", ""], new_value=["7", ""])
        fields["value"][fields["name"].index("interest")] = "puppies"
        fields["value"] = [text.replace("\n", "\r\n") for text in fields["value"]]

        answer = visitor.post(f"/leads/{lead.id}/edit", fields)

        assert answer.status_code == 303, wrong(answer.text)
        [changed] = world.leads()
        assert changed.tokens == {**lead.tokens} | {"interest": "puppies", "email": "ada@example.org", "age": "7"}
        assert (changed.email, changed.attribution, changed.expires_at) == ("ada@example.org", lead.attribution, None)
        with world.store.reading(world.company.id) as uow:
            fact = uow.events.of_lead(lead.id)[-1]
        assert fact.details["tokens"] == ["age", "interest"]
        assert "Saved: age, email, interest." in seen(visitor.get(f"/leads/{lead.id}").text)

    def test_form_as_it_stands_changes_nothing(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world, interest="kittens", traffic_source_id="1000", sub_id="a", expires_in="90")

        visitor.post(f"/leads/{lead.id}/edit", self.fields(visitor, lead))

        assert world.leads() == [lead]
        assert "Nothing was changed." in seen(visitor.get(f"/leads/{lead.id}").text)

    def test_emptied_text_takes_the_token_away(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world, interest="kittens", age="7")
        fields = self.fields(visitor, lead)
        fields["value"][fields["name"].index("age")] = ""

        visitor.post(f"/leads/{lead.id}/edit", fields)

        assert world.leads()[0].tokens == {"interest": "kittens"}

    def test_lead_that_has_changed_meanwhile_is_not_overwritten(self, world: World, visitor: Visitor) -> None:
        lead = submitted(world, interest="kittens")
        fields = self.fields(visitor, lead, sub_id="mine")
        submitted(world, interest="puppies")

        answer = visitor.post(f"/leads/{lead.id}/edit", fields)

        assert answer.status_code == 409
        assert "Somebody else was faster" in answer.text
        assert (world.leads()[0].tokens["interest"], world.leads()[0].attribution.sub_id) == ("puppies", None)

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"lead_priority": "soon"}, "must be a number"),
            ({"next_action_at": "soon"}, "is not a time"),
            ({"new_name": ["", "x"], "new_value": ["text", ""]}, "is missing beside a text"),
            ({"sub_id": "x" * 300}, "must have 1 to 255 characters"),
        ],
    )
    def test_what_cannot_be_is_told_and_kept_in_the_form(
        self, world: World, visitor: Visitor, fields: dict[str, Any], said: str
    ) -> None:
        lead = submitted(world, interest="kittens")

        answer = visitor.post(f"/leads/{lead.id}/edit", self.fields(visitor, lead, **fields))

        assert answer.status_code == 422
        assert said in seen(answer.text)
        assert world.leads() == [lead]


class TestViewer:
    def test_sees_everything_and_is_offered_nothing(self, world: World) -> None:
        lead = submitted(world)
        viewer = a_visitor(world, Role.VIEWER)

        for path in ("/leads", f"/leads/{lead.id}", "/submissions", "/contacts", f"/contacts/{ADA}"):
            answer = viewer.get(path)
            assert answer.status_code == 200
            main = answer.text.partition("<main")[2]
            assert 'method="post"' not in main
            assert f"/leads/{lead.id}/edit" not in main

    @pytest.mark.parametrize("end", ["remove", "move_to_end", "opt_out", "hide", "edit"])
    def test_changes_nothing(self, world: World, end: str) -> None:
        lead = submitted(world)

        answer = a_visitor(world, Role.VIEWER).post(f"/leads/{lead.id}/{end}")

        assert answer.status_code == 403
        assert world.leads() == [lead]


def wrong(text: str) -> list[str]:
    """Return what is said beside the fields of a form."""
    return re.findall(r'class="wrong">([^<]+)<', text)
