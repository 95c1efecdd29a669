"""Submissions as commands print them: a document, a row of a table, a line, or all there is to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadintake.entrypoints.cli.set_up import instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadintake.domain.submission import Replay, Submission, UnclaimedSubmission

COLUMNS: Final = ("ID", "Received", "Route", "Owner", "Outcome", "Code", "Why")


def document(one: Submission) -> dict[str, Any]:
    """Return a submission for programs."""
    receipt = one.receipt
    return {
        "id": receipt.id,
        "received_at": receipt.received_at,
        "route": receipt.route,
        "remote_ip": receipt.remote_ip,
        "lead_token_id": receipt.lead_token_id,
        "api_key_id": receipt.api_key_id,
        "outcome": one.outcome.value,
        "schedule_id": one.owner.id if one.owner and one.owner.kind == "schedule" else None,
        "offer_id": one.owner.id if one.owner and one.owner.kind == "offer" else None,
        "lead_id": one.lead_id,
        "code": one.code,
        "errors": {name: list(said) for name, said in one.errors.items()},
        "warnings": [{"code": each.code, "field": each.field, "message": each.message} for each in one.notices],
        "request": dict(receipt.request),
    }


def replay_document(one: Replay) -> dict[str, Any]:
    """Return what became of a submission that was judged again, for programs."""
    return {
        "id": one.id,
        "at": one.at,
        "outcome": one.outcome.value,
        "lead_id": one.lead_id,
        "code": one.code,
        "errors": {name: list(said) for name, said in one.errors.items()},
        "edits": None if one.edits is None else dict(one.edits),
        "api_key_id": one.api_key_id,
        "user_id": one.user_id,
    }


def sample_document(one: UnclaimedSubmission) -> dict[str, Any]:
    """Return a sample for programs."""
    return {
        "id": one.id,
        "received_at": one.received_at,
        "reason": one.reason.value,
        "route": one.route,
        "remote_ip": one.remote_ip,
        "request": dict(one.request),
    }


def why(errors: Mapping[str, Sequence[str]]) -> str:
    """Return what was wrong with which field."""
    return "; ".join(f"{name} {said}" for name, all_said in errors.items() for said in all_said)


def row(one: Submission) -> tuple[object, ...]:
    """Return a submission under `COLUMNS`."""
    receipt = one.receipt
    return (
        receipt.id,
        instant(receipt.received_at),
        receipt.route,
        _owner(one),
        one.outcome.value,
        one.code or "",
        why(one.errors),
    )


def line(one: Submission) -> str:
    """Return a submission in one line for people."""
    lead = f"lead {one.lead_id}" if one.lead_id else ""
    at = f"{one.receipt.received_at:%Y-%m-%d %H:%M:%S}"
    told = (at, one.receipt.route, _owner(one), one.outcome.value, one.code or "", lead, why(one.errors))
    return "  ".join(filter(None, (*told, str(one.receipt.id))))


def pairs(one: Submission, replays: Sequence[Replay]) -> Iterator[tuple[str, object]]:
    """Yield all there is to say of a submission."""
    receipt = one.receipt
    yield "ID", receipt.id
    yield "Received", instant(receipt.received_at)
    yield "Route", receipt.route
    yield "From", receipt.remote_ip or ("the command line" if receipt.request else "no longer kept")
    yield "Lead token", receipt.lead_token_id
    yield "API key", receipt.api_key_id
    yield "Owner", _owner(one)
    yield "Outcome", one.outcome.value
    yield "Code", one.code
    yield "Why", why(one.errors)
    yield "Lead", one.lead_id
    for notice in one.notices:
        yield "Warning", f"{notice.field}: {notice.message}" if notice.field else notice.message
    for replay in replays:
        yield "Replayed", _replay(replay)
    if not receipt.request:
        yield "Request", "no longer kept"
    yield from request_pairs(receipt.request)


def request_pairs(request: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield what is kept of a request."""
    import orjson

    for name, value in request.items():
        yield f"Request {name}", value if isinstance(value, str) else orjson.dumps(value, default=dict).decode()


def _replay(one: Replay) -> str:
    settings = sorted((one.edits or {}).items())
    edits = ", ".join(f"-{name}" if text is None else f"{name}={text}" for name, text in settings)
    told = (instant(one.at), one.outcome.value, one.code or "", why(one.errors), f"with {edits}" if edits else "")
    return "  ".join(filter(None, (*told, f"lead {one.lead_id}" if one.lead_id else "")))


def _owner(one: Submission) -> str:
    return "" if one.owner is None else f"{one.owner.kind} {one.owner.id}"
