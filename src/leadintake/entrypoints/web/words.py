"""What has happened, and where things stand, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from leadintake.domain.consent import Witness
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LIVE, LeadStatus
from leadintake.domain.operations import Operation
from leadintake.domain.submission import Outcome
from leadintake.entrypoints.api.documents import documented_codes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.event import Event
    from leadintake.domain.operations import OperationDecision
    from leadintake.entrypoints.web.names import Names

_BAD: Final = frozenset({LeadStatus.FAILURE, LeadStatus.DNC, LeadStatus.BLOCKED, LeadStatus.OPT_OUT})
_WARN: Final = frozenset({LeadStatus.EXPIRED, LeadStatus.EXCEEDED_MAX_CALLS})
_STATUSES: Final[Mapping[LeadStatus, str]] = MappingProxyType(
    {
        LeadStatus.QUEUE: "in the queue",
        LeadStatus.COMPLETED_ATTEMPTED: "completed, attempted",
        LeadStatus.COMPLETED_CONNECTED: "completed, connected",
        LeadStatus.COMPLETED_CONVERTED: "completed, converted",
        LeadStatus.EXCEEDED_MAX_CALLS: "called too often",
        LeadStatus.FAILURE: "failed",
        LeadStatus.DNC: "do not call",
        LeadStatus.OPT_OUT: "opted out",
    }
)
_OUTCOMES: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.OPTED_OUT: "opted out",
        Outcome.MOVED_TO_END_OF_SCHEDULE: "moved to the end",
        Outcome.TEST: "only a test",
    }
)
_SENTENCES: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.LEAD_CREATED: "The lead began.",
        EventKind.LEAD_UPDATED: "The lead was updated.",
        EventKind.LEAD_RESTARTED: "The lead began its schedule again.",
        EventKind.LEAD_EXPIRED: "The lead’s time was up: it expired.",
        EventKind.LEAD_MOVED_TO_END: "The rest of the plan was skipped; the end-of-schedule actions come next.",
        EventKind.LEAD_COMPLETED: "The lead completed.",
        EventKind.LEAD_REMOVED: "The lead was removed: nothing more happens to it.",
        EventKind.LEAD_OPTED_OUT: "The lead ended, for the caller opted out.",
        EventKind.LEAD_BLOCKED: "The lead ended, for the caller was blocked.",
        EventKind.CONTACT_OPTED_OUT: "The caller opted out of everything.",
        EventKind.CONTACT_BLOCKED: "The caller was blocked.",
        EventKind.CONTACT_OPT_OUT_LIFTED: "The opt-out was lifted.",
        EventKind.CONTACT_UNBLOCKED: "The block was lifted.",
        EventKind.LEAD_TOKEN_LEAKED: "A secret lead token came from a browser page.",
        EventKind.CALL_RECORDED: "A call was recorded.",
        EventKind.CALL_CORRECTED: "What was recorded of a call was corrected.",
        EventKind.CONVERSION_RECORDED: "A conversion was recorded.",
        EventKind.CONVERSION_CORRECTED: "What was recorded of a conversion was corrected.",
        EventKind.CONVERSION_REVERSED: "A conversion was reversed.",
        EventKind.LEAD_TOKEN_OPERATIONS_EXHAUSTED: "A lead token asked for more operations than it may in a day.",
    }
)
_OF_ITSELF: Final = frozenset({EventKind.LEAD_EXPIRED, EventKind.LEAD_MOVED_TO_END, EventKind.LEAD_COMPLETED})
_ROUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "leads": "Submit a lead",
        "leads/capture": "Submit a lead (capture)",
        "leads/create_or_update": "Submit a lead (create or update)",
        Operation.CALLER_OPT_OUT: "Opt a caller out",
        Operation.CALLER_REMOVE: "Take a caller’s lead out",
        Operation.CALLER_MOVE_TO_END_OF_SCHEDULE: "Move a caller’s lead to the end",
        Operation.CALLER_BLOCK: "Block a caller",
        Operation.CALLER_UNBLOCK: "Unblock a caller",
        Operation.LEAD_OPT_OUT: "Opt a lead’s caller out",
        Operation.LEAD_REMOVE: "Take a lead out",
        Operation.LEAD_MOVE_TO_END_OF_SCHEDULE: "Move a lead to the end",
        Operation.LEAD_UPDATE: "Update a lead",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry of a time line.

    Shape: `details` are further sentences; `by` says who, or which way; `submission_id` is the request behind it.
    """

    at: datetime
    sentence: str
    details: Sequence[str]
    by: str | None
    submission_id: str | None


def status_word(status: LeadStatus) -> str:
    """Return where a lead stands, in words."""
    return _STATUSES.get(status, status.value)


