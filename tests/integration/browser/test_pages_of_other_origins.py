"""Landing pages post from another origin: what a real browser lets them send, and what it lets them read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.integration.browser.conftest import Intake

# What a page's own script would do, with what it can see of the answer.
FETCH = """
async ({url, options}) => {
    const answer = await fetch(url, options);
    return {
        status: answer.status,
        type: answer.headers.get("Content-Type"),
        replayed: answer.headers.get("Idempotent-Replayed"),
        body: await answer.json(),
    };
}
"""
FETCH_FORM = """
async ({url, fields, as, file}) => {
    const form = as === "multipart" ? new FormData() : new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    if (file) form.append("bill", new File([file], "bill.txt", {type: "text/plain"}));
    const answer = await fetch(url, {method: "POST", body: form});
    return {status: answer.status, body: await answer.json()};
}
"""
BEACON = """
({url, fields, as}) => {
    const text = JSON.stringify(fields);
    const form = as === "multipart" ? new FormData() : new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return navigator.sendBeacon(url, as === "text" ? text : form);
}
"""
XHR = """
({url, body, type}) => new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open("POST", url);
    if (type) asked.setRequestHeader("Content-Type", type);
    asked.onload = () => resolve({status: asked.status, body: JSON.parse(asked.responseText)});
    asked.onerror = () => reject(new Error("the browser let nothing through"));
    asked.send(body);
})
"""
NATIVE_FORM = """
({url, fields, encoding}) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = url;
    if (encoding) form.enctype = encoding;
    for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement("input");
        [input.type, input.name, input.value] = ["hidden", name, value];
        form.append(input);
    }
    document.body.append(form);
    form.submit();
}
"""


def as_json(body: object, **headers: str) -> dict[str, Any]:
    """Return the options of a fetch that posts JSON; such a request is preceded by a preflight."""
    return {
        "method": "POST",
        "headers": {"Content-Type": "application/json", **{n.replace("_", "-"): t for n, t in headers.items()}},
        "body": json.dumps(body),
    }


def fetched(page: Page, url: str, options: dict[str, Any]) -> dict[str, Any]:
    """Let the page fetch, and return what it could read."""
    seen: dict[str, Any] = page.evaluate(FETCH, {"url": url, "options": options})
    return seen


class TestFetch:
    def test_json_passes_the_preflight_and_the_answer_is_read(self, page: Page, intake: Intake, caller: str) -> None:
        body = {"lead_token": intake.token, "caller_id": caller, "data": {"interest": "kittens"}}

        seen = fetched(page, intake.leads_url, as_json(body))

        assert (seen["status"], seen["body"]["outcome"], seen["type"]) == (200, "created", "application/json")
        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    @pytest.mark.parametrize("route", ["", "/capture", "/create_or_update"])
    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_every_route_is_open(self, page: Page, intake: Intake, caller: str, route: str, method: str) -> None:
        options = as_json({"caller_id": caller}, X_Lead_Token=intake.token) | {"method": method}

        seen = fetched(page, intake.leads_url + route, options)

        assert (seen["status"], seen["body"]["outcome"]) == (200, "created")
        assert intake.lead_of(caller)["status"] == "scheduled"

    def test_lead_token_may_be_a_bearer(self, page: Page, intake: Intake, caller: str) -> None:
        options = as_json({"caller_id": caller}, Authorization=f"Bearer {intake.token}")

        assert fetched(page, intake.leads_url, options)["status"] == 200

    def test_repeat_is_told_apart(self, page: Page, intake: Intake, caller: str) -> None:
        """A page that counts conversions must not count one twice."""
        options = as_json({"caller_id": caller}, X_Lead_Token=intake.token, Idempotency_Key=f"visit-{caller}")

        first, second = (fetched(page, intake.leads_url, options) for _ in range(2))

        assert (first["replayed"], second["replayed"]) == (None, "true")
        assert first["body"] == second["body"]

    def test_text_without_a_type_is_read_as_json(self, page: Page, intake: Intake, caller: str) -> None:
        """What most snippets do; it needs no preflight."""
        options = {"method": "POST", "body": json.dumps({"caller_id": caller, "interest": "kittens"})}

        seen = fetched(page, f"{intake.leads_url}?lead_token={intake.token}", options)

        assert (seen["status"], seen["body"]["lead"]["tokens"]) == (200, {"interest": "kittens"})

    def test_everything_may_be_in_the_query(self, page: Page, intake: Intake, caller: str) -> None:
        url = f"{intake.leads_url}?lead_token={intake.token}&caller_id={caller}&interest=kittens"

        seen = fetched(page, url, {"method": "POST"})

        assert (seen["status"], seen["body"]["lead"]["caller_id"]) == (200, caller)
        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    def test_request_without_cors_gets_its_lead_in(self, page: Page, intake: Intake, caller: str) -> None:
        """Its author does not see the answer; the lead must be in all the same."""
        url = f"{intake.leads_url}?lead_token={intake.token}"
        options = {"method": "POST", "mode": "no-cors", "body": json.dumps({"caller_id": caller})}

        kind = page.evaluate(
            "async ({url, options}) => (await fetch(url, options)).type", {"url": url, "options": options}
        )

        assert kind == "opaque"
        assert intake.lead_of(caller)["caller_id"] == caller

    @pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
    def test_form_is_read(self, page: Page, intake: Intake, caller: str, encoding: str) -> None:
        fields = {"caller_id": caller, "city": "Zürich", "comment": "one\r\ntwo"}

        seen = page.evaluate(
            FETCH_FORM, {"url": f"{intake.leads_url}?lead_token={intake.token}", "fields": fields, "as": encoding}
        )

        assert seen["status"] == 200
        assert intake.lead_of(caller)["tokens"] == {"city": "Zürich", "comment": "one\r\ntwo"}

    def test_file_of_a_form_is_left_out_aloud(self, page: Page, intake: Intake, caller: str) -> None:
        url = f"{intake.leads_url}?lead_token={intake.token}"

        seen = page.evaluate(
            FETCH_FORM, {"url": url, "fields": {"caller_id": caller}, "as": "multipart", "file": "what is owed"}
        )

        assert [warning["code"] for warning in seen["body"]["warnings"]] == ["file_part_ignored"]
        assert intake.lead_of(caller)["tokens"] == {}


class TestErrors:
    def test_refusal_is_read(self, page: Page, intake: Intake) -> None:
        """A page tells its visitor what to mend; what it cannot read it cannot tell."""
        seen = fetched(page, intake.leads_url, as_json({"caller_id": "123"}, X_Lead_Token=intake.token))

        assert (seen["status"], seen["type"]) == (422, "application/problem+json")
        assert seen["body"]["errors"] == {"caller_id": ["is not a valid phone number"]}

    @pytest.mark.parametrize(
        ("token", "code"), [(None, "missing_lead_token"), ("lt_nobodys", "unknown_lead_token")], ids=["none", "unknown"]
    )
    def test_unknown_sender_is_told_so(
        self, page: Page, intake: Intake, caller: str, token: str | None, code: str
    ) -> None:
        """Without the header a browser hides the 401, and its author looks for a network fault."""
        headers = {"X_Lead_Token": token} if token else {}

        seen = fetched(page, intake.leads_url, as_json({"caller_id": caller}, **headers))

        assert (seen["status"], seen["body"]["code"]) == (401, code)
        assert intake.leads_of(caller) == []

    def test_unreadable_body_is_told_so(self, page: Page, intake: Intake) -> None:
        options = as_json({}, X_Lead_Token=intake.token) | {"body": "{"}

        assert fetched(page, intake.leads_url, options)["body"]["code"] == "malformed_body"

    def test_body_that_is_too_large_is_told_so(self, page: Page, intake: Intake, caller: str) -> None:
        options = as_json({"caller_id": caller, "comment": "x" * 300_000}, X_Lead_Token=intake.token)

        assert fetched(page, intake.leads_url, options)["status"] == 413

    def test_address_below_that_does_not_exist_is_told_so(self, page: Page, intake: Intake) -> None:
        seen = fetched(page, f"{intake.leads_url}/nowhere/at/all", as_json({}))

        assert (seen["status"], seen["body"]["code"]) == (404, "not_found")


class TestXmlHttpRequest:
    @pytest.mark.parametrize("type_", [None, "application/json", "application/x-www-form-urlencoded"])
    def test_json_under_any_label_is_read(self, page: Page, intake: Intake, caller: str, type_: str | None) -> None:
        url = f"{intake.leads_url}?lead_token={intake.token}"

        seen = page.evaluate(XHR, {"url": url, "body": json.dumps({"caller_id": caller}), "type": type_})

        assert (seen["status"], seen["body"]["outcome"]) == (200, "created")


class TestSendBeacon:
    """What a page sends while its visitor leaves: nobody is there to read the answer."""

    @pytest.mark.parametrize("kind", ["text", "urlencoded", "multipart"])
    def test_beacon_gets_its_lead_in(self, page: Page, intake: Intake, caller: str, kind: str) -> None:
        url = f"{intake.leads_url}?lead_token={intake.token}"

        is_queued = page.evaluate(
            BEACON, {"url": url, "fields": {"caller_id": caller, "interest": "kittens"}, "as": kind}
        )

        assert is_queued is True
        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    def test_beacon_of_a_visitor_who_leaves_gets_its_lead_in(
        self, page: Page, intake: Intake, landing: str, caller: str
    ) -> None:
        url = f"{intake.leads_url}?lead_token={intake.token}&caller_id={caller}"
        page.evaluate(
            "url => addEventListener('pagehide', () => navigator.sendBeacon(url, '{\"interest\": \"kittens\"}'))", url
        )

        page.goto(f"{landing}/elsewhere")

        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    def test_beacon_that_is_typed_as_json_is_kept_back_by_the_browser(
        self, page: Page, intake: Intake, caller: str
    ) -> None:
        """It would be preceded by a preflight and carry cookies, and those are let in from nowhere; plain text is."""
        with page.expect_event("requestfailed"):
            page.evaluate(
                "({url, text}) => navigator.sendBeacon(url, new Blob([text], {type: 'application/json'}))",
                {
                    "url": f"{intake.leads_url}?lead_token={intake.token}",
                    "text": json.dumps({"caller_id": caller}),
                },
            )

        assert intake.leads_of(caller) == []


class TestNativeForm:
    @pytest.mark.parametrize("encoding", ["", "multipart/form-data"], ids=["urlencoded", "multipart"])
    def test_visitor_sees_the_answer_and_the_lead_is_in(
        self, page: Page, intake: Intake, caller: str, encoding: str
    ) -> None:
        fields = {"lead_token": intake.token, "caller_id": caller, "interest": "kittens"}

        with page.expect_navigation() as navigation:
            page.evaluate(NATIVE_FORM, {"url": intake.leads_url, "fields": fields, "encoding": encoding})

        answer = navigation.value
        assert answer is not None
        assert (answer.status, answer.json()["outcome"]) == (200, "created")
        assert page.url == intake.leads_url
        assert intake.lead_of(caller)["tokens"] == {"interest": "kittens"}

    def test_refused_visitor_sees_why(self, page: Page, intake: Intake) -> None:
        fields = {"lead_token": intake.token, "caller_id": "123"}

        with page.expect_navigation() as navigation:
            page.evaluate(NATIVE_FORM, {"url": intake.leads_url, "fields": fields, "encoding": ""})

        answer = navigation.value
        assert answer is not None
        assert (answer.status, answer.json()["code"]) == (422, "invalid_caller_id")


def test_page_that_sends_its_cookies_too_is_let_through_by_nobody(page: Page, intake: Intake, caller: str) -> None:
    """Any origin may post because no cookie counts; with one, a browser keeps such a page out, and must."""
    options = as_json({"caller_id": caller}, X_Lead_Token=intake.token) | {"credentials": "include"}

    kept_out = page.evaluate(
        "async ({url, options}) => { try { await fetch(url, options); return false; } catch { return true; } }",
        {"url": intake.leads_url, "options": options},
    )

    assert kept_out is True
    assert intake.leads_of(caller) == []
