"""Record calls and conversions: what somebody tells of a company's leads, each once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from leadintake.domain.call_recording import RecordCall, decide_call, examine_call
from leadintake.domain.conversion_recording import RecordConversion, decide_conversion, examine_conversion
from leadintake.domain.recorded_counting import counted_recordings
from leadintake.domain.recording import Known, RecordOne, Told
from leadintake.domain.remembering import is_to_be_saved, remembered
from leadintake.domain.use_cases.meeting import tried_again

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.contact import Contact
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.errors import Refusal
    from leadintake.domain.lead import Lead
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, Keyring, NewId, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.recording import Recording

Command = TypeVar("Command", bound=RecordOne)
One = TypeVar("One", "Call", "Conversion")


def record_calls(
    commands: Sequence[RecordCall],
    *,
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
    is_rehearsal: bool = False,
) -> Sequence[Recording[Call]]:
    """Record a batch of one company's calls, in one commit; one that cannot be recorded fails no other.

    Args:
        commands: At least one, all of one company; a later one sees what the earlier ones recorded.
        unit_of_work: Units that may write.
        keyring: Makes the digests by which erased callers are known.
        clock: Now.
        new_id: Where identifiers come from.
        is_rehearsal: Decide, and keep nothing at all.

    Returns: What became of each, in their order.
    Raises: StaleWrite, Unavailable, OutcomeUnknown: nothing is known to be kept; what has an `external_id` can be sent
        again.
    Source: specification, section 7; ADR 0029.
    """
    return tried_again(
        partial(_record, _CALLS, commands, unit_of_work, keyring, clock, new_id, is_rehearsal=is_rehearsal)
    )


def record_conversions(
    commands: Sequence[RecordConversion],
    *,
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
    is_rehearsal: bool = False,
) -> Sequence[Recording[Conversion]]:
    """Record a batch of one company's conversions, in one commit: as `record_calls` does calls."""
    return tried_again(
        partial(_record, _CONVERSIONS, commands, unit_of_work, keyring, clock, new_id, is_rehearsal=is_rehearsal)
    )


class _Kept(Protocol[One]):
    """Where what is recorded is kept: `CallRepository` or `ConversionRepository`."""

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, One]:
        """Return those of these names."""

    def add_all(self, added: Collection[One]) -> None:
        """Insert new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind(Generic[Command, One]):
    """A kind of what is recorded: how it is read and decided, and where it is kept."""

    examine: Callable[..., Told[Command] | Refusal]
    decide: Callable[..., Recording[One]]
    kept: Callable[[UnitOfWork], _Kept[One]]


_CALLS: Final[_Kind[RecordCall, Call]] = _Kind(examine=examine_call, decide=decide_call, kept=lambda uow: uow.calls)
_CONVERSIONS: Final[_Kind[RecordConversion, Conversion]] = _Kind(
    examine=examine_conversion, decide=decide_conversion, kept=lambda uow: uow.conversions
)


def _record(
    kind: _Kind[Command, One],
    commands: Sequence[Command],
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
    *,
    is_rehearsal: bool,
) -> Sequence[Recording[One]]:
    if any(command.company_id != commands[0].company_id for command in commands):
        message = "a batch is of one company"
        raise ValueError(message)
    with unit_of_work(commands[0].company_id) as uow:
        directory, kept = uow.directory.current(), kind.kept(uow)
        examined = [kind.examine(command, directory.company, now=clock()) for command in commands]
        told = [one for one in examined if isinstance(one, Told)]
        sound = [one.command for one in told]
        callers = {one.caller for one in told if one.caller is not None} | _callers_of_calls(uow, sound)
        known: Known[One] = Known(directory=directory)
        claimed = _hold(uow, known, sound, callers, keyring=keyring, at=clock())
        known.calls, known.calls_named = _calls(uow, sound)
        names = {command.external_id for command in sound if command.external_id is not None}
        known.named = dict(kept.of_external_ids(names)) if names else {}
        now = clock()
        recordings = [kind.decide(one, known, now=now, new_id=new_id) for one in examined]
        if not is_rehearsal:
            if added := [each.one for each in recordings if each.one is not None and each.before is None]:
                kept.add_all(added)
            _store(uow, recordings, claimed)
            uow.commit()
    return recordings


def _hold(
    uow: UnitOfWork,
    known: Known[One],
    commands: Sequence[RecordOne],
    callers: set[PhoneNumber],
    *,
    keyring: Keyring,
    at: datetime,
) -> Mapping[PhoneNumber, Contact]:
    """Hold everybody whom the commands are about until the unit ends, and read their leads.

    Whoever erases one of them holds them too: what is recorded of somebody is erased with them, or comes after.
    """
    lead_ids = {command.lead_id for command in commands if command.lead_id is not None}
    # A lead's caller never changes, so nobody need be held to ask for it.
    everybody = callers | {lead.caller for lead in uow.leads.find_all(lead_ids)} if lead_ids else callers
    claimed = uow.contacts.claim(everybody, at=at) if everybody else {}
    if known.directory.has_erased:
        claimed = remembered(claimed, erasures=uow.erasures, keyring=keyring)
    # Only callers who were stored before can have leads.
    stored = [caller for caller, contact in claimed.items() if not contact.is_new]
    leads: defaultdict[PhoneNumber, list[Lead]] = defaultdict(list)
    for lead in uow.leads.of_callers(stored) if stored else ():
        leads[lead.caller].append(lead)
    known.leads = leads
    known.by_id = {lead.id: lead for mine in leads.values() for lead in mine}
    return claimed


def _callers_of_calls(uow: UnitOfWork, commands: Sequence[RecordOne]) -> set[PhoneNumber]:
    by_id, by_name = _calls(uow, commands)
    calls = (*by_id.values(), *by_name.values())
    return {call.stamp.caller for call in calls if call.stamp.caller is not None}


def _calls(uow: UnitOfWork, commands: Sequence[RecordOne]) -> tuple[Mapping[CallId, Call], Mapping[str, Call]]:
    """Return the calls that are named, as only conversions do."""
    naming = [command for command in commands if isinstance(command, RecordConversion)]
    ids = {command.call_id for command in naming if command.call_id is not None}
    names = {command.call_external_id for command in naming if command.call_external_id is not None}
    return (
        {call.id: call for call in uow.calls.find_all(ids)} if ids else {},
        uow.calls.of_external_ids(names) if names else {},
    )


def _store(uow: UnitOfWork, recordings: Sequence[Recording[One]], claimed: Mapping[PhoneNumber, Contact]) -> None:
    """Keep what was told, and who was new here: whoever calls is a contact from then on."""
    events = [each.event for each in recordings if each.event is not None]
    if not events:
        return
    callers = {event.caller for event in events}
    known = [claimed[caller] for caller in claimed if caller in callers]
    if new := [contact for contact in known if contact.is_new and is_to_be_saved(contact, contact)]:
        uow.contacts.save_all(new)
    uow.events.append_all(events)
    uow.rollups.append_all(counted_recordings(recordings))
