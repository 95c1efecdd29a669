"""What a lead is spared of Flask changes nothing that anybody can see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from flask import request, request_finished, request_started, request_tearing_down, session
from werkzeug.routing import IntegerConverter, Map, Rule, UUIDConverter

from leadintake.adapters.memory.store import MemoryStore
from leadintake.entrypoints.api.lean import LeanRequest, LeanRule

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from tests.support.apps import World

REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{LEADS}?lead_token=TOKEN&caller_id=8004506787", {}),
    ("PUT", f"{LEADS}?lead_token=TOKEN&caller_id=123", {}),
    ("POST", f"{LEADS}/capture?lead_token=TOKEN&caller_id=2025550143", {}),
    ("POST", f"{LEADS}/create_or_update", {}),
    ("POST", LEADS, {"body": b"{", "content_type": "application/json"}),
    ("POST", LEADS, {"environ": {"HTTP_HOST": "a" * 64 + ".example"}}),
    ("POST", LEADS, {"environ": {"HTTP_HOST": "<>"}}),
    ("POST", LEADS, {"headers": {"Connection": "Upgrade", "Upgrade": "websocket"}}),
    ("POST", LEADS, {"headers": {"Cookie": "session=x"}}),
    ("OPTIONS", LEADS, {}),
    ("GET", f"{LEADS}/capture", {}),
    ("POST", f"{LEADS}/", {}),
]


def seen(answer: Response) -> tuple[int, list[tuple[str, str]], object]:
    """Return what a sender sees, but for what is another with each request."""
    told = answer.get_json(silent=True)
    for name in ("id", "lead_id", "submission_id", "lead"):
        if isinstance(told, dict) and told.get(name):
            told[name] = "there"
    headers = [(name, text) for name, text in answer.headers.items() if name not in {"X-Request-Id", "Content-Length"}]
    return answer.status_code, sorted(headers), told


@pytest.mark.parametrize(("method", "target", "how"), REQUESTS)
def test_a_spared_request_is_answered_as_any_other(method: str, target: str, how: dict[str, Any]) -> None:
    spared, whole = a_world(MemoryStore()), a_world(MemoryStore())
    whole.app.before_request(lambda: None)
    for world in (spared, whole):
        # From the first request on an application knows what it may spare, and which host was let in.
        world.ask("POST", LEADS)

    assert seen(spared.ask(method, target, **how)) == seen(whole.ask(method, target, **how))


def spared_by(world: World) -> bool:
    """Say whether a lead is spared anything."""
    found: list[bool] = []
    view = world.app.view_functions["leads.submit_lead"]

    def look() -> Any:  # noqa: ANN401 - a view's
        asked = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        found.append(isinstance(asked, LeanRequest) and asked.is_spared)
        assert not session
        return view()

    world.app.view_functions["leads.submit_lead"] = look
    world.submit(caller_id="8004506787")
    world.submit(caller_id="8004506787")
    return found[1]


def test_a_lead_is_spared(world: World) -> None:
    assert spared_by(world)


@pytest.mark.parametrize("hook", ["before_request", "after_request", "teardown_request", "url_value_preprocessor"])
def test_no_hook_is_passed_over(world: World, hook: str) -> None:
    calls: list[object] = []

    def note(*given: Any) -> Any:  # noqa: ANN401 - whatever a hook takes
        calls.append(given)
        return given[0] if hook == "after_request" else None

    getattr(world.app, hook)(note)

    assert not spared_by(world)
    assert len(calls) == 2


@pytest.mark.parametrize("signal", [request_started, request_finished, request_tearing_down])
def test_who_listens_hears_of_every_request(world: World, signal: Any) -> None:  # noqa: ANN401 - blinker's
    heard: list[object] = []
    world.submit(caller_id="8004506787")
    with signal.connected_to(lambda _app, **_: heard.append(1)):
        world.submit(caller_id="8004506787")
        world.submit(caller_id="8004506787")

    assert len(heard) == 2


def test_a_fault_in_a_spared_view_is_answered_and_logged(world: World) -> None:
    world.submit(caller_id="8004506787")

    def fail() -> None:
        raise ZeroDivisionError

    world.app.view_functions["leads.submit_lead"] = fail  # type: ignore[assignment]

    answer = world.submit(caller_id="8004506787")

    assert (answer.status_code, answer.json and answer.json["code"]) == (500, "internal_error")


def test_a_route_writes_its_address_as_werkzeug_does() -> None:
    """It learns to only when it is asked, and writes it again the second time."""
    app = a_world(MemoryStore()).app
    values: dict[type, object] = {IntegerConverter: 7, UUIDConverter: UUID(int=7)}

    for rule in app.url_map.iter_rules():
        plain = Map([Rule(rule.rule, endpoint=rule.endpoint)])
        known = next(plain.iter_rules())._converters  # noqa: SLF001 - what a variable may hold is nowhere else
        named = {name: values.get(type(known[name]), "kittens & more") for name in rule.arguments}
        wanted = plain.bind("leads.example").build(rule.endpoint, named | {"page": 2})
        own = Map([LeanRule(rule.rule, endpoint=rule.endpoint)]).bind("leads.example")

        assert [own.build(rule.endpoint, named | {"page": 2}) for _ in range(2)] == [wanted, wanted]
    assert app.url_rule_class is LeanRule
