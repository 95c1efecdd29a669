"""The pages where a browser lacks something: no script, no clipboard, another time zone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.integration.browser.conftest import PATIENCE_MS
from tests.integration.browser.desk import Desk, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.integration.browser.conftest import Intake

HELP = "/offers/1/submit_leads_help"


@pytest.fixture
def bare(browser: Browser, intake: Intake) -> Iterator[Desk]:
    """Lend a desk whose browser runs no script, with the owner signed in."""
    context = browser.new_context(**settings_of(intake, java_script_enabled=False))
    context.set_default_timeout(PATIENCE_MS)
    desk = Desk(page=context.new_page(), url=intake.url)
    desk.sign_in(*intake.owner)
    yield desk
    context.close()
    assert desk.troubles == []


def test_everything_that_matters_works_without_a_script(bare: Desk) -> None:
    bare.open(HELP)

    for sample in ("curl", "php", "instapage", "javascript", "python"):
        assert bare.page.locator(f"#sample-{sample}").is_visible()
    bare.page.get_by_role("button", name="Reveal").click()
    expect(bare.page.locator("#token")).to_have_text(re.compile("^lt_"))
    assert "traffic_source_id=1000" in (bare.page.locator("#attributed-url").text_content() or "")
    bare.page.locator("#test").get_by_role("button", name="Send the test lead").click()
    expect(bare.page.locator("#test-answer")).to_contain_text('"outcome": "test"')
    assert "This part needs JavaScript." in bare.page.content()


def test_question_is_not_asked_without_a_script_and_the_form_goes(bare: Desk) -> None:
    bare.open("/offers/1/edit")

    bare.page.get_by_role("button", name="Pause").click()
    bare.page.get_by_text("Paused: every lead is refused").wait_for()
    bare.page.get_by_role("button", name="Resume").click()

    bare.page.get_by_text("Resumed: leads are taken again.").wait_for()


def test_times_are_in_the_companys_zone_without_a_script(bare: Desk) -> None:
    bare.open(HELP)

    made = bare.page.locator("#tokens time").first

    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d \w+", made.text_content() or "")


def test_times_are_in_the_readers_zone_and_utc_on_hover(desk: Desk) -> None:
    desk.open(HELP)

    made = desk.page.locator("#tokens time").first

    expect(made).to_have_text(re.compile(r"^\w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d\s[AP]M$"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", made.get_attribute("title") or "")
    in_zone = desk.page.evaluate(
        """time => new Date(time).toLocaleString("en-US",
            {dateStyle: "medium", timeStyle: "short", timeZone: "America/New_York"})""",
        made.get_attribute("datetime"),
    )
    assert made.text_content() == in_zone


def test_copying_works_where_there_is_no_clipboard(desk: Desk) -> None:
    """On plain http browsers have none, but for the machine itself."""
    desk.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    desk.open(HELP)
    desk.page.wait_for_load_state()

    button = desk.page.locator('button[data-copy="#webhook-url"]')
    button.click()
    expect(button).to_have_text("Copied")
    desk.page.get_by_label("Sub ID").fill("")
    desk.page.get_by_label("Sub ID").press("Control+V")

    wanted = desk.page.locator("#webhook-url").text_content()
    assert desk.page.get_by_label("Sub ID").input_value() == wanted
    expect(button).to_have_text("Copy")
