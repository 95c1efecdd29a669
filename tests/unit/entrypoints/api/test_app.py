"""What all answers have in common: headers, CORS, problem documents for what is no address or no method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.apps import LEADS, UNKNOWN_TOKEN

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from tests.support.apps import World

CALLER = "+18004506787"
UUID = "01234567-89ab-7def-8123-456789abcdef"


def every_kind_of_answer(world: World) -> dict[str, Response]:
    """Return one answer of each kind that comes from the leads' addresses."""
    sound = f"{LEADS}?lead_token=TOKEN&caller_id=8004506787"
    key = world.bearer()
    return {
        "200": world.ask("POST", sound),
        "200 ignored": world.ask("PUT", f"{LEADS}?lead_token=TOKEN&caller_id=2025550143&update_only=1"),
        "400": world.ask("POST", sound, body=b"{", content_type="application/json"),
        "401 unknown": world.ask("POST", f"{LEADS}?lead_token={UNKNOWN_TOKEN}"),
        "401 missing": world.ask("POST", LEADS),
        "404": world.ask("POST", f"{LEADS}/1/2?lead_token=TOKEN"),
        "405": world.ask("DELETE", sound),
        "405 for GET": world.ask("GET", sound),
        "413": world.ask("POST", sound, body=b"x" * 300_000, content_type="application/json"),
        "415": world.ask("POST", sound, body=b"<x/>", content_type="text/xml"),
        "422": world.ask("POST", f"{LEADS}?lead_token=TOKEN&caller_id=123"),
        "list": world.ask("GET", LEADS, headers=key),
        "list 401": world.ask("GET", LEADS),
        "list 422": world.ask("GET", f"{LEADS}?nonsense=1", headers=key),
        "lead 404": world.ask("GET", f"{LEADS}/{UUID}", headers=key),
        "HEAD": world.ask("HEAD", LEADS, headers=key),
        "a trailing slash": world.ask("POST", f"{LEADS}/?lead_token=TOKEN&caller_id=8004506787"),
    }


def every_other_answer(world: World) -> dict[str, Response]:
    """Return one answer of each kind that comes from any other address."""
    return {
        path: world.ask("GET", path)
        for path in (
            "/healthz",
            "/readyz",
            "/api/v1/reserved_keys",
            "/api/docs/errors",
            "/kittens",
            "/api/x",
            "/favicon.ico",
        )
    }


class TestHeaders:
    def test_every_answer_keeps_out_of_caches_and_referrers(self, world: World) -> None:
        """An answer can hold personal data, and an address a lead token."""
        for kind, answer in (every_kind_of_answer(world) | every_other_answer(world)).items():
            headers = {name: answer.headers.get(name) for name in ("Cache-Control", "Referrer-Policy")}
            assert headers == {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}, kind
            assert answer.headers.get("X-Content-Type-Options") == "nosniff", kind

    def test_no_answer_tells_what_it_is_made_with_or_sets_a_cookie(self, world: World) -> None:
        for kind, answer in (every_kind_of_answer(world) | every_other_answer(world)).items():
            assert not {"Server", "X-Powered-By", "Set-Cookie", "Location", "ETag"} & set(answer.headers.keys()), kind

    def test_no_answer_repeats_the_token(self, world: World) -> None:
        for kind, answer in every_kind_of_answer(world).items():
            assert world.schedule_token not in f"{answer.headers}{answer.data.decode()}", kind

    def test_only_a_challenge_by_bearer_is_made(self, world: World) -> None:
        """For Basic a browser would ask the visitor of a landing page to sign in."""
        for kind, answer in every_kind_of_answer(world).items():
            wanted = 'Bearer realm="leadintake"' if answer.status_code == 401 else None
            assert answer.headers.get("WWW-Authenticate") == wanted, kind


class TestCors:
    def test_every_answer_about_leads_is_readable_from_any_page(self, world: World) -> None:
        """A landing page's script must see the refusal, or its author cannot mend it."""
        for kind, answer in every_kind_of_answer(world).items():
            assert answer.headers.get("Access-Control-Allow-Origin") == "*", kind
            assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"], kind

    def test_no_answer_lets_a_browser_send_its_cookies(self, world: World) -> None:
        for kind, answer in every_kind_of_answer(world).items():
            assert "Access-Control-Allow-Credentials" not in answer.headers, kind

    def test_nothing_else_is_opened_to_other_pages(self, world: World) -> None:
        for path, answer in every_other_answer(world).items():
            assert "Access-Control-Allow-Origin" not in answer.headers, path
        assert "Access-Control-Allow-Origin" not in world.ask("GET", "/api/v1/leadsome").headers

    @pytest.mark.parametrize(
        "path", [LEADS, f"{LEADS}/", f"{LEADS}/capture", f"{LEADS}/1/no/such/thing", f"{LEADS}/%FF"]
    )
    @pytest.mark.parametrize("query", ["", "?lead_token=nonsense"])
    def test_preflight_is_answered_without_a_token(self, world: World, path: str, query: str) -> None:
        """A browser never sends one along."""
        answer = world.ask(
            "OPTIONS",
            path + query,
            headers={
                "Origin": "https://landing.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type,x-lead-token",
            },
        )

        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"] == "POST, PUT, GET, OPTIONS"
        allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
        assert allowed == ["Authorization", "Content-Type", "X-Lead-Token", "Idempotency-Key"]
        assert int(answer.headers["Access-Control-Max-Age"]) > 0
        assert "Access-Control-Allow-Credentials" not in answer.headers

    def test_preflight_leaves_no_trace(self, world: World) -> None:
        world.ask("OPTIONS", f"{LEADS}?lead_token=TOKEN&caller_id=8004506787")

        assert (world.leads(), world.submissions(), world.unclaimed()) == ([], [], [])