def status_kind(status: LeadStatus) -> str:
    """Return the kind of label that a status has."""
    if status in LIVE or status.value.startswith("completed"):
        return "good"
    return "bad" if status in _BAD else "warn" if status in _WARN else ""


def outcome_word(outcome: Outcome) -> str:
    """Return what was done with a submission, in words."""
    return _OUTCOMES.get(outcome, outcome.value)


def outcome_kind(outcome: Outcome) -> str:
    """Return the kind of label that an outcome has."""
    if outcome is Outcome.REFUSED:
        return "bad"
    return "" if outcome in {Outcome.IGNORED, Outcome.TEST, Outcome.UNCHANGED} else "good"


def witness_word(witness: Witness) -> str:
    """Return what a witness calls itself."""
    return {Witness.TRUSTEDFORM: "TrustedForm", Witness.JORNAYA: "Jornaya"}[witness]


def route_word(route: str) -> str:
    """Return what a request asked for, in words."""
    return _ROUTES.get(route, route)


@cache
def _sentences_by_code() -> Mapping[str, str]:
    return {code: detail for _, code, _, detail in documented_codes()}


def why(code: str | None, errors: Mapping[str, Sequence[str]]) -> list[tuple[str | None, str]]:
    """Return why something was refused: the field at fault, if it is about one, and what is wrong with it."""
    if errors:
        return [(name, said) for name, all_said in errors.items() for said in all_said]
    return [(None, sentence_of(code))] if code else []


def sentence_of(code: str) -> str:
    """Return the usual sentence of an error code."""
    return _sentences_by_code().get(code, code)


def told(event: Event, names: Names) -> Told:
    """Return an event in words; what it names is looked up."""
    details, submission_id = event.details, event.details.get("submission_id")
    by = names.by(details)
    if by is None and submission_id is None and event.kind in _OF_ITSELF:
        by = "by itself"
    return Told(
        at=event.at,
        sentence=_SENTENCES.get(event.kind, event.kind.value),
        details=_details(event, names),
        by=by,
        submission_id=submission_id,
    )


def _details(event: Event, names: Names) -> list[str]:
    details, said = event.details, []
    if event.kind is EventKind.LEAD_CREATED and (owner := names.owner_in(details)):
        said.append(f"Under {owner}.")
    if tokens := details.get("tokens"):
        said.append(f"Lead tokens: {', '.join(map(str, tokens))}.")
    if (previous := details.get("previous")) is not None:
        said.append(f"Before, it came from {_attribution(previous, names)}; now from {_attribution(details, names)}.")
    if details.get("for_review"):
        said.append("By then the lead token had used up its day: please look at it.")
    if details.get("apply_to"):
        said.append("Its calls are to have the lead tokens too.")
    return said


def _attribution(details: Mapping[str, object], names: Names) -> str:
    number = details.get("traffic_source_id")
    source = names.source(number if isinstance(number, int) else None)
    sub_id = details.get("sub_id")
    return " / ".join(filter(None, (source, None if sub_id is None else str(sub_id)))) or "nobody"


# --- what was done, for the message above the page --------------------------------------------------------------------

_DONE: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.OPTED_OUT: "The caller is opted out, and is contacted no more.",
        Outcome.BLOCKED: "The caller is blocked.",
        Outcome.UNBLOCKED: "Lifted; leads of this caller are taken again.",
        Outcome.REMOVED: "The lead is removed: nothing more happens to it, and reports go on counting it.",
        Outcome.MOVED_TO_END_OF_SCHEDULE: "The rest of the plan is skipped; the end-of-schedule actions come next.",
        Outcome.UNCHANGED: "Nothing changed: that was so already.",
    }
)


def done(decision: OperationDecision) -> tuple[str, str]:
    """Return a sentence that says exactly what an operation did, and its kind of message."""
    if decision.refusal is not None:
        return f"Nothing was done. {decision.refusal.detail}", "bad"
    said = [_DONE[decision.outcome]]
    ended = len([lead for lead in decision.done_to if not lead.is_live])
    if ended and decision.outcome in {Outcome.OPTED_OUT, Outcome.BLOCKED}:
        said.append("One live lead ended with it." if ended == 1 else f"{ended} live leads ended with it.")
    if decision.outcome is Outcome.UNBLOCKED and any(each.code == "still_opted_out" for each in decision.notices):
        said = ["The block is lifted. The caller has opted out, though, and is still not contacted."]
    elif decision.outcome is Outcome.UNCHANGED:
        said += [each.message for each in decision.notices if each.code == "lead_had_ended"]
    return " ".join(said), "warn" if decision.outcome is Outcome.UNCHANGED else "good"
