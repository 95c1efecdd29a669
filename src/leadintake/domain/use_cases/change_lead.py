"""Change or remove one lead, on the word of somebody with an API key, at the command line or on the pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypedDict

from leadintake.domain.attribution import Attribution
from leadintake.domain.claims import read_time
from leadintake.domain.enrollment import MOST_TOKENS
from leadintake.domain.errors import InvalidParameter, NotFound, StaleWrite, TooManyTokens
from leadintake.domain.event import Event, EventId, EventKind
from leadintake.domain.lead import LeadStatus
from leadintake.domain.operations import CameBy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKeyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.ports import Clock, NewId, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.user import UserId

_PLAN: Final = ("next_action_at", "expires_at")


class LeadData(TypedDict, total=False):
    """What is said about a lead: only what is there is set, None takes it away.

    Shape: `tokens` are set one by one, None takes one away. Times are text: the company knows in which zone one
    without an offset is.
    """

    tokens: Mapping[str, str | None]
    email: str | None
    traffic_source_id: TrafficSourceId | None
    sub_id: str | None
    priority: Decimal
    next_action_at: str | None
    expires_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLead:
    """Which lead to change, how, and on whose word: an API key's, a user's, or with neither the command line's.

    Shape: `version` is the one that whoever changes it has seen; None changes any.
    """

    company_id: CompanyId
    lead_id: LeadId
    data: LeadData
    api_key_id: ApiKeyId | None = None
    user_id: UserId | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveLead:
    """Which lead to hide, and on whose word, as in `ChangeLead`."""

    company_id: CompanyId
    lead_id: LeadId
    api_key_id: ApiKeyId | None = None
    user_id: UserId | None = None


def change_lead(command: ChangeLead, *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId) -> Lead:
    """Change what is given of a lead, and return it as it looks then; a lead that has ended keeps its end.

    Raises: NotFound: the company has no such lead. TooManyTokens: it would have too many.
        InvalidParameter: naming every value that cannot be. StaleWrite: it has changed since that version was seen.
    """
    with unit_of_work(command.company_id) as uow:
        lead = _held(uow, command.lead_id, at=clock())
        if command.version not in {None, lead.version}:
            raise StaleWrite
        now = clock()
        changed = _changed(lead, command.data, uow.directory.current(), now=now)
        if changed != lead:
            changed = replace(changed, updated_at=now, version=lead.version + 1)
            tokens = sorted(command.data.get("tokens", {}))
            fact = _event(EventKind.LEAD_UPDATED, lead, changed, command, tokens=tokens, new_id=new_id)
            uow.leads.save_all([(changed, lead.version)])
            uow.events.append_all([fact])
            uow.commit()
    return changed.seen(at=now)


def remove_lead(command: RemoveLead, *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId) -> Lead:
    """Hide a lead: nothing more happens to it, and reports go on counting it. Doing it twice is doing it once.

    Raises: NotFound: the company has no such lead.
    """
    with unit_of_work(command.company_id) as uow:
        lead = _held(uow, command.lead_id, at=clock())
        if lead.status is LeadStatus.REMOVED:
            return lead
        removed = replace(lead.end(LeadStatus.REMOVED, at=clock()), version=lead.version + 1)
        uow.leads.save_all([(removed, lead.version)])
        uow.events.append_all([_event(EventKind.LEAD_REMOVED, lead, removed, command, new_id=new_id)])
        uow.commit()
    return removed


def _held(uow: UnitOfWork, lead_id: LeadId, *, at: datetime) -> Lead:
    """Return a lead whose caller is held: nobody else changes it any more."""
    if (lead := uow.leads.find(lead_id)) is None:
        raise NotFound
    uow.contacts.claim({lead.caller}, at=at)
    # Whoever held the caller before may have changed it; leads are never destroyed here, so it is still there.
    return uow.leads.find(lead_id) or lead


def _changed(lead: Lead, data: LeadData, directory: Directory, *, now: datetime) -> Lead:
    given = dict(data.get("tokens", {}))
    if "email" in data:
        # The address is a lead token too, here as in a submission.
        given.setdefault("email", data["email"])
    tokens = {name: text for name, text in {**lead.tokens, **given}.items() if text is not None}
    if len(tokens) > MOST_TOKENS:
        raise TooManyTokens(errors={"tokens": [f"would be more than {MOST_TOKENS} on this lead"]})
    times, errors = _times(data, directory.company.time_zone)
    source_id = data.get("traffic_source_id", lead.attribution.traffic_source_id)
    if "traffic_source_id" in data and source_id is not None and source_id not in directory.traffic_sources:
        errors["traffic_source_id"] = ["is no traffic source of this company"]
    if not lead.seen(at=now).is_live:
        errors |= {name: ["cannot be set on a lead that has ended"] for name in _PLAN if name in data}
    if errors:
        raise InvalidParameter(errors=errors)
    return replace(
        lead,
        tokens=tokens,
        email=data.get("email", given.get("email", lead.email)),
        attribution=Attribution(source_id, data.get("sub_id", lead.attribution.sub_id)),
        priority=data.get("priority", lead.priority),
        next_action_at=times.get("next_action_at", lead.next_action_at),
        expires_at=times.get("expires_at", lead.expires_at),
    )


def _times(data: LeadData, zone: str) -> tuple[dict[str, datetime | None], dict[str, Sequence[str]]]:
    """Return the times that are given, and what is wrong with the others."""
    given = {name: text for name, text in data.items() if name in _PLAN}
    times: dict[str, datetime | None] = {}
    errors: dict[str, Sequence[str]] = {}
    for name, text in given.items():
        try:
            times[name] = read_time(str(text), zone) if text is not None else None
        except ValueError:
            errors[name] = ["is not a time: send ISO 8601 with an offset, such as 2030-01-31T09:00:00-05:00"]
    return times, errors


def _whose(command: ChangeLead | RemoveLead) -> dict[str, str]:
    """Return on whose word it is done."""
    if command.api_key_id is not None:
        return {"api_key_id": str(command.api_key_id)}
    if command.user_id is not None:
        return {"came_by": CameBy.PAGES.value, "user_id": str(command.user_id)}
    return {"came_by": CameBy.COMMAND_LINE.value}


def _event(
    kind: EventKind,
    before: Lead,
    lead: Lead,
    command: ChangeLead | RemoveLead,
    *,
    new_id: NewId,
    tokens: Sequence[str] = (),
) -> Event:
    details: dict[str, object] = {
        **_whose(command),
        "owner": {"kind": str(lead.owner.kind), "id": lead.owner.id},
        "status": str(lead.status),
        "traffic_source_id": lead.attribution.traffic_source_id,
        "sub_id": lead.attribution.sub_id,
        "tokens": list(tokens),
    }
    if before.attribution != lead.attribution:
        details["previous"] = {
            "traffic_source_id": before.attribution.traffic_source_id,
            "sub_id": before.attribution.sub_id,
        }
    return Event(
        id=EventId(new_id()),
        company_id=lead.company_id,
        kind=kind,
        caller=lead.caller,
        lead_id=lead.id,
        lead_version=lead.version,
        at=lead.updated_at,
        details=details,
    )