class TestNoSuchAddress:
    @pytest.mark.parametrize(
        "path", ["/api", "/api/", "/api/v1", "/api/v1/lead", "/api/v9/leads", f"{LEADS}/a/b", "/kittens"]
    )
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_404_is_a_problem_document_that_says_where_to_go(self, world: World, path: str, method: str) -> None:
        answer = world.ask(method, path)

        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
        document = answer.get_json()
        assert (document["code"], document["success"]) == ("not_found", False)
        assert "/api/v1/leads" in document["detail"]

    def test_404_does_not_repeat_the_address(self, world: World) -> None:
        answer = world.ask("GET", "/api/kittens?interest=puppies")

        assert b"kittens" not in answer.data
        assert b"puppies" not in answer.data

    @pytest.mark.parametrize("path", ["/api/v1/leads//", "//api//v1/leads", "/api/v1/leads/x/"])
    def test_nothing_is_redirected(self, world: World, path: str) -> None:
        """A redirect would repeat the lead token into a log and a referrer."""
        assert world.ask("POST", f"{path}?lead_token=TOKEN").status_code in {404, 405}


class TestWrongMethod:
    @pytest.mark.parametrize(
        ("path", "method", "allowed"),
        [
            (LEADS, "DELETE", "GET, HEAD, OPTIONS, POST, PUT"),
            (LEADS, "PATCH", "GET, HEAD, OPTIONS, POST, PUT"),
            (f"{LEADS}/{UUID}", "POST", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
            ("/healthz", "POST", "GET, HEAD, OPTIONS"),
            ("/api/v1/reserved_keys", "PUT", "GET, HEAD, OPTIONS"),
        ],
    )
    def test_405_is_a_problem_document_that_names_the_methods(
        self, world: World, path: str, method: str, allowed: str
    ) -> None:
        answer = world.ask(method, path)

        assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
        assert answer.headers["Allow"] == allowed
        assert answer.get_json()["code"] == "method_not_allowed"
        assert allowed in answer.get_json()["detail"]

    def test_method_in_small_letters_is_the_method(self, world: World) -> None:
        assert world.ask("post", f"{LEADS}?lead_token=TOKEN&caller_id=8004506787").status_code == 200


class TestOurOwnFault:
    def test_fault_of_ours_is_a_problem_document_without_a_trace(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The exception quotes what was submitted; neither the sender nor the log may see that."""

        def fails() -> str:
            raise RuntimeError(f"cannot read {CALLER} of {world.schedule_token}")

        world.app.add_url_rule(f"{LEADS}/broken", view_func=fails)

        answer = world.ask("GET", f"{LEADS}/broken")

        assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
        assert answer.get_json()["code"] == "internal_error"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        logged = capsys.readouterr()
        for text in (answer.get_data(as_text=True), logged.out, logged.err):
            assert CALLER not in text
            assert world.schedule_token not in text
        assert "internal_error" in logged.out
        assert "RuntimeError" in logged.out
        assert "in fails" in logged.out

    def test_odd_refusal_of_the_framework_stands_for_its_class(self, world: World) -> None:
        from werkzeug.exceptions import BadGateway, ImATeapot  # noqa: PLC0415 - nothing of ours raises them

        def teapot() -> str:
            raise ImATeapot

        def gateway() -> str:
            raise BadGateway

        world.app.add_url_rule("/teapot", view_func=teapot)
        world.app.add_url_rule("/gateway", view_func=gateway)

        assert world.ask("GET", "/teapot").get_json()["code"] == "malformed_request"
        assert world.ask("GET", "/gateway").get_json()["code"] == "internal_error"

    def test_answer_that_a_view_aborts_with_is_that_answer(self, world: World) -> None:
        from flask import Response, abort  # noqa: PLC0415 - likewise

        def aborts() -> str:
            abort(Response("as it is", status=418))

        world.app.add_url_rule("/aborts", view_func=aborts)

        assert world.ask("GET", "/aborts").data == b"as it is"
