"""Submissions in pages: why each was refused, mended and replayed one by one or all together."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from leadintake.domain.submission import Outcome
from leadintake.domain.user import Role

from tests.support.apps import a_world
from tests.support.visitors import Visitor, a_visitor
from tests.unit.entrypoints.web.test_leads import ADA, MARKUP, seen

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore
    from leadintake.domain.submission import Submission

    from tests.support.apps import World


@pytest.fixture
def visitor(world: World) -> Visitor:
    return a_visitor(world, Role.OPERATOR)


def refused(world: World, **fields: Any) -> Submission:  # noqa: ANN401 - whatever JSON has
    """Have a lead refused, and return what is kept of it."""
    assert world.submit(**{"caller_id": "nobody", **fields}).status_code == 422
    return world.submissions()[0]


def path_of(submission: Submission) -> str:
    """Return where a submission is shown."""
    return f"/submissions/{submission.receipt.id}"


def rows(text: str) -> list[tuple[str, str]]:
    """Return the rows of the form: name and text."""
    field = r'(?:<textarea[^>]*>\n(.*?)</textarea>|<input [^>]*name="value" value="([^"]*)")'
    found = re.findall(rf'name="name" value="([^"]*)">\s*<div>\s*{field}', text, re.DOTALL)
    return [(unescape(name), unescape(long or short)) for name, long, short in found]


def fields(text: str, **others: Any) -> dict[str, Any]:  # noqa: ANN401 - form fields
    """Return the form as the page has it, with these texts in the place of those that were sent."""
    found = rows(text)
    names = [name for name, _ in found]
    assert set(others) <= set(names)
    return {"name": names, "value": [others.get(name, text) for name, text in found]}


class TestList:
    def test_refused_ones_come_first_with_the_reason(self, world: World, visitor: Visitor) -> None:
        refused(world)
        world.submit(caller_id=ADA)

        answer = visitor.get("/submissions")

        text = seen(answer.text)
        assert "One submission." in text
        assert "caller_id is not a valid phone number invalid_caller_id Call at once Submit a lead" in text
        assert 'href="/api/docs/errors#invalid_caller_id"' in answer.text
        assert "invalid_caller_id 1" in text

    def test_tabs_show_the_others(self, world: World, visitor: Visitor) -> None:
        refused(world)
        world.submit(caller_id=ADA)
        world.client.post("/api/v1/leads/caller_opt_out", json={"caller_id": ADA}, headers=world.bearer())

        accepted, everything = (seen(visitor.get(f"/submissions?show={tab}").text) for tab in ("accepted", "all"))

        assert "2 submissions." in accepted
        assert "opted out – – Opt a caller out" in accepted
        assert "created – Call at once Submit a lead" in accepted
        assert "3 submissions." in everything

    def test_counts_by_code_lead_to_them(self, world: World, visitor: Visitor) -> None:
        for _ in range(2):
            refused(world)
        refused(world, caller_id="")

        answer = visitor.get("/submissions")
        assert "invalid_caller_id 2 missing_caller_id 1" in seen(answer.text)
        [address] = [each for each in re.findall(r'href="(/submissions\?[^"]*)"', answer.text) if "missing" in each]

        narrowed = seen(visitor.get(unescape(address)).text)
        assert "One submission." in narrowed
        assert "invalid_caller_id 2 missing_caller_id 1" in narrowed

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("owner=schedule:1", 1),
            ("owner=offer:1", 1),
            ("from=2026-03-02", 0),
            ("from=2026-03-01&to=2026-03-01", 2),
            ("code=no_such_code", 0),
        ],
    )
    def test_filters(self, world: World, visitor: Visitor, query: str, count: int) -> None:
        refused(world)
        world.submit(world.offer_token, caller_id="nobody")

        text = visitor.get(f"/submissions?{query}").text

        assert len(re.findall(r'<th scope="row"', text)) == count

    def test_token_is_one_of_the_filters(self, world: World, visitor: Visitor) -> None:
        kept = refused(world)
        world.submit(world.offer_token, caller_id="nobody")

        text = visitor.get(f"/submissions?lead_token_id={kept.receipt.lead_token_id}").text

        assert re.findall(r'<th scope="row"[^>]*><a href="([^"]+)"', text) == [path_of(kept)]

    @pytest.mark.parametrize("query", ["owner=x", "from=x", "lead_token_id=x", "cursor=x", "owner=schedule:0"])
    def test_filter_that_makes_no_sense_is_told(self, visitor: Visitor, query: str) -> None:
        assert visitor.get(f"/submissions?{query}").status_code == 422

    def test_empty_ones_say_what_to_do(self, world: World, visitor: Visitor) -> None:
        assert "Nothing was refused" in visitor.get("/submissions").text
        assert "Nothing has come in yet" in visitor.get("/submissions?show=all").text
        refused(world)
        assert "No submission matches" in visitor.get("/submissions?owner=offer:1").text

    def test_unclaimed_ones_are_the_administrators(self, world: World, visitor: Visitor) -> None:
        """They belong to no company, so that no company's users may read them."""
        world.submit("lt_0123456789ABCDEFGHIJKLMNOPQRST_0Sm4vN", caller_id=ADA)
        assert len(world.unclaimed()) == 1

        text = seen(visitor.get("/submissions?show=all").text)

        assert "leadintake submissions unclaimed list" in text
        assert ADA not in text


