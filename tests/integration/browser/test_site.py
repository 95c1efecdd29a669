"""The documentation site in a real browser: it draws its diagrams, and asks nobody but its own server for anything."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[3]
PATIENCE_MS = 60_000.0
# Their diagrams are of every kind that there is: sequence, flow, states.
WITH_DIAGRAMS = {"architecture.html": 3, "lead-lifecycle.html": 1}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
        """Print nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the site as strictly as its check does, and serve it."""
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with served(folder) as url:
        yield url


@pytest.mark.parametrize("name", sorted(WITH_DIAGRAMS))
def test_diagrams_are_drawn_and_nobody_else_is_asked(browser: Browser, site: str, name: str) -> None:
    """Whoever reads about a private installation should not be seen doing so, and may have no way out at all."""
    context = browser.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{site}/{name}", timeout=PATIENCE_MS)

    # The theme puts a box with the drawing in the place of the text.
    page.wait_for_function(
        "count => document.querySelectorAll('div.mermaid').length === count"
        " && [...document.querySelectorAll('div.mermaid')].every(box => box.getBoundingClientRect().height > 50)",
        arg=WITH_DIAGRAMS[name],
        timeout=PATIENCE_MS,
    )
    page.wait_for_load_state("networkidle", timeout=PATIENCE_MS)

    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    assert any(url.endswith("mermaid.tiny.js") for url in asked)
    assert wrong == []
    context.close()


def test_search_finds_an_error_code_by_itself(browser: Browser, site: str) -> None:
    context = browser.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(f"{site}/index.html", timeout=PATIENCE_MS)

    page.get_by_role("textbox", name="Search").fill("caller_opted_out")
    page.locator(".md-search-result__item").first.wait_for(timeout=PATIENCE_MS)

    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    context.close()
