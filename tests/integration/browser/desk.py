"""Somebody at a desk: a signed-in browser that notes whatever a page of ours must not do."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

    from tests.integration.browser.conftest import Intake

SCREENSHOTS = Path(__file__).resolve().parents[3] / "build" / "screenshots"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# Chromium says so in its console as well; an event names the directive and cannot be missed by a change of words.
_NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
    event => window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# What the document's own status says is for the test to judge.
_OF_STATUS = "Failed to load resource: the server responded with a status of"


@dataclass(kw_only=True)
class Desk:
    """A browser's page, and what was seen of it: errors in its console, requests elsewhere, breaches of its policy."""

    page: Page
    url: str
    troubles: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Note what goes wrong from now on, on every page of this browser."""
        context.add_init_script(_NOTE_VIOLATIONS)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.troubles.append(f"exception: {error.error}"))
        context.on("request", self._note_request)
        context.on("response", self._note_response)

    def open(self, path: str) -> Response:
        """Open one of our pages, and return how it was answered."""
        answer = self.page.goto(f"{self.url}{path}")
        assert answer is not None
        return answer

    def sign_in(self, email: str, password: str) -> None:
        """Sign in on the page that asks for it, wherever one wanted to go."""
        if "/sign-in" not in self.page.url:
            self.open("/sign-in")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def clipboard(self) -> str:
        """Return what was copied last."""
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def check(self, name: str, *, is_dark_too: bool = False) -> None:
        """Look for what keeps people out of the page as it is, and take its picture at both widths.

        Shape: in the dark as well if asked; the pictures are `build/screenshots/<name>-….png`.
        """
        self.settle()
        try:
            for width, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
                self.page.set_viewport_size(viewport)  # type: ignore[arg-type]
                self._require_accessible(f"{name} at {width} width")
                self._require_no_sideways_scrolling(f"{name} at {width} width")
                self._shoot(f"{name}-{width}")
            self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
            if is_dark_too:
                self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
                self._require_accessible(f"{name} in the dark")
                self._shoot(f"{name}-dark")
        finally:
            self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
            self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]

    def settle(self) -> None:
        """Note the page's breaches of its policy until now; what a test evaluates itself may add others."""
        self.troubles += [f"policy: {each}" for each in self.page.evaluate("window.violations.splice(0)")]

    def _require_accessible(self, what: str) -> None:
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{what}:\n{found.generate_report()}"

    def _require_no_sideways_scrolling(self, what: str) -> None:
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{what} is {wider} pixels wider than the window"

    def _shoot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=os.fspath(SCREENSHOTS / f"{name}.png"), full_page=True)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_OF_STATUS):
            self.troubles.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.troubles.append(f"request elsewhere: {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.troubles.append(f"{response.status}: {response.url}")


def settings_of(intake: Intake, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - playwright's own
    """Return how the browser of a desk is made: one that remembers nothing, and may read what it copied."""
    return {
        "viewport": DESKTOP,
        "base_url": intake.url,
        "locale": "en-US",
        "timezone_id": "America/New_York",
        # Colours that are still on their way from light to dark are neither.
        "reduced_motion": "reduce",
        **options,
    }