class TestOne:
    def test_all_of_it_is_shown_but_credentials(self, world: World, visitor: Visitor) -> None:
        kept = refused(world, interest="kittens", lead_token=world.schedule_token, **{"Odd Name": "x"})

        answer = visitor.get(path_of(kept))

        text = seen(answer.text)
        assert world.schedule_token not in answer.text
        for said in (
            "Submit a lead refused",
            "Why caller_id is not a valid phone number invalid_caller_id",
            "by the lead token Call at once, made on 2026-03-01",
            "renamed_token",
            '"interest": "kittens"',
        ):
            assert said in text

    def test_another_companys_is_like_none(self, store: MemoryStore, visitor: Visitor) -> None:
        theirs = refused(a_world(store)).receipt.id

        answers = [visitor.get(f"/submissions/{each}") for each in (theirs, uuid4())]
        answers += [visitor.post(f"/submissions/{each}/replay", {"really": "yes"}) for each in (theirs, uuid4())]

        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1

    @pytest.mark.parametrize("text", MARKUP)
    def test_what_strangers_send_is_text(self, world: World, visitor: Visitor, text: str) -> None:
        kept = refused(world, **{"caller_id": text, text: text, "interest": text, "sub_id": text})

        for path in ("/submissions", path_of(kept)):
            answer = visitor.get(path)
            assert answer.status_code == 200
            for dangerous in ("<img src=x", "<svg", "<script>", 'href="javascript', ">49<"):
                assert dangerous not in answer.text

    def test_operation_of_a_page_says_by_whom(self, world: World, visitor: Visitor) -> None:
        visitor.post(f"/contacts/{ADA}/opt_out")

        text = seen(visitor.get(path_of(world.submissions()[0])).text)

        assert f"Came by {visitor.email}" in text


