"""What goes wrong is told to people as a page that says what to do, and quotes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.user import Role

from tests.support.visitors import HTML, Visitor, a_user_of, a_visitor

if TYPE_CHECKING:
    from tests.support.apps import World

SECRET = "what nobody should read"


def test_fault_of_ours_is_told_without_a_word_of_it(world: World) -> None:
    visitor = a_visitor(world)

    def fail() -> str:
        raise RuntimeError(SECRET)

    world.app.view_functions["front.index"] = fail
    answer = visitor.get("/")

    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert SECRET not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_what_is_not_there_is_told_without_the_address(world: World) -> None:
    for visitor in (Visitor(client=world.client), a_visitor(world)):
        answer = visitor.get("/kittens?interest=puppies")

        assert answer.status_code == 404
        assert "There is nothing here" in answer.text
        assert "kittens" not in answer.text


def test_wrong_method_is_told(world: World) -> None:
    a_user_of(world)

    answer = world.client.get("/sign-out", headers=HTML)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
    assert "takes forms only" in answer.text


def test_form_that_is_too_large_is_refused(world: World) -> None:
    visitor = a_visitor(world)

    answer = visitor.post("/schedules/1/edit", {"name": "x" * 300_000})

    assert answer.status_code in {400, 413}
    assert answer.mimetype == "text/html"
    assert world.services.read_schedule(world.company.id, world.schedule.id).name == "Call at once"


def test_role_that_does_not_allow_it_is_told_whom_to_ask(world: World) -> None:
    answer = a_visitor(world, Role.VIEWER).post("/schedules/1/paused", {"paused": "yes"})

    assert answer.status_code == 403
    assert "ask an owner of the company" in answer.text
