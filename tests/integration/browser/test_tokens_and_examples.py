"""The way from an owner's page to a lead that arrives: find the token, copy a sample, run it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.integration.browser.conftest import Intake
    from tests.integration.browser.desk import Desk

EXAMPLE_CALLER = "+12025550143"
HELP = "/schedules/1/submit_leads_help"


def reveal(desk: Desk, path: str = HELP) -> None:
    """Open an owner's help page, and have its token shown."""
    desk.open(path)
    desk.page.get_by_role("button", name="Reveal").click()
    expect(desk.page.locator("#token")).to_have_text(re.compile("^lt_[0-9A-Za-z]+_[0-9A-Za-z]+$"))


def copied(desk: Desk, element: str) -> str:
    """Press the copy button of an element and return what is in the clipboard then."""
    # The script that copies comes after the page.
    desk.page.wait_for_load_state()
    button = desk.page.locator(f'button[data-copy="#{element}"]')
    button.click()
    expect(button).to_have_text("Copied")
    return desk.clipboard()


def tab(desk: Desk, name: str) -> Locator:
    """Choose one of the examples."""
    found = desk.page.get_by_role("tab", name=name, exact=True)
    found.click()
    return found


def for_caller(sample: str, caller: str) -> str:
    """Return a sample as whoever copies it would fill it in."""
    assert EXAMPLE_CALLER in sample
    return sample.replace(EXAMPLE_CALLER, caller)