class TestReplay:
    def test_fields_at_fault_come_first_prefilled(self, world: World, visitor: Visitor) -> None:
        kept = refused(world, interest="kittens", sub_id="a")

        text = visitor.get(path_of(kept)).text

        assert rows(text) == [("caller_id", "nobody"), ("sub_id", "a"), ("interest", "kittens")]

    def test_missing_field_has_a_row(self, world: World, visitor: Visitor) -> None:
        kept = refused(world, caller_id=None, interest="kittens")

        assert rows(visitor.get(path_of(kept)).text) == [("caller_id", ""), ("interest", "kittens")]

    def test_dry_run_shows_what_would_happen_and_keeps_nothing(self, world: World, visitor: Visitor) -> None:
        kept = refused(world, interest="kittens")
        form = fields(visitor.get(path_of(kept)).text, caller_id="(202) 555-0143", interest="puppies")

        answer = visitor.post(f"{path_of(kept)}/replay", form)

        assert answer.status_code == 200
        assert "It would be taken now: created." in seen(answer.text)
        assert ">Replay it<" in answer.text
        assert rows(answer.text) == [("caller_id", "(202) 555-0143"), ("interest", "puppies")]
        assert world.leads() == []

    def test_replay_takes_it_with_what_was_edited(self, world: World, visitor: Visitor) -> None:
        kept = refused(world, interest="kittens", age="7", sub_id="a")
        form = fields(visitor.get(path_of(kept)).text, caller_id="(202) 555-0143", age="")
        form |= {"new_name": ["Zip", ""], "new_value": ["90210", ""], "really": "yes"}

        answer = visitor.post(f"{path_of(kept)}/replay", form)

        assert answer.status_code == 303
        [lead] = world.leads()
        assert (str(lead.caller), lead.tokens) == (ADA, {"interest": "kittens", "zip": "90210"})
        text = seen(visitor.get(path_of(kept)).text)
        assert "Taken: created." in text
        assert f", by {visitor.email} , with" in text
        assert "age taken out" in text
        assert "caller_id = (202) 555-0143" in text
        assert "Mend and replay" not in text
        assert "replayed: created" in seen(visitor.get("/submissions").text)
        again = visitor.post(f"{path_of(kept)}/replay", form)
        assert (again.status_code, len(world.leads())) == (303, 1)
        assert "Nothing changed: it had been taken before." in seen(visitor.get(path_of(kept)).text)

    @pytest.mark.parametrize(("really", "said"), [("no", "It would still be refused"), ("yes", "It was refused again")])
    def test_what_is_still_wrong_is_told_at_its_field(
        self, world: World, visitor: Visitor, really: str, said: str
    ) -> None:
        kept = refused(world, interest="kittens")
        form = fields(visitor.get(path_of(kept)).text, caller_id="still nobody") | {"really": really}

        answer = visitor.post(f"{path_of(kept)}/replay", form)

        assert answer.status_code == 422
        assert said in seen(answer.text)
        assert rows(answer.text)[0] == ("caller_id", "still nobody")
        assert re.search(r'class="wrong">is not a valid phone number', answer.text)
        assert ">Replay it<" not in answer.text

    @pytest.mark.parametrize(
        ("name", "said"),
        [("lead_token", "is a credential"), ("", "is missing beside a text"), ("___", "must have a name")],
    )
    def test_name_that_cannot_be_set_is_told(self, world: World, visitor: Visitor, name: str, said: str) -> None:
        kept = refused(world)
        form = fields(visitor.get(path_of(kept)).text) | {"new_name": [name], "new_value": ["x"]}

        answer = visitor.post(f"{path_of(kept)}/replay", form)

        assert answer.status_code == 422
        assert said in seen(answer.text)

    def test_opted_out_caller_stays_so(self, world: World, visitor: Visitor) -> None:
        kept = refused(world)
        visitor.post(f"/contacts/{ADA}/opt_out")
        form = fields(visitor.get(path_of(kept)).text, caller_id=ADA) | {"really": "yes"}

        answer = visitor.post(f"{path_of(kept)}/replay", form)

        assert "caller_opted_out" in answer.text
        assert world.leads() == []

    def test_what_cannot_be_judged_again_says_why(self, world: World, visitor: Visitor) -> None:
        world.client.post(f"/api/v1/leads/{uuid4()}/lead_remove", headers=world.bearer())
        [kept] = world.submissions()

        assert "do that again instead" in visitor.get(path_of(kept)).text
        answer = visitor.post(f"{path_of(kept)}/replay", {"really": "yes"})
        assert (answer.status_code, "do that again instead" in answer.text) == (422, True)

    def test_viewer_may_not(self, world: World) -> None:
        kept = refused(world)
        viewer = a_visitor(world, Role.VIEWER)

        assert "An operator or an owner" in viewer.get(path_of(kept)).text
        assert viewer.post(f"{path_of(kept)}/replay", {"really": "yes"}).status_code == 403
        assert viewer.post("/submissions/replay", {"really": "yes"}).status_code == 403


