"""What strangers and colleagues write is shown as text, to a real browser too; and roles hold in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.integration.browser.conftest import Intake
    from tests.integration.browser.desk import Desk

MARKUP = "\"'><script>window.hacked=1</script><img src=x onerror='window.hacked=1'><svg onload=window.hacked=1>"
LONG = "Nobody-would-call-it-that-but-somebody-does-" * 2


def test_stored_markup_does_nothing(desk: Desk, intake: Intake, caller: str) -> None:
    desk.open("/offers/new")
    desk.page.get_by_label("Name", exact=True).fill(MARKUP[:100])
    desk.page.get_by_role("button", name="Make the offer").click()
    desk.page.wait_for_url("**/submit_leads_help")
    help_page = desk.page.url
    number = help_page.split("/")[-2]
    desk.open(f"/offers/{number}/contact_fields/new")
    desk.page.get_by_label("Lead token").fill("interest")
    desk.page.get_by_label("Title").fill(MARKUP[:100])
    desk.page.get_by_label("Values allowed").fill(f"{MARKUP}, {LONG}")
    desk.page.get_by_role("button", name="Add the field").click()
    desk.page.get_by_text("is added, to the samples too").wait_for()
    desk.check("odd-contact-field")
    body = json.dumps({"caller_id": caller, "sub_id": MARKUP, MARKUP: MARKUP}).encode()
    headers = {"Content-Type": "application/json", "X-Lead-Token": intake.token}
    urlopen(Request(intake.leads_url, data=body, headers=headers), timeout=10).close()  # noqa: S310 - our own http address

    for path in (
        "/",
        "/offers",
        f"/offers/{number}/edit",
        f"/offers/{number}/submit_leads_help",
        "/schedules/1/submit_leads_help",
    ):
        desk.open(path)
        desk.page.wait_for_load_state("load")
        assert desk.page.evaluate("window.hacked") is None, path
    desk.open(f"/offers/{number}/submit_leads_help")
    expect(desk.page.locator("#watch").get_by_text("A lead has arrived")).to_be_attached()
    desk.check("odd-names")


def test_viewer_looks_and_is_told_what_they_may_not(visitor: Desk, intake: Intake) -> None:
    added = intake.installation.run("user", "add", "eve@example.com", "--role", "viewer", "--output", "json")
    visitor.sign_in("eve@example.com", json.loads(added.stdout)["password"])
    visitor.page.wait_for_url(f"{intake.url}/")

    visitor.open("/schedules/1/submit_leads_help")
    assert visitor.page.get_by_role("button", name="Reveal").count() == 0
    assert visitor.page.get_by_text("Operators can reveal it.").is_visible()
    visitor.check("viewer-help")
    visitor.open("/schedules/1/edit")
    assert visitor.page.get_by_role("button", name="Save").count() == 0
    visitor.check("viewer-edit")


def test_who_fails_too_often_is_told_to_wait(visitor: Desk) -> None:
    for _ in range(6):
        visitor.sign_in("mallory@example.com", "not the password")
        visitor.page.get_by_role("alert").wait_for()

    assert "wait" in (visitor.page.get_by_role("alert").text_content() or "")
    visitor.check("sign-in-too-often")


def test_form_that_outlived_its_session_says_what_to_do(desk: Desk) -> None:
    desk.open("/schedules/1/edit")
    desk.page.evaluate("document.querySelector('main form [name=csrf_token]').value = 'made up'")

    desk.page.get_by_role("button", name="Pause").click()
    desk.page.get_by_role("dialog").get_by_role("button", name="Pause").click()

    desk.page.get_by_role("heading", name="This form cannot be used any more").wait_for()
    desk.check("forged-form")


def test_form_of_a_new_schedule_is_sound(desk: Desk) -> None:
    """The forms of rules and of a plan, in full."""
    desk.open("/schedules/new")
    desk.page.get_by_text("Rules: what is refused").click()
    desk.page.get_by_role("button", name="Make the schedule").click()
    desk.check("schedule-new")


def test_rules_are_tried_where_they_are_written(desk: Desk, intake: Intake, caller: str) -> None:
    for _ in range(2):
        body = json.dumps({"caller_id": caller}).encode()
        headers = {"Content-Type": "application/json", "X-Lead-Token": intake.token}
        urlopen(Request(intake.leads_url, data=body, headers=headers), timeout=10).close()  # noqa: S310 - our own http address
    desk.open("/schedules/1/edit")
    desk.page.get_by_text("Rules: what is refused").click()
    desk.page.get_by_label("Refuse duplicates for").fill("86400")
    desk.page.get_by_role("button", name="Try these rules").click()

    expect(desk.page.get_by_role("heading", name="What these rules would have done")).to_be_in_viewport()
    expect(desk.page.get_by_role("cell", name="duplicate_lead").first).to_be_visible()
    expect(desk.page.get_by_label("Refuse duplicates for")).to_have_value("86400")
    desk.check("rules-tried", is_dark_too=True)


def test_everything_is_reached_from_the_keyboard(desk: Desk) -> None:
    desk.open("/schedules/1/edit")

    desk.page.keyboard.press("Tab")
    expect(desk.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Tab")

    expect(desk.page.get_by_role("link", name="API Token & Examples")).to_be_focused()
