"""Refusals as problem documents: their members, their sentences, and what a wrong token may tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadintake.domain.errors import (
    AmbiguousParameter,
    CallerOptedOut,
    ContactFieldInvalid,
    InvalidCallerId,
    InvalidParameter,
    MissingCallerId,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    Refusal,
    TooManyFromAddress,
    TooManyTokens,
    Unavailable,
    UnknownLeadToken,
)
from leadintake.entrypoints.api.documents import documented_refusals
from leadintake.entrypoints.api.problems import FRAMEWORK_REFUSALS, of_status, problem, status_of
from leadintake.entrypoints.schemas.answers import ProblemSchema

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore

    from tests.support.apps import World

CALLER = "+18004506787"


def test_members_are_those_promised(world: World) -> None:
    answer = world.submit(caller_id="123")

    document = answer.get_json()
    submission_id = document.pop("submission_id")
    assert answer.content_type == "application/problem+json"
    assert document == {
        "type": "/api/docs/errors#invalid_caller_id",
        "title": "Lead refused",
        "status": 422,
        "code": "invalid_caller_id",
        "detail": "caller_id is not a valid phone number",
        "success": False,
        "error": "caller_id is not a valid phone number",
        "message": "caller_id is not a valid phone number",
        "errors": {"caller_id": ["is not a valid phone number"]},
        "error_codes": {"caller_id": ["invalid_caller_id"]},
    }
    assert submission_id == str(world.submissions()[0].receipt.id)


@pytest.mark.parametrize("kind", documented_refusals(), ids=lambda kind: kind.code)
def test_every_refusal_has_a_whole_document(kind: type[Refusal]) -> None:
    answer = problem(kind())

    document = answer.get_json()
    assert ProblemSchema().validate(document) == {}
    assert document["status"] == answer.status_code == status_of(kind)[0]
    assert document["code"] == kind.code
    assert document["detail"] == document["error"] == document["message"] != ""


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (
            InvalidParameter(errors={"expires_in": ["is not a number"]}),
            "expires_in is not a number",
        ),
        (
            InvalidParameter(
                errors={"a": ["is wrong", "is long"], "b": ["is wrong"], "c": ["is wrong"], "d": ["is wrong"]}
            ),
            "a is wrong; a is long; b is wrong; and 2 more, see errors",
        ),
        (
            AmbiguousParameter(errors={"caller_id": ["was given more than once with different values"]}),
            "caller_id was given more than once with different values",
        ),
        (TooManyTokens(errors={"tokens": ["are more than 200"]}), "tokens are more than 200"),
        (ContactFieldInvalid(errors={"zip": ["is required"], "age": ["is old"]}), "zip is required; age is old"),
        (TooManyTokens(), TooManyTokens.default_detail),
        (InvalidParameter("Say it so.", errors={"a": ["is wrong"]}), "Say it so."),
        (InvalidCallerId(errors={"caller_id": ["is not one"], "a": ["is wrong"]}), InvalidCallerId.default_detail),
        (MissingCallerId(), "caller_id is required: send the lead's phone number"),
        (CallerOptedOut(), CallerOptedOut.default_detail),
    ],
)
def test_sentence_names_what_is_wrong(refusal: Refusal, sentence: str) -> None:
    """Older clients show one sentence and nothing else."""
    assert problem(refusal).get_json()["error"] == sentence


@pytest.mark.parametrize(
    ("refusal", "retry_after"),
    [
        (Unavailable(), "1"),
        (OutcomeUnknown(), "1"),
        (RateLimited(), "1"),
        (TooManyFromAddress(), "3600"),
        (PayloadTooLarge(), None),
    ],
)
def test_only_what_may_pass_later_says_when(refusal: Refusal, retry_after: str | None) -> None:
    assert problem(refusal).headers.get("Retry-After") == retry_after


def test_only_an_unknown_sender_is_challenged() -> None:
    assert problem(UnknownLeadToken()).headers["WWW-Authenticate"] == 'Bearer realm="leadintake"'
    assert "WWW-Authenticate" not in problem(CallerOptedOut()).headers


def test_odd_status_stands_for_its_class() -> None:
    assert {of_status(one.status) for one in FRAMEWORK_REFUSALS} == set(FRAMEWORK_REFUSALS)
    assert (of_status(308).code, of_status(418).code, of_status(502).code) == (
        "malformed_request",
        "malformed_request",
        "internal_error",
    )


def test_every_wrong_token_is_answered_alike(store: MemoryStore, world: World) -> None:
    """Whether a token is close to a real one, was one, or is another company's cannot be told from the answer."""
    other = a_world(store)
    revoked_unseen = world.another_token(world.schedule.ref)
    revoked_seen = world.another_token(world.schedule.ref)
    world.submit(revoked_seen, caller_id=CALLER)
    for token in (revoked_unseen, revoked_seen):
        world.revoke(token)
    wrong = [
        UNKNOWN_TOKEN,
        "kittens",
        f"{world.schedule_token}x",
        world.schedule_token[:-1],
        world.schedule_token.swapcase(),
        revoked_unseen,
        revoked_seen,
        other.api_key.private,
        world.api_key.private,
        str(world.schedule.id),
    ]

    answers = [world.submit(token, caller_id=CALLER) for token in wrong]
    answers.append(world.post(LEADS, json={"offer_lead_token": world.schedule_token, "caller_id": CALLER}))
    answers.append(world.post(LEADS, json={"schedule_lead_token": other.offer_token, "caller_id": CALLER}))

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    for answer in answers:
        answer.headers.remove("X-Request-Id")
    assert len({str(answer.headers) for answer in answers}) == 1
    assert world.submissions()[0].code == "unknown_lead_token"
