"""Correct calls and conversions, and reverse conversions; what was said before stays in the facts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadintake.domain.call_recording import corrected_call
from leadintake.domain.conversion_recording import (
    CorrectConversion,
    corrected_conversion,
    reversed_conversion,
)
from leadintake.domain.errors import NotFound
from leadintake.domain.recorded_counting import counted_recordings
from leadintake.domain.use_cases.meeting import tried_again

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.call_recording import CorrectCall
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.conversion_recording import ReverseConversion
    from leadintake.domain.lead import Lead
    from leadintake.domain.ports import Clock, NewId, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.recording import Recording
    from leadintake.domain.stamp import Stamp


def correct_call(
    command: CorrectCall, *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Recording[Call]:
    """Correct what is given of a call. Its stamp stays: it counts where it counted.

    Raises: NotFound: the company has no such call. InvalidParameter, TooManyTokens: as `corrected_call` says.
    """
    return tried_again(partial(_correct_call, command, unit_of_work, clock, new_id))


def correct_conversion(
    command: CorrectConversion, *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Recording[Conversion]:
    """Correct what is given of a conversion; its stamp stays.

    Raises: NotFound: the company has no such conversion. ConversionReversed: it counts no more.
        InvalidParameter: naming every value that cannot be.
    """
    return tried_again(partial(_change_conversion, command, unit_of_work, clock, new_id))


def reverse_conversion(
    command: ReverseConversion, *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Recording[Conversion]:
    """Reverse a conversion: it counts no more. Doing it twice is doing it once.

    Raises: NotFound: the company has no such conversion.
    """
    return tried_again(partial(_change_conversion, command, unit_of_work, clock, new_id))


def _correct_call(
    command: CorrectCall, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Recording[Call]:
    with unit_of_work(command.company_id) as uow:
        kept, lead = _held_call(uow, command.call_id, at=clock())
        company = uow.directory.current().company
        recording = corrected_call(kept, command, company, lead=lead, now=clock(), new_id=new_id)
        if recording.event is not None and recording.one is not None:
            uow.calls.save_all([(recording.one, kept.version)])
            uow.events.append_all([recording.event])
            uow.rollups.append_all(counted_recordings([recording]))
            uow.commit()
    return recording


def _change_conversion(
    command: CorrectConversion | ReverseConversion, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Recording[Conversion]:
    with unit_of_work(command.company_id) as uow:
        kept, lead = _held_conversion(uow, command.conversion_id, at=clock())
        company, now = uow.directory.current().company, clock()
        if isinstance(command, CorrectConversion):
            recording = corrected_conversion(kept, command, company, lead=lead, now=now, new_id=new_id)
        else:
            recording = reversed_conversion(kept, command, company, lead=lead, now=now, new_id=new_id)
        if recording.event is not None and recording.one is not None:
            uow.conversions.save_all([(recording.one, kept.version)])
            uow.events.append_all([recording.event])
            uow.rollups.append_all(counted_recordings([recording]))
            uow.commit()
    return recording


def _held_call(uow: UnitOfWork, call_id: CallId, *, at: datetime) -> tuple[Call, Lead | None]:
    """Return a call whose caller is held, and its lead. Raises: NotFound."""
    if (call := uow.calls.find(call_id)) is None:
        raise NotFound
    lead = _hold(uow, call.stamp, at=at)
    # Whoever held the caller before may have changed it; nothing that was recorded is ever destroyed.
    return uow.calls.find(call_id) or call, lead


def _held_conversion(uow: UnitOfWork, conversion_id: ConversionId, *, at: datetime) -> tuple[Conversion, Lead | None]:
    """Return a conversion whose caller is held, and its lead. Raises: NotFound."""
    if (conversion := uow.conversions.find(conversion_id)) is None:
        raise NotFound
    lead = _hold(uow, conversion.stamp, at=at)
    return uow.conversions.find(conversion_id) or conversion, lead


def _hold(uow: UnitOfWork, stamp: Stamp, *, at: datetime) -> Lead | None:
    """Hold the caller, so that they are not erased meanwhile, and return the lead. Of the erased there is neither."""
    if stamp.caller is not None:
        uow.contacts.claim({stamp.caller}, at=at)
    return uow.leads.find(stamp.lead_id) if stamp.lead_id is not None else None
