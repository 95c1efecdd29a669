"""Calls as they are recorded and corrected, decided without touching anything."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypedDict

from leadintake.domain.call import Call, CallId, Direction, is_connected
from leadintake.domain.errors import Refusal, TooManyTokens
from leadintake.domain.event import EventKind
from leadintake.domain.faults import as_refusal
from leadintake.domain.money import NOTHING, write_amount
from leadintake.domain.recording import (
    Reader,
    Recording,
    RecordOne,
    RecordOutcome,
    judged,
    repeated,
    stamp_for,
    stamped_as,
    told_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.credential import ApiKeyId
    from leadintake.domain.lead import Lead, LeadId, TokenSet
    from leadintake.domain.money import Currency
    from leadintake.domain.ports import NewId
    from leadintake.domain.recording import Known, Told

MOST_TOKENS: Final = 200
"""More lead tokens than a call takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCall(RecordOne):
    """A call that somebody tells of; what is None was not said."""

    direction: Direction | None = None
    started_at: str | None = None
    duration_seconds: int | None = None
    disposition: str | None = None
    is_connected: bool | None = None
    tokens: Mapping[str, str] = field(default_factory=dict)


class CallData(TypedDict, total=False):
    """What is corrected of a call: only what is there is set, and None takes it away where there may be none.

    Shape: `tokens` are set one by one, None takes one away.
    """

    direction: Direction
    started_at: str
    duration_seconds: int
    disposition: str | None
    is_connected: bool
    revenue: str
    payout: str
    currency: str
    tokens: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCall:
    """Which call to correct, how, and with which API key; None stands for the command line."""

    company_id: CompanyId
    call_id: CallId
    data: CallData
    api_key_id: ApiKeyId | None


def examine_call(command: RecordCall, company: Company, *, now: datetime) -> Told[RecordCall] | Refusal:
    """Check all that needs no record of anybody's."""
    reader = Reader(company, command.errors, now=now)
    told = reader.told(command, "started_at", command.started_at)
    reader.require_somebody(command.lead_id, command.caller_id)
    if len(command.tokens) > MOST_TOKENS:
        return TooManyTokens(errors={"tokens": [f"are more than {MOST_TOKENS}"]})
    return as_refusal(reader.errors) if reader.errors else told


def decide_call(
    told: Told[RecordCall] | Refusal, known: Known[Call], *, now: datetime, new_id: NewId
) -> Recording[Call]:
    """Decide one call over what is known of its caller."""
    return judged(told, known, partial(_decided, known=known, now=now, new_id=new_id))


def _decided(told: Told[RecordCall], known: Known[Call], *, now: datetime, new_id: NewId) -> Recording[Call]:
    command = told.command
    if command.external_id is not None and (kept := known.named.get(command.external_id)) is not None:
        return repeated(kept, _compared(kept, told))
    stamp, notices = stamp_for(command, told.caller, known, now=now)
    duration = command.duration_seconds or 0
    connected = command.is_connected
    if connected is None:
        connected = is_connected(duration_seconds=duration, disposition=command.disposition)
    call = Call(
        company_id=command.company_id,
        id=CallId(new_id()),
        external_id=command.external_id,
        stamp=stamp,
        direction=command.direction or Direction.INBOUND,
        # Most tell of a call when it is over.
        started_at=told.at or now - timedelta(seconds=duration),
        duration_seconds=duration,
        disposition=command.disposition,
        is_connected=connected,
        revenue=told.revenue or NOTHING,
        payout=told.payout or NOTHING,
        tokens=command.tokens,
        recorded_at=now,
    )
    lead = known.by_id.get(stamp.lead_id) if stamp.lead_id else None
    currency = known.directory.company.currency
    details = {"call_id": str(call.id), "figures": figures(call, currency), "tokens": sorted(call.tokens)}
    event = told_of(
        EventKind.CALL_RECORDED, call, details, api_key_id=command.api_key_id, lead=lead, now=now, new_id=new_id
    )
    return Recording(outcome=RecordOutcome.RECORDED, one=call, notices=notices, event=event)


