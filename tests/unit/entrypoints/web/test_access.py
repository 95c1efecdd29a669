"""Who may do what: roles, companies, forms of strangers; and that the intake pays for none of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.user import Role

from tests.support.apps import LEADS, a_world
from tests.support.visitors import HTML, Visitor, a_user_of, a_visitor

if TYPE_CHECKING:
    from werkzeug.routing import Rule

    from leadintake.adapters.memory.store import MemoryStore

    from tests.support.apps import World

OPEN = {"/sign-in", "/sign-out", "/posting/<page_id>", "/assets/<digest>/<path:name>"}
OF_EVERYBODY = {"/account/password", "/account/sessions/end"}
_SOME_ID = "019ca945-0a00-7000-8000-000000000001"
PARTS = {
    "number": "1",
    "key": "interest",
    "page_id": "x",
    "user_id": _SOME_ID,
    "api_key_id": _SOME_ID,
    "lead_token_id": _SOME_ID,
    "lead_id": _SOME_ID,
    "submission_id": _SOME_ID,
    "caller_id": "+12025550143",
}


def page_rules(world: World) -> list[Rule]:
    """Return the routes of the pages, but for those that are open to everybody."""
    return [
        rule
        for rule in world.app.url_map.iter_rules()
        if not rule.rule.startswith("/api") and rule.rule not in OPEN | {"/healthz", "/readyz", "/metrics"}
    ]


def address(rule: Rule) -> str:
    """Return an address of that route."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: PARTS.get(found[1], "1"), rule.rule)


def test_every_page_asks_who_it_is(world: World) -> None:
    """A page that comes later and forgets to ask fails here."""
    a_user_of(world)
    visitor = Visitor(client=world.client)

    for rule in page_rules(world):
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = visitor.client.open(address(rule), method=method, headers=HTML)
            assert (answer.status_code, answer.headers.get("Location", "")[:8]) == (303, "/sign-in"), rule


def test_every_form_is_ours_or_refused(world: World) -> None:
    """A page of another site can make a browser post, but does not know what our own forms carry."""
    visitor = a_visitor(world)

    for rule in page_rules(world):
        if "POST" in (rule.methods or set()):
            for token in ({}, {"csrf_token": "made up"}):
                answer = visitor.client.post(address(rule), data=token, headers=HTML)
                assert answer.status_code == 400, rule
                assert "load the page again" in answer.text


