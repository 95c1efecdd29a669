"""Conversions as they are recorded, corrected and reversed, decided without touching anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from leadintake.domain.conversion import DEFAULT_KIND, Conversion, ConversionId
from leadintake.domain.errors import CallNotFound, ConversionReversed, InvalidParameter, Refusal
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
    from datetime import datetime

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.credential import ApiKeyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead
    from leadintake.domain.money import Amount, Currency
    from leadintake.domain.notice import Notice
    from leadintake.domain.ports import NewId
    from leadintake.domain.recording import Known, Told
    from leadintake.domain.stamp import Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConversion(RecordOne):
    """A conversion that somebody tells of; what is None was not said. `call_external_id` names the call as well."""

    call_id: CallId | None = None
    call_external_id: str | None = None
    kind: str | None = None
    occurred_at: str | None = None


class ConversionData(TypedDict, total=False):
    """What is corrected of a conversion: only what is there is set."""

    kind: str
    occurred_at: str
    revenue: str
    payout: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectConversion:
    """Which conversion to correct, how, and with which API key; None stands for the command line."""

    company_id: CompanyId
    conversion_id: ConversionId
    data: ConversionData
    api_key_id: ApiKeyId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseConversion:
    """Which conversion to reverse, and with which API key; None stands for the command line."""

    company_id: CompanyId
    conversion_id: ConversionId
    api_key_id: ApiKeyId | None


def examine_conversion(
    command: RecordConversion, company: Company, *, now: datetime
) -> Told[RecordConversion] | Refusal:
    """Check all that needs no record of anybody's."""
    reader = Reader(company, command.errors, now=now)
    told = reader.told(command, "occurred_at", command.occurred_at)
    if command.call_id is not None and command.call_external_id is not None:
        reader.refuse("call_external_id", "cannot be combined with call_id: one of them names the call")
    reader.require_somebody(command.lead_id, command.caller_id, command.call_id, command.call_external_id)
    return as_refusal(reader.errors) if reader.errors else told


def decide_conversion(
    told: Told[RecordConversion] | Refusal, known: Known[Conversion], *, now: datetime, new_id: NewId
) -> Recording[Conversion]:
    """Decide one conversion over what is known of its caller."""
    return judged(told, known, partial(_decided, known=known, now=now, new_id=new_id))


def _decided(
    told: Told[RecordConversion], known: Known[Conversion], *, now: datetime, new_id: NewId
) -> Recording[Conversion]:
    command = told.command
    call = _call(command, known)
    if command.external_id is not None and (kept := known.named.get(command.external_id)) is not None:
        return repeated(kept, _compared(kept, told, call))
    stamp, notices = _stamp(told, call, known, now=now)
    payout = told.payout
    if payout is None:
        payout = _default_payout(stamp, known.directory)
    conversion = Conversion(
        company_id=command.company_id,
        id=ConversionId(new_id()),
        external_id=command.external_id,
        stamp=stamp,
        call_id=call.id if call else None,
        kind=command.kind or DEFAULT_KIND,
        occurred_at=told.at or now,
        revenue=told.revenue or NOTHING,
        payout=payout,
        recorded_at=now,
    )
    lead = known.by_id.get(stamp.lead_id) if stamp.lead_id else None
    event = _event(
        EventKind.CONVERSION_RECORDED,
        conversion,
        known.directory.company.currency,
        api_key_id=command.api_key_id,
        lead=lead,
        now=now,
        new_id=new_id,
    )
    return Recording(outcome=RecordOutcome.RECORDED, one=conversion, notices=notices, event=event)


def _call(command: RecordConversion, known: Known[Conversion]) -> Call | None:
    """Return the call that is named. Raises: CallNotFound: the company has none of that name."""
    if command.call_id is None and command.call_external_id is None:
        return None
    if command.call_id is not None:
        call = known.calls.get(command.call_id)
        name = "call_id"
    else:
        call = known.calls_named.get(command.call_external_id or "")
        name = "call_external_id"
    if call is None:
        raise CallNotFound(errors={name: ["is no call of this company"]})
    return call