def _compared(kept: Call, told: Told[RecordCall]) -> dict[str, tuple[object, object]]:
    command = told.command
    compared: dict[str, tuple[object, object]] = {
        **stamped_as(kept, command, told.caller),
        "direction": (kept.direction, command.direction),
        "started_at": (kept.started_at, told.at),
        "duration_seconds": (kept.duration_seconds, command.duration_seconds),
        "connected": (kept.is_connected, command.is_connected),
        "revenue": (kept.revenue, told.revenue),
        "payout": (kept.payout, told.payout),
    }
    if kept.stamp.caller is not None:
        compared["disposition"] = (kept.disposition, command.disposition)
    return compared


def corrected_call(
    kept: Call, command: CorrectCall, company: Company, *, lead: Lead | None, now: datetime, new_id: NewId
) -> Recording[Call]:
    """Decide a correction: the stamp stays, and what is said takes the place of what was said before.

    Raises: InvalidParameter: naming every value that cannot be. TooManyTokens: it would have too many.
    """
    call = _changed(kept, command.data, company, now=now)
    if call == kept:
        return Recording(outcome=RecordOutcome.UNCHANGED, one=kept, before=kept)
    call = replace(call, corrected_at=now, version=kept.version + 1)
    details = {
        "call_id": str(call.id),
        "figures": figures(call, company.currency),
        "previous": figures(kept, company.currency),
        "tokens": sorted(command.data.get("tokens", {})),
    }
    event = told_of(
        EventKind.CALL_CORRECTED, call, details, api_key_id=command.api_key_id, lead=lead, now=now, new_id=new_id
    )
    return Recording(outcome=RecordOutcome.CORRECTED, one=call, before=kept, event=event)


def _changed(kept: Call, data: CallData, company: Company, *, now: datetime) -> Call:
    reader = Reader(company, (), now=now)
    changed = reader.changes(data, "started_at", "direction", "duration_seconds", "is_connected")
    if kept.stamp.caller is None:
        for name in ("disposition", "tokens"):
            if data.get(name):
                reader.refuse(name, "cannot be set: the caller was erased, and nothing is kept of them")
    if reader.errors:
        raise as_refusal(reader.errors)
    if "disposition" in data:
        changed["disposition"] = data["disposition"]
    if "is_connected" not in changed and {"duration_seconds", "disposition"} & changed.keys():
        # Whoever corrects how long it was, or how it ended, and says no more, leaves it to us as at first.
        changed["is_connected"] = is_connected(
            duration_seconds=changed.get("duration_seconds", kept.duration_seconds),
            disposition=changed.get("disposition", kept.disposition),
        )
    return replace(with_tokens(kept, data.get("tokens", {})), **changed)


def with_tokens(call: Call, given: Mapping[str, str | None]) -> Call:
    """Return the call with these lead tokens set; None takes one away.

    Raises: TooManyTokens: it would have too many.
    """
    if not given:
        return call
    tokens = {name: text for name, text in {**call.tokens, **given}.items() if text is not None}
    if len(tokens) > MOST_TOKENS:
        raise TooManyTokens(errors={"tokens": [f"would be more than {MOST_TOKENS} on this call"]})
    return replace(call, tokens=tokens)


def with_leads_tokens(calls: Sequence[Call], tokens_of: Mapping[LeadId, TokenSet]) -> list[tuple[Call, int]]:
    """Return the calls that take over what was submitted with `apply_to=calls`, each with the version it is kept in.

    A call that would have too many lead tokens keeps its own.
    """
    changes = []
    for call in calls:
        given = tokens_of.get(call.stamp.lead_id) if call.stamp.lead_id else None
        tokens = {**call.tokens, **(given or {})}
        if tokens != call.tokens and len(tokens) <= MOST_TOKENS:
            changes.append((replace(call, tokens=tokens, version=call.version + 1), call.version))
    return changes


def figures(call: Call, currency: Currency) -> dict[str, object]:
    """Return what reports count of a call, as facts tell it."""
    return {
        "started_at": call.started_at.isoformat(),
        "direction": call.direction.value,
        "duration_seconds": call.duration_seconds,
        "disposition": call.disposition,
        "connected": call.is_connected,
        "revenue": write_amount(call.revenue, currency),
        "payout": write_amount(call.payout, currency),
        "currency": currency,
    }