def ran(command: Sequence[str], source: str, folder: Path, name: str) -> dict[str, Any]:
    """Write a sample to a file, run it, and return the answer that it prints."""
    file = folder / name
    file.write_text(source, encoding="utf-8")
    done = subprocess.run([*command, str(file)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.strip()
    answer: dict[str, Any] = json.loads(printed)
    return answer


def posted(url: str, body: bytes = b"", content_type: str = "application/x-www-form-urlencoded") -> dict[str, Any]:
    """Post to an address as a form builder does."""
    asked = Request(url, data=body, headers={"Content-Type": content_type}, method="POST")  # noqa: S310 - our own http address
    with urlopen(asked, timeout=10) as answer:  # noqa: S310 - likewise
        document: dict[str, Any] = json.load(answer)
    return document


class TestTheWayThere:
    @pytest.mark.parametrize(("place", "name"), [("Schedules", "Demo schedule"), ("Offers", "Demo offer")])
    def test_token_and_samples_are_found_from_the_front_page(self, desk: Desk, place: str, name: str) -> None:
        """The seed's path: the owner's edit page, the link near its top, the page behind it."""
        kind = place.lower()
        desk.page.get_by_role("link", name=place, exact=True).click()
        desk.page.get_by_role("link", name=name, exact=True).click()
        assert urlsplit(desk.page.url).path == f"/{kind}/1/edit"
        desk.check(f"{kind}-edit")
        link = desk.page.get_by_role("link", name="API Token & Examples")
        box = link.bounding_box()
        assert box is not None
        assert box["y"] < 300

        link.click()

        assert urlsplit(desk.page.url).path == f"/{kind}/1/submit_leads_help"
        assert desk.page.get_by_role("heading", level=1).text_content() == "API Token & Examples"
        tabs = desk.page.get_by_role("tab")
        assert tabs.all_text_contents() == ["Bash & Curl", "PHP", "Instapage", "Javascript", "Python"]
        for heading in ("Webhook URL Example", "URL Example With Traffic Source & Sub ID"):
            assert desk.page.get_by_role("heading", name=heading, exact=True).is_visible()
        desk.check(f"{kind}-help", is_dark_too=kind == "schedules")

    def test_lists_lead_to_it_too(self, desk: Desk) -> None:
        desk.open("/schedules")
        desk.check("schedules")

        desk.page.get_by_role("link", name="API Token & Examples of Demo schedule").click()

        assert urlsplit(desk.page.url).path == HELP


class TestToken:
    def test_it_is_hidden_until_it_is_revealed_and_copied_only_then(self, desk: Desk, intake: Intake) -> None:
        desk.open(HELP)
        assert intake.token not in desk.page.content()
        assert "YOUR_LEAD_TOKEN" in copied(desk, "sample-curl")

        desk.page.get_by_role("button", name="Reveal").click()
        expect(desk.page.locator("#token")).to_have_text(intake.token)

        assert copied(desk, "token") == intake.token
        assert intake.token in copied(desk, "sample-curl")
        assert intake.token not in desk.page.url
        desk.page.get_by_role("link", name="Hide").click()
        assert intake.token not in desk.page.content()

    def test_who_was_shown_it_is_noted(self, desk: Desk, intake: Intake) -> None:
        reveal(desk)

        desk.page.get_by_text("Rotate, or choose another token").click()

        assert intake.owner[0] in (
            desk.page.get_by_role("listitem").filter(has_text=intake.owner[0]).first.text_content() or ""
        )

    def test_rotating_leaves_both_at_work_and_shows_the_new_one(self, desk: Desk, intake: Intake, caller: str) -> None:
        number = new_owner(desk, "schedules", "To be rotated")
        reveal(desk, f"/schedules/{number}/submit_leads_help")
        old = copied(desk, "token")

        desk.page.get_by_text("Rotate, or choose another token").click()
        desk.page.get_by_label("The old one ends").select_option("after an hour")
        desk.page.get_by_role("button", name="Rotate").click()
        desk.page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
        desk.page.get_by_text("Here is the new API token.").wait_for()
        desk.page.get_by_role("button", name="Reveal").click()
        expect(desk.page.locator("#token")).not_to_contain_text("•")

        new = copied(desk, "token")
        assert new != old
        for token in (old, new):
            assert posted(f"{intake.leads_url}?lead_token={token}&caller_id=%2B{caller[1:]}")["success"] is True
        desk.check("tokens-rotated")

    def test_question_is_answered_from_the_keyboard(self, desk: Desk) -> None:
        """Escape, and Cancel, leave everything as it is."""
        number = new_owner(desk, "schedules", "Not to be rotated")
        desk.page.get_by_text("Rotate, or choose another token").click()
        desk.page.get_by_role("button", name="Rotate").focus()

        desk.page.keyboard.press("Enter")
        desk.page.get_by_role("dialog").wait_for()
        desk.check("question")
        desk.page.keyboard.press("Escape")

        expect(desk.page.get_by_role("dialog")).to_have_count(0)
        assert urlsplit(desk.page.url).path == f"/schedules/{number}/submit_leads_help"
        assert desk.page.get_by_role("row").count() == 2

    def test_ended_token_is_refused_at_once(self, desk: Desk, intake: Intake, caller: str) -> None:
        number = new_owner(desk, "offers", "To be cut off")
        reveal(desk, f"/offers/{number}/submit_leads_help")
        token = copied(desk, "token")

        desk.page.get_by_role("button", name="End", exact=True).click()
        desk.page.get_by_role("dialog").get_by_role("button", name="End the token").click()

        desk.page.get_by_text("whatever still sends it gets a 401").wait_for()
        assert desk.page.get_by_text("No API token of this offer works").is_visible()
        done = subprocess.run(
            ["/usr/bin/curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST",
             f"{intake.leads_url}?lead_token={token}&caller_id=%2B{caller[1:]}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout == "401"


def new_owner(desk: Desk, kind: str, name: str) -> int:
    """Make a schedule or an offer of its own for a test, and stay on its help page."""
    desk.open(f"/{kind}/new")
    desk.page.get_by_label("Name", exact=True).fill(name)
    desk.page.get_by_role("button", name="Make the").click()
    desk.page.wait_for_url("**/submit_leads_help")
    return int(urlsplit(desk.page.url).path.split("/")[2])


class TestSamples:
    """Each is copied from the clipboard and run as it stands, but for the number, which each test has its own of."""

    def test_bash_and_curl(self, desk: Desk, intake: Intake, caller: str, tmp_path: Path) -> None:
        reveal(desk)
        tab(desk, "Bash & Curl")
        source = for_caller(copied(desk, "sample-curl"), caller)

        answer = ran(["/bin/bash"], source.replace("curl ", "curl -s ", 1), tmp_path, "sample.sh")

        assert answer["outcome"] == "created"
        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    def test_php(self, desk: Desk, intake: Intake, caller: str, tmp_path: Path) -> None:
        reveal(desk)
        tab(desk, "PHP")
        source = for_caller(copied(desk, "sample-php"), caller)

        answer = ran(["/usr/bin/php"], source, tmp_path, "sample.php")

        assert answer["outcome"] == "created"
        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    def test_python(self, desk: Desk, intake: Intake, caller: str, tmp_path: Path) -> None:
        reveal(desk)
        tab(desk, "Python")
        source = for_caller(copied(desk, "sample-python"), caller)

        file = tmp_path / "sample.py"
        file.write_text(source, encoding="utf-8")
        done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=30, check=False)

        assert done.returncode == 0, done.stderr
        assert "'outcome': 'created'" in done.stdout
        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    def test_javascript_from_a_page_of_another_origin(
        self, desk: Desk, intake: Intake, page: Page, landing: str, caller: str
    ) -> None:
        """It mints a publishable token for that origin, which is what may stand in a page."""
        number = new_owner(desk, "offers", "Landing page")
        tab(desk, "Javascript")
        desk.page.get_by_label("Pages that may send leads").fill(landing)
        desk.page.get_by_role("button", name="Make a publishable token").click()
        desk.page.get_by_text("This is a publishable token").wait_for()
        desk.check("javascript")
        source = for_caller(copied(desk, "sample-javascript"), caller)

        with page.expect_console_message() as said:
            page.add_script_tag(content=source)

        assert said.value.args[0].json_value()["outcome"] == "created"
        lead = intake.lead_of(caller)
        assert (lead["offer_id"], lead["tokens"]) == (number, {"interest": "kittens"})

    def test_instapage_posts_to_what_is_pasted(self, desk: Desk, intake: Intake, caller: str) -> None:
        reveal(desk)
        tab(desk, "Instapage")
        url = copied(desk, "sample-instapage")

        form = f"caller_id={caller.replace('+', '%2B')}&interest=kittens&lpsSubmissionConfig=eyJhIjoxfQ%3D%3D&redirect="
        answer = posted(url, form.encode())

        assert answer["outcome"] == "created"
        assert intake.lead_of(caller)["tokens"]["interest"] == "kittens"

    def test_tabs_are_reached_by_arrows(self, desk: Desk) -> None:
        desk.open(HELP)
        tab(desk, "Bash & Curl")

        for _ in range(2):
            desk.page.keyboard.press("ArrowRight")

        expect(desk.page.get_by_role("tab", name="Instapage")).to_be_focused()
        assert desk.page.get_by_role("tabpanel").get_by_text("Integrations").is_visible()
        desk.page.keyboard.press("Home")
        expect(desk.page.get_by_role("tab", name="Bash & Curl")).to_have_attribute("aria-selected", "true")


class TestAddresses:
    def test_webhook_url_takes_a_form(self, desk: Desk, intake: Intake, caller: str) -> None:
        reveal(desk)
        url = copied(desk, "webhook-url")

        answer = posted(
            url, json.dumps({"caller_id": caller, "data": {"interest": "kittens"}}).encode(), "application/json"
        )

        assert answer["outcome"] == "created"
        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    def test_url_with_source_and_sub_id_follows_what_is_chosen(self, desk: Desk, intake: Intake, caller: str) -> None:
        reveal(desk)
        section = desk.page.locator("#attribution")
        section.get_by_label("Traffic source").select_option("Demo source (1000)")
        section.get_by_label("Sub ID").fill("banner 7 & more")
        section.get_by_label("Number").fill(caller)

        url = copied(desk, "attributed-url")

        assert posted(url)["outcome"] == "created"
        lead = intake.lead_of(caller)
        assert (lead["traffic_source_id"], lead["sub_id"]) == (1000, "banner 7 & more")

    def test_url_with_source_and_sub_id_works_as_it_stands(self, desk: Desk) -> None:
        reveal(desk)

        answer = posted(copied(desk, "attributed-url"))

        assert (answer["success"], answer["lead"]["sub_id"]) == (True, "creative-A")


class TestTestLead:
    def test_it_shows_the_real_answer_and_enrolls_nobody(self, desk: Desk, intake: Intake, caller: str) -> None:
        desk.open(HELP)
        form = desk.page.locator("#test")
        form.get_by_label("caller_id").fill(caller)

        form.get_by_role("button", name="Send the test lead").click()

        expect(desk.page.locator("#test-answer")).to_contain_text('"outcome": "test"')
        assert caller in (desk.page.locator("#test-request").text_content() or "")
        assert intake.leads_of(caller) == []
        assert intake.token not in desk.page.content()
        desk.check("test-lead")

    def test_it_enrolls_when_asked_to(self, desk: Desk, intake: Intake, caller: str) -> None:
        desk.open(HELP)
        form = desk.page.locator("#test")
        form.get_by_label("caller_id").fill(caller)
        form.get_by_label("Really enroll the lead").check()

        form.get_by_role("button", name="Send the test lead").click()

        expect(desk.page.locator("#test-answer")).to_contain_text('"outcome": "created"')
        assert intake.lead_of(caller)["caller_id"] == caller

    def test_refused_one_says_why(self, desk: Desk) -> None:
        desk.open(HELP)
        desk.page.locator("#test").get_by_label("caller_id").fill("123")

        desk.page.get_by_role("button", name="Send the test lead").click()

        expect(desk.page.locator("#test-answer")).to_contain_text("invalid_caller_id")

    def test_panel_ticks_off_what_arrives(self, desk: Desk, intake: Intake, caller: str) -> None:
        number = new_owner(desk, "offers", "Watched")
        panel = desk.page.locator("#watch")
        expect(panel.get_by_text("A lead has arrived: not yet")).to_be_attached()
        reveal(desk, f"/offers/{number}/submit_leads_help")
        token = copied(desk, "token")

        url = f"{intake.leads_url}?lead_token={token}&caller_id=%2B{caller[1:]}"
        posted(url)
        posted(f"{url}&universal_leadid=0192f0c1-7a3e")

        for said in (
            "A lead has arrived: yes",
            "The phone number is valid: yes",
            "Every required field is there and as it should be: nothing is required",
            "The same caller sent twice makes one lead: yes",
            "It carries evidence of consent: yes",
        ):
            expect(panel.get_by_text(said)).to_be_attached(timeout=15_000)
        desk.check("watch")


class TestPostingPage:
    def test_it_is_public_while_it_is_on_and_has_no_token(self, desk: Desk, intake: Intake, page: Page) -> None:
        desk.open(HELP)
        desk.page.get_by_role("button", name="Switch the page on").click()
        url = copied(desk, "posting-url")

        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 200
        assert intake.token not in page.content()
        assert "YOUR_LEAD_TOKEN" in page.content()
        desk.open(urlsplit(url).path)
        desk.check("posting")

        desk.open(HELP)
        desk.page.get_by_role("button", name="Switch the page off").click()
        desk.page.get_by_role("dialog").get_by_role("button", name="Switch it off").click()
        desk.page.get_by_text("public no more").wait_for()
        gone = page.goto(url)
        assert gone is not None
        assert gone.status == 404