def _stamp(
    told: Told[RecordConversion], call: Call | None, known: Known[Conversion], *, now: datetime
) -> tuple[Stamp, tuple[Notice, ...]]:
    """Return the stamp: that of the call where one is named, for what came of a call counts where the call does.

    Raises: LeadNotFound, InvalidParameter: as in `stamp_for`; or the call is another caller's, or another lead's.
    """
    command = told.command
    if call is None:
        return stamp_for(command, told.caller, known, now=now)
    stamp = call.stamp
    if command.lead_id not in {None, stamp.lead_id}:
        raise InvalidParameter(errors={"lead_id": ["is not the lead of this call"]})
    if stamp.caller is not None and told.caller not in {None, stamp.caller}:
        raise InvalidParameter(errors={"caller_id": ["is not the number of this call"]})
    return stamp, ()


def _default_payout(stamp: Stamp, directory: Directory) -> Amount:
    number = stamp.attribution.traffic_source_id
    source = None if number is None else directory.traffic_sources.get(number)
    return NOTHING if source is None or source.default_payout is None else source.default_payout


def _compared(kept: Conversion, told: Told[RecordConversion], call: Call | None) -> dict[str, tuple[object, object]]:
    command = told.command
    return {
        **stamped_as(kept, command, told.caller),
        "call_external_id" if command.call_id is None else "call_id": (kept.call_id, call.id if call else None),
        "kind": (kept.kind, command.kind),
        "occurred_at": (kept.occurred_at, told.at),
        "revenue": (kept.revenue, told.revenue),
        "payout": (kept.payout, told.payout),
    }


def corrected_conversion(
    kept: Conversion, command: CorrectConversion, company: Company, *, lead: Lead | None, now: datetime, new_id: NewId
) -> Recording[Conversion]:
    """Decide a correction: the stamp stays, and what is said takes the place of what was said before.

    Raises: InvalidParameter: naming every value that cannot be. ConversionReversed: it counts no more.
    """
    if kept.reversed_at is not None:
        raise ConversionReversed
    reader = Reader(company, (), now=now)
    changed = reader.changes(command.data, "occurred_at", "kind")
    if reader.errors:
        raise as_refusal(reader.errors)
    corrected = replace(kept, **changed)
    if corrected == kept:
        return Recording(outcome=RecordOutcome.UNCHANGED, one=kept, before=kept)
    corrected = replace(corrected, corrected_at=now, version=kept.version + 1)
    event = _event(
        EventKind.CONVERSION_CORRECTED,
        corrected,
        company.currency,
        before=kept,
        api_key_id=command.api_key_id,
        lead=lead,
        now=now,
        new_id=new_id,
    )
    return Recording(outcome=RecordOutcome.CORRECTED, one=corrected, before=kept, event=event)


def reversed_conversion(
    kept: Conversion, command: ReverseConversion, company: Company, *, lead: Lead | None, now: datetime, new_id: NewId
) -> Recording[Conversion]:
    """Decide a reversal: the conversion counts no more, and stays for the record. Doing it twice is doing it once."""
    if kept.reversed_at is not None:
        return Recording(outcome=RecordOutcome.UNCHANGED, one=kept, before=kept)
    taken_back = replace(kept, reversed_at=now, version=kept.version + 1)
    event = _event(
        EventKind.CONVERSION_REVERSED,
        taken_back,
        company.currency,
        api_key_id=command.api_key_id,
        lead=lead,
        now=now,
        new_id=new_id,
    )
    return Recording(outcome=RecordOutcome.REVERSED, one=taken_back, before=kept, event=event)


def _event(
    kind: EventKind,
    one: Conversion,
    currency: Currency,
    *,
    before: Conversion | None = None,
    api_key_id: ApiKeyId | None,
    lead: Lead | None,
    now: datetime,
    new_id: NewId,
) -> Event:
    details: dict[str, object] = {"conversion_id": str(one.id), "figures": figures(one, currency)}
    if one.call_id is not None:
        details["call_id"] = str(one.call_id)
    if before is not None:
        details["previous"] = figures(before, currency)
    return told_of(kind, one, details, api_key_id=api_key_id, lead=lead, now=now, new_id=new_id)


def figures(one: Conversion, currency: Currency) -> dict[str, object]:
    """Return what reports count of a conversion, as facts tell it."""
    return {
        "kind": one.kind,
        "occurred_at": one.occurred_at.isoformat(),
        "revenue": write_amount(one.revenue, currency),
        "payout": write_amount(one.payout, currency),
        "currency": currency,
    }