def test_form_that_a_browser_says_comes_from_elsewhere_is_refused(world: World) -> None:
    visitor = a_visitor(world)

    answer = visitor.client.post(
        "/schedules/1/paused",
        data={"csrf_token": visitor.token(), "paused": "yes"},
        headers={**HTML, "Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 400
    assert world.services.read_schedule(world.company.id, world.schedule.id).paused_at is None


def test_viewer_sees_and_changes_nothing(world: World) -> None:
    visitor = a_visitor(world, Role.VIEWER)

    for rule in page_rules(world):
        if "POST" in (rule.methods or set()) and rule.rule not in OF_EVERYBODY:
            answer = visitor.post(address(rule))
            assert answer.status_code == 403, rule
            assert "You may not do this" in answer.text
    for path in ("/", "/schedules", "/schedules/1/edit", "/schedules/1/submit_leads_help", "/offers/1/edit"):
        page = visitor.get(path)
        assert page.status_code == 200
        assert world.schedule_token not in page.text
        assert 'action="/schedules/1/submit_leads_help/reveal"' not in page.text


@pytest.mark.parametrize("role", [Role.OWNER, Role.OPERATOR])
def test_operator_changes_what_the_company_has_set_up(world: World, role: Role) -> None:
    visitor = a_visitor(world, role)

    assert visitor.post("/schedules/1/paused", {"paused": "yes"}).status_code == 303

    assert world.services.read_schedule(world.company.id, world.schedule.id).paused_at is not None


def test_nothing_of_another_company_is_there(store: MemoryStore) -> None:
    """Its ids look as if they did not exist, whatever is done with them."""
    ours, theirs = a_world(store), a_world(store)
    with store.unit_of_work(theirs.company.id) as uow:
        for _ in range(3):
            uow.directory.add_schedule(name="Theirs", actions=())
            uow.directory.add_offer(name="Theirs too")
        uow.commit()
    visitor = a_visitor(ours)
    token = next(iter(theirs.services.reveal_lead_tokens(theirs.company.id, theirs.schedule.ref)))[0]

    for path in (
        "/schedules/3/edit",
        "/offers/3/edit",
        "/schedules/3/submit_leads_help",
        "/offers/3/contact_fields/new",
    ):
        assert visitor.get(path).status_code == 404
    for view in ("reveal", "rotate", "revoke", "test"):
        answer = visitor.post(f"/schedules/1/submit_leads_help/{view}", {"lead_token_id": str(token.id)})
        assert answer.status_code == 404
        assert theirs.schedule_token not in answer.text
    assert "Theirs" not in visitor.get("/schedules").text


def test_token_of_another_owner_is_none_of_this_one(world: World) -> None:
    visitor = a_visitor(world)
    token = next(iter(world.services.reveal_lead_tokens(world.company.id, world.offer.ref)))[0]

    answer = visitor.post("/schedules/1/submit_leads_help/reveal", {"lead_token_id": str(token.id)})

    assert answer.status_code == 404


def test_intake_reads_no_cookie_and_sets_none(world: World) -> None:
    """No hook and no session runs for a lead; a cookie of the pages means nothing there."""
    visitor = a_visitor(world)

    answer = visitor.client.post(
        LEADS, json={"caller_id": "+18004506787"}, headers={"X-Lead-Token": world.schedule_token}
    )
    asked = visitor.client.get(LEADS)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers
    assert asked.status_code == 401
    assert world.app.before_request_funcs.get(None, []) == []
    assert world.app.after_request_funcs.get(None, []) == []


def test_pages_may_load_nothing_from_elsewhere(world: World) -> None:
    visitor = a_visitor(world)

    for path in ("/", "/sign-in", "/schedules", "/schedules/1/submit_leads_help", "/nothing"):
        answer = visitor.get(path)
        if answer.status_code == 303:
            continue
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", answer.text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)


MARKUP = "\"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'"


def test_markup_in_what_is_stored_is_text(world: World) -> None:
    """Names, sub ids and token values are whatever strangers and colleagues write."""
    visitor = a_visitor(world)
    visitor.post("/schedules/1/edit", {"name": MARKUP, "lead_duplicate_timeframe": "0"})
    visitor.post(
        "/offers/1/contact_fields/new", {"key": "interest", "title": MARKUP, "type": "text", "choices": MARKUP}
    )
    visitor.post("/schedules/1/submit_leads_help/tokens", {"label": MARKUP, "kind": "secret"})
    visitor.post("/schedules/1/submit_leads_help/posting_page", {"is_on": "yes"})
    world.submit(caller_id="123", sub_id=MARKUP, note=MARKUP)
    posting = re.search(r"/posting/[0-9a-f]+", visitor.get("/schedules/1/submit_leads_help").text)
    assert posting

    pages = ["/", "/schedules", "/schedules/1/edit", "/schedules/1/submit_leads_help", "/offers/1/edit",
             "/offers/1/submit_leads_help", "/offers/1/contact_fields/interest/edit", posting[0]]  # fmt: skip
    for path in pages:
        page = visitor.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert "49" not in re.sub(r"\d{3,}|[0-9a-f]{12,}", "", page.text) or "{{7*7}}" in page.text, path


@pytest.mark.parametrize("accept", ["application/json", "*/*"])
def test_programs_are_told_in_problem_documents(world: World, accept: str) -> None:
    answer = world.client.get("/nothing", headers={"Accept": accept})

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
