"""Leads, submissions and contacts as an operator works with them, in a real browser."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.integration.browser.conftest import Intake
    from tests.integration.browser.desk import Desk

LONG = "long" * 500
MARKUP = "\u202e<img src=x onerror=alert(1)></script><script>alert(2)</script>{{ 7 * 7 }}"
DISCLOSURE = "By pressing the button I agree to be called about solar roofs, by a machine too. " * 3


def submit(intake: Intake, *, status: int = 200, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON has
    """Post these fields as a sender would, and return the answer."""
    asked = Request(  # noqa: S310 - our own http address
        intake.leads_url,
        data=json.dumps(fields).encode(),
        headers={"Content-Type": "application/json", "X-Lead-Token": intake.token},
    )
    try:
        with urlopen(asked, timeout=10) as answer:  # noqa: S310 - likewise
            found = answer.status, json.load(answer)
    except HTTPError as error:
        found = error.code, json.load(error)
    assert found[0] == status, found
    document: dict[str, Any] = found[1]
    return document


def confirm(desk: Desk, button: str, yes: str) -> None:
    """Press a button, and say yes to what is asked then, without a mouse."""
    desk.page.get_by_role("main").get_by_role("button", name=button, exact=True).press("Enter")
    desk.page.get_by_role("dialog").get_by_role("button", name=yes, exact=True).press("Enter")


@pytest.fixture(scope="module")
def many(intake: Intake) -> Intake:
    """Lend an intake with leads of every kind."""
    texts: list[dict[str, Any]] = [
        {"interest": "kittens", "email": "ada@example.com", "traffic_source_id": "1000", "sub_id": "creative-A"},
        {"interest": LONG, "sub_id": "x" * 255, "email": f"{'a' * 60}@example.com"},
        {"interest": MARKUP, "sub_id": MARKUP, "page": "javascript:alert(1)", "email": MARKUP},
        {"interest": "عربي \u202ereversed", "note": "first\nsecond", "sub_id": "שלום"},
        {"xxTrustedFormCertUrl": "https://cert.trustedform.com/0123456789", "tcpa_disclosure": DISCLOSURE},
    ]
    for number, fields in enumerate([*texts, *([{}] * 25)]):
        submit(intake, caller_id=f"+1202555{number + 100:04}", expires_in="600", **fields)
    return intake


def test_nothing_yet_says_what_to_do(desk: Desk) -> None:
    for name in ("leads", "submissions", "contacts"):
        desk.open(f"/{name}")
        desk.check(f"{name}-empty")


def test_leads_are_searched_and_paged(many: Intake, desk: Desk) -> None:
    desk.open("/leads")
    desk.check("leads", is_dark_too=True)
    expect(desk.page.get_by_text("30 leads.")).to_be_visible()

    desk.page.get_by_role("link", name="Older").press("Enter")
    desk.page.wait_for_url(re.compile("cursor="))
    assert desk.page.locator("tbody tr").count() == 5
    desk.check("leads-odd-texts")

    desk.page.get_by_label("Number or e-mail").fill("(202) 555-0100")
    desk.page.get_by_label("Number or e-mail").press("Enter")
    expect(desk.page.get_by_text("One lead.")).to_be_visible()
    # What is seen can be sent to somebody else.
    assert desk.page.url == (
        f"{many.url}/leads?q=%28202%29+555-0100&status=&owner=&traffic_source_id=&sub_id=&from=&to="
    )
    desk.page.get_by_role("link", name="+1 202-555-0100").click()
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("+1 202-555-0100 scheduled")
    desk.check("lead", is_dark_too=True)


@pytest.mark.parametrize(("number", "name"), [("101", "long"), ("102", "markup"), ("103", "bidi"), ("104", "consent")])
def test_odd_texts_do_nothing_and_break_nothing(many: Intake, desk: Desk, number: str, name: str) -> None:
    """A dialog, a script that runs or a page that scrolls sideways fails the desk."""
    desk.page.on("dialog", lambda dialog: desk.troubles.append(f"dialog: {dialog.message}"))
    [lead] = many.leads_of(f"+1202555{number.zfill(4)}")
    desk.open(f"/leads/{lead['id']}")
    desk.check(f"lead-{name}")
    desk.open(f"/leads/{lead['id']}/edit")
    desk.check(f"lead-edit-{name}")


def test_lead_is_edited_and_operated_on(intake: Intake, desk: Desk, caller: str) -> None:
    lead = submit(intake, caller_id=caller, interest="kittens", note="first\nsecond")
    desk.open(f"/leads/{lead['id']}")
    desk.page.get_by_role("link", name="Edit").press("Enter")
    desk.page.get_by_label("interest").fill("puppies")
    desk.page.get_by_label("E-mail").fill("ada@example.com")
    desk.page.get_by_role("button", name="Save").press("Enter")
    expect(desk.page.get_by_role("status").first).to_have_text("Saved: email, interest.")

    confirm(desk, "Move to the end of the schedule", "Move it")
    expect(desk.page.get_by_text("The rest of the plan is skipped").first).to_be_visible()
    confirm(desk, "Hide from lists", "Hide it")
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("removed")

    query = urlencode({"caller_id": caller, "status": "removed"})
    [seen] = intake.asked(f"{intake.leads_url}?{query}")["leads"]
    assert (seen["status"], seen["tokens"]["interest"], seen["email"]) == ("removed", "puppies", "ada@example.com")
    assert seen["tokens"]["note"] == "first\nsecond"
    desk.check("lead-removed")


def test_refused_submission_is_mended_and_replayed(intake: Intake, desk: Desk, caller: str) -> None:
    submit(intake, status=422, caller_id="no number", interest="kittens", age="7")
    desk.open("/submissions")
    desk.check("submissions", is_dark_too=True)
    desk.page.locator("tbody th a").first.press("Enter")
    expect(desk.page.get_by_role("heading", name="Mend and replay")).to_be_visible()
    desk.check("submission")

    desk.page.get_by_label("caller_id").fill(caller)
    desk.page.get_by_role("button", name="See what would happen").press("Enter")
    expect(desk.page.get_by_text("It would be taken now: created.")).to_be_visible()
    desk.check("submission-dry-run")
    assert intake.leads_of(caller) == []
    desk.page.get_by_role("button", name="Replay it").press("Enter")
    expect(desk.page.get_by_role("status").first).to_have_text("Taken: created.")

    [lead] = intake.leads_of(caller)
    assert lead["tokens"] == {"interest": "kittens", "age": "7"}
    desk.check("submission-replayed")


def test_many_are_tried_out_and_replayed_by_themselves(intake: Intake, desk: Desk) -> None:
    for number in range(105):
        submit(intake, status=422, caller_id="nobody", interest=f"{number}")
    desk.open("/submissions?code=invalid_caller_id")
    desk.page.get_by_role("button", name="See which of these would pass now").press("Enter")

    # A page asks for the next hundred by itself until all are looked at.
    expect(desk.page.get_by_text("None would pass as it stands.")).to_be_visible(timeout=30_000)
    expect(desk.page.locator(".tally")).to_contain_text("0 would pass now, 105 still fail")
    desk.check("submissions-dry-run")


def test_caller_opts_out_is_lifted_and_erased(intake: Intake, desk: Desk, caller: str) -> None:
    submit(intake, caller_id=caller, interest="kittens")
    desk.open("/contacts")
    desk.page.get_by_label("A caller’s number").fill(caller.removeprefix("+1"))
    desk.page.get_by_role("button", name="Look up").press("Enter")
    desk.page.wait_for_url(f"{intake.url}/contacts/{caller}")
    confirm(desk, "Opt out", "Opt them out")
    expect(desk.page.get_by_text("One live lead ended with it.")).to_be_visible()
    confirm(desk, "Block", "Block them")
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("blocked")
    desk.check("contact", is_dark_too=True)
    desk.open("/contacts")
    desk.check("contacts")

    desk.open(f"/contacts/{caller}")
    desk.page.get_by_label("The caller has asked to be contacted again").press("Space")
    desk.page.get_by_role("button", name="Lift the opt-out").press("Enter")
    expect(desk.page.get_by_role("status").first).to_contain_text("Lifted")

    desk.page.get_by_role("link", name="Erase everything").press("Enter")
    desk.check("contact-erase")
    desk.page.get_by_label("Type the number").fill(caller)
    desk.page.get_by_role("button", name="Erase everything").press("Enter")
    expect(desk.page.get_by_text("the receipt stands first below")).to_be_visible()
    desk.check("erasures")
    desk.open(f"/contacts/{caller}")
    expect(desk.page.get_by_text("Nothing is known of this number here")).to_be_visible()
    desk.check("contact-unknown")


def test_pages_work_without_a_script(many: Intake, desk: Desk) -> None:
    """Every search is a link, every change a form."""
    context = desk.page.context.browser.new_context(  # type: ignore[union-attr]  # there is one
        java_script_enabled=False,
        base_url=many.url,
        viewport={"width": 390, "height": 844},
        storage_state=desk.page.context.storage_state(),
    )
    page = context.new_page()
    page.goto("/leads?q=2025550105")
    page.get_by_role("link", name="+1 202-555-0105").click()
    page.get_by_role("button", name="Remove", exact=True).click()

    expect(page.get_by_role("status").first).to_contain_text("The lead is removed")
    context.close()
