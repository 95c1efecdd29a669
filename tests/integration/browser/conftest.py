"""A real browser, a page of another origin for it, and a real server to post to."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from tests.integration.browser.desk import Desk, settings_of
from tests.integration.faults.installations import Installation
from tests.support.servers import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Page

# The system's own: what playwright would download is built for a few systems only, and updated by nobody.
CHROMIUM = "/usr/bin/chromium"
# In containers everything runs as root and shared memory is tiny; what is opened here are our own pages.
CHROMIUM_ARGS = ("--no-sandbox", "--disable-dev-shm-usage")
PATIENCE_MS = 20_000.0
CALLERS = "+1202555"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A running leadintake with a company, and how to look into it."""

    url: str
    token: str
    private_key: str
    installation: Installation
    founded: Mapping[str, Any]

    @property
    def leads_url(self) -> str:
        """Return where leads are posted."""
        return f"{self.url}/api/v1/leads"

    @property
    def owner(self) -> tuple[str, str]:
        """Return the address and the password of who looks after the company."""
        return str(self.founded["admin"]["email"]), str(self.founded["admin"]["password"])

    def leads_of(self, caller: str) -> list[dict[str, Any]]:
        """Return a caller's leads as the company sees them."""
        leads: list[dict[str, Any]] = self.asked(f"{self.leads_url}?{urlencode({'caller_id': caller})}")["leads"]
        return leads

    def asked(self, url: str) -> dict[str, Any]:
        """Return what the company's API answers."""
        asked = Request(url, headers={"Authorization": f"Bearer {self.private_key}"})  # noqa: S310 - our own http address
        with urlopen(asked, timeout=10) as answer:  # noqa: S310 - likewise
            document: dict[str, Any] = json.load(answer)
        return document

    def lead_of(self, caller: str) -> dict[str, Any]:
        """Return a caller's only lead as soon as it is in: some ways to send tell nobody when they are done."""
        wait_until(lambda: bool(self.leads_of(caller)), what=f"a lead of {caller}")
        [lead] = self.leads_of(caller)
        return lead


class _LandingPage(BaseHTTPRequestHandler):
    """Every address is the same page, which does nothing by itself."""

    def do_GET(self) -> None:
        """Serve the page."""
        page = b"<!doctype html><html lang=en><meta charset=utf-8><title>Quote</title><h1>Quote</h1></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
        """Print nothing."""


@contextmanager
def landing_site() -> Iterator[str]:
    """Serve the page at an origin of its own while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _LandingPage) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """Lend a server that runs as an operator would run it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LEADINTAKE_") and "_TEST_" not in name]:
            patch.delenv(name)
        installation = Installation(
            data_dir=tmp_path_factory.mktemp("browser") / "data",
            database_url="sqlite:",
            secret_key=None,
            founded={},
            port=free_port(),
            workers=1,
        )
        founded = installation.found()
        with installation.serving():
            yield Intake(
                url=installation.url,
                token=str(founded["schedule"]["lead_token"]),
                private_key=str(founded["api_key"]["private"]),
                installation=installation,
                founded=founded,
            )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Lend a browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGS), headless=True)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def landing() -> Iterator[str]:
    """Lend the address of a page of another origin than the server's."""
    with landing_site() as origin:
        yield origin


@pytest.fixture
def page(browser: Browser, landing: str) -> Iterator[Page]:
    """Lend that page, open in a browser that remembers nothing."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(landing)
    yield page
    context.close()


@pytest.fixture
def visitor(browser: Browser, intake: Intake) -> Iterator[Desk]:
    """Lend a desk with nobody signed in; the test fails if a page does what none of ours may."""
    context = browser.new_context(**settings_of(intake))
    context.set_default_timeout(PATIENCE_MS)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=intake.url)
    desk = Desk(page=context.new_page(), url=intake.url)
    desk.watch(context)
    yield desk
    with suppress(PlaywrightError):
        desk.settle()
    context.close()
    assert desk.troubles == []


@pytest.fixture
def desk(visitor: Desk, intake: Intake) -> Desk:
    """Lend a desk at which the company's owner is signed in."""
    visitor.sign_in(*intake.owner)
    visitor.page.wait_for_url(f"{intake.url}/")
    return visitor


@pytest.fixture
def caller(request: pytest.FixtureRequest) -> str:
    """Lend a number that no other test of the run has."""
    taken: list[str] = request.session.__dict__.setdefault("_callers_of_the_browser", [])
    taken.append(f"{CALLERS}{1000 + len(taken)}")
    return taken[-1]
