"""What clients look up: every code an answer can carry, and every reserved name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.reserved_names import RESERVED
from leadintake.entrypoints.api.documents import documented_codes, documented_refusals
from leadintake.entrypoints.api.problems import DOCUMENT, FRAMEWORK_REFUSALS

from tests.support.apps import LEADS

if TYPE_CHECKING:
    from tests.support.apps import World


class TestErrors:
    def test_every_code_has_an_anchor_once(self, world: World) -> None:
        """A problem's `type` points there."""
        page = world.ask("GET", DOCUMENT)

        anchors = re.findall(r'id="([^"]+)"', page.get_data(as_text=True))
        codes = {kind.code for kind in documented_refusals()} | {one.code for one in FRAMEWORK_REFUSALS}
        assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
        assert sorted(anchors) == sorted(codes)

    @pytest.mark.parametrize(
        ("method", "target"),
        [
            ("POST", LEADS),
            ("POST", f"{LEADS}?lead_token=x"),
            ("POST", f"{LEADS}?lead_token=TOKEN"),
            ("POST", f"{LEADS}?lead_token=TOKEN&caller_id=1"),
            ("GET", LEADS),
            ("GET", f"{LEADS}?lead_token=TOKEN"),
            ("DELETE", LEADS),
            ("GET", "/api/nothing"),
        ],
    )
    def test_type_of_a_problem_leads_to_its_anchor(self, world: World, method: str, target: str) -> None:
        path, _, anchor = world.ask(method, target).get_json()["type"].partition("#")

        assert f'id="{anchor}"' in world.ask("GET", path).get_data(as_text=True)

    def test_every_code_is_explained(self) -> None:
        for status, code, meaning, detail in documented_codes():
            assert 400 <= status <= 503, code
            assert meaning.endswith("."), code
            assert detail, code

    def test_page_runs_nothing_and_loads_nothing(self, world: World) -> None:
        page = world.ask("GET", DOCUMENT).get_data(as_text=True)

        assert not re.search(r"<script|<link|<img|https?://", page)


class TestReservedKeys:
    def test_every_reserved_name_is_listed(self, world: World) -> None:
        listed = world.ask("GET", "/api/v1/reserved_keys").get_json()["reserved_keys"]

        assert [entry["name"] for entry in listed] == list(RESERVED)
        assert {frozenset(entry) for entry in listed} == {frozenset({"name", "type", "description", "supported"})}

    def test_supported_is_what_has_an_effect(self, world: World) -> None:
        """Whoever builds a form must not learn from a warning what the list could have told."""
        listed = world.ask("GET", "/api/v1/reserved_keys").get_json()["reserved_keys"]
        without = {entry["name"] for entry in listed if not entry["supported"]}
        sent = {
            "caller_id": "8004506787",
            **{name: "1" for name in RESERVED if name.endswith(("_existing", "_leads", "_attempts", "_expire"))},
            **dict.fromkeys(without, "1"),
        }

        warned = {
            warning["field"]
            for warning in world.submit(**sent).get_json()["warnings"]
            if warning["code"] == "unsupported_parameter"
        }

        assert warned == without

    def test_no_credential_is_needed(self, world: World) -> None:
        assert world.ask("GET", "/api/v1/reserved_keys").status_code == 200


class TestPage:
    def test_page_loads_and_runs_nothing_from_elsewhere(self, world: World) -> None:
        """An installation may stand where there is no internet, and nobody else is told who reads its documents."""
        page = world.ask("GET", "/api/docs")
        text = page.get_data(as_text=True)
        addresses = re.findall(r'(?:src|href)="([^"]+)"', text)

        assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert addresses
        assert all(address.startswith("/api/docs/assets/") for address in addresses)
        assert not re.search(r"<script>|<style| style=| on[a-z]+=|https?://", text)

    def test_everything_that_it_consists_of_is_there(self, world: World) -> None:
        for address in re.findall(r'(?:src|href)="([^"]+)"', world.ask("GET", "/api/docs").get_data(as_text=True)):
            answer = world.ask("GET", address)

            assert answer.status_code == 200, address
            assert answer.content_type.startswith("text/css" if address.endswith("css") else "text/javascript")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_page_shows_our_document(self, world: World) -> None:
        script = world.ask("GET", "/api/docs/assets/start.js").get_data(as_text=True)

        assert '"/api/v1/openapi.json"' in script
        assert world.ask("GET", "/api/v1/openapi.json").get_json()["openapi"] == "3.1.0"

    @pytest.mark.parametrize(
        "name", ["x", "..", "%2e%2e%2f__init__.py", "index.html", "swagger-ui.js", "LICENSE", "%00"]
    )
    def test_nothing_else_is_served(self, world: World, name: str) -> None:
        assert world.ask("GET", f"/api/docs/assets/{name}").status_code == 404

    def test_error_codes_stay_where_they_are(self, world: World) -> None:
        assert "Error codes" in world.ask("GET", DOCUMENT).get_data(as_text=True)