class TestReplayMany:
    def form(self, text: str) -> dict[str, str]:
        """Return the form that goes on, or begins the replay in earnest."""
        main = text.partition('<div id="replaying"')[2]
        return {
            name: unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main)
            if name != "csrf_token"
        }

    def paused(self, world: World, count: int) -> None:
        """Have so many leads refused by a schedule that is paused, and take it up again."""
        world.pause(schedule=world.clock())
        for number in range(count):
            assert world.submit(caller_id=f"+1202555{number + 1000:04}").status_code == 422
        world.pause(schedule=None)
        with world.store.unit_of_work(world.company.id) as uow:
            uow.directory.save_schedule(world.schedule)
            uow.commit()

    def test_dry_run_says_how_many_would_pass_and_why_not(self, world: World, visitor: Visitor) -> None:
        self.paused(world, 3)
        refused(world)
        world.client.post("/api/v1/leads/caller_opt_out", json={"caller_id": "+12025551001"}, headers=world.bearer())
        world.clock.advance(timedelta(seconds=1))

        answer = visitor.post("/submissions/replay", {})

        text = seen(answer.text)
        assert (
            "2 would pass now, 2 still fail ." in text.replace("  ", " ") or "2 would pass now, 2 still fail." in text
        )
        assert "caller_opted_out 1" in text
        assert "invalid_caller_id 1" in text
        assert "Replay them: 2 would pass" in text
        assert world.leads() == []

        done = visitor.post("/submissions/replay", self.form(answer.text))
        assert "2 passed" in seen(done.text)
        assert len(world.leads()) == 2
        [kept] = [each for each in world.submissions() if each.receipt.request["json"].count("5551000")]
        assert f", by {visitor.email}" in seen(visitor.get(path_of(kept)).text)

    def test_many_are_judged_part_by_part(self, world: World, visitor: Visitor) -> None:
        self.paused(world, 130)
        world.clock.advance(timedelta(seconds=1))

        first = visitor.post("/submissions/replay", {"code": "schedule_paused"})
        assert "100 of 130 looked at" in seen(first.text)
        self.paused(world, 1)
        last = visitor.post("/submissions/replay", self.form(first.text))

        assert "130 would pass now" in seen(last.text)
        assert 'hx-trigger="load"' not in last.text
        assert self.form(last.text) == {"code": "schedule_paused", "really": "yes"}

    def test_filters_hold(self, world: World, visitor: Visitor) -> None:
        self.paused(world, 2)
        world.clock.advance(timedelta(seconds=1))

        answer = visitor.post("/submissions/replay", {"owner": "offer:1", "really": "yes"})

        assert "0 passed" in seen(answer.text)
        assert world.leads() == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"started_at": "now"},
            {"after": "x"},
            {"taken": "-1"},
            {"total": "1e9"},
            {"code.x": "many"},
            {"owner": "x"},
            {"started_at": "9999-12-31T23:59:59-12:00"},
        ],
    )
    def test_form_that_was_tampered_with_is_refused(
        self, world: World, visitor: Visitor, fields: dict[str, str]
    ) -> None:
        self.paused(world, 1)

        assert visitor.post("/submissions/replay", {"really": "yes", **fields}).status_code == 422
        assert world.leads() == []

    def test_another_companys_are_not_touched(self, store: MemoryStore, world: World, visitor: Visitor) -> None:
        other = a_world(store)
        self.paused(other, 1)
        world.clock.advance(timedelta(seconds=1))

        visitor.post("/submissions/replay", {"really": "yes"})

        assert other.leads() == []
        assert [each.outcome for each in other.submissions()] == [Outcome.REFUSED]
