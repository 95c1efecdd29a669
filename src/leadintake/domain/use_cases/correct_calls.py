"""Correct calls and conversions, and reverse conversions; what was said before stays in the facts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from leadintake.domain.call_recording import corrected_call
from leadintake.domain.conversion_recording import corrected_conversion, reversed_conversion
from leadintake.domain.errors import NotFound
from leadintake.domain.recorded_counting import counted_recordings
from leadintake.domain.use_cases.meeting import tried_again

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.call_recording import CorrectCall
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.conversion_recording import CorrectConversion, ReverseConversion
    from leadintake.domain.lead import Lead
    from leadintake.domain.ports import Clock, NewId, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.recording import Recording
    from leadintake.domain.stamp import Stamp

Command = TypeVar("Command", "CorrectCall", "CorrectConversion", "ReverseConversion")
One = TypeVar("One", "Call", "Conversion")


def correct_call(
    command: CorrectCall, *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Recording[Call]:
    """Correct what is given of a call. Its stamp stays: it counts where it counted.

    Raises: NotFound: the company has no such call. InvalidParameter, TooManyTokens: as `corrected_call` says.
    """
    return tried_again(partial(_change, command, command.call_id, _calls, corrected_call, unit_of_work, clock, new_id))


def correct_conversion(
    command: CorrectConversion, *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Recording[Conversion]:
    """Correct what is given of a conversion; its stamp stays.

    Raises: NotFound: the company has no such conversion. ConversionReversed: it counts no more.
        InvalidParameter: naming every value that cannot be.
    """
    return tried_again(
        partial(
            _change, command, command.conversion_id, _conversions, corrected_conversion, unit_of_work, clock, new_id
        )
    )


def reverse_conversion(
    command: ReverseConversion, *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Recording[Conversion]:
    """Reverse a conversion: it counts no more. Doing it twice is doing it once.

    Raises: NotFound: the company has no such conversion.
    """
    return tried_again(
        partial(_change, command, command.conversion_id, _conversions, reversed_conversion, unit_of_work, clock, new_id)
    )


class _Kept(Protocol[One]):
    """Where what was recorded is kept: `CallRepository` or `ConversionRepository`."""

    def find(self, one_id: Any, /) -> One | None:  # noqa: ANN401 - an id of its own kind
        """Return that one."""

    def save_all(self, changes: Collection[tuple[One, int]], /) -> None:
        """Replace those that are stored in the version that stands beside each."""


def _calls(uow: UnitOfWork) -> _Kept[Call]:
    return uow.calls


def _conversions(uow: UnitOfWork) -> _Kept[Conversion]:
    return uow.conversions


def _change(
    command: Command,
    one_id: CallId | ConversionId,
    kept_by: Callable[[UnitOfWork], _Kept[One]],
    decide: Callable[..., Recording[One]],
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    new_id: NewId,
) -> Recording[One]:
    """Change what was recorded, as `decide` says. Raises: NotFound: there is no such thing."""
    with unit_of_work(command.company_id) as uow:
        repository = kept_by(uow)
        if (kept := repository.find(one_id)) is None:
            raise NotFound
        lead = _hold(uow, kept.stamp, at=clock())
        # Whoever held the caller before may have changed it; nothing that was recorded is ever destroyed.
        kept = repository.find(one_id) or kept
        company = uow.directory.current().company
        recording = decide(kept, command, company, lead=lead, now=clock(), new_id=new_id)
        if recording.event is not None and recording.one is not None:
            repository.save_all([(recording.one, kept.version)])
            uow.events.append_all([recording.event])
            uow.rollups.append_all(counted_recordings([recording]))
            uow.commit()
    return recording


def _hold(uow: UnitOfWork, stamp: Stamp, *, at: datetime) -> Lead | None:
    """Hold the caller, so that they are not erased meanwhile, and return the lead. Of the erased there is neither."""
    if stamp.caller is not None:
        uow.contacts.claim({stamp.caller}, at=at)
    return uow.leads.find(stamp.lead_id) if stamp.lead_id is not None else None
