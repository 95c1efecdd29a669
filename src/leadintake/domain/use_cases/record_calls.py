"""Record calls and conversions: what somebody tells of a company's leads, each once."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from leadintake.domain.call_recording import ToldCall, decide_call, examine_call
from leadintake.domain.conversion_recording import ToldConversion, decide_conversion, examine_conversion
from leadintake.domain.recorded_counting import counted_recordings
from leadintake.domain.recording import Known
from leadintake.domain.remembering import is_to_be_saved, remembered
from leadintake.domain.use_cases.meeting import tried_again

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.call_recording import RecordCall
    from leadintake.domain.contact import Contact
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.conversion_recording import RecordConversion
    from leadintake.domain.lead import Lead
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, Keyring, NewId, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.recording import Recording, RecordOne

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
    _require_one_company(commands)
    return tried_again(
        partial(_record_calls, commands, unit_of_work, keyring, clock, new_id, is_rehearsal=is_rehearsal)
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
    _require_one_company(commands)
    return tried_again(
        partial(_record_conversions, commands, unit_of_work, keyring, clock, new_id, is_rehearsal=is_rehearsal)
    )


def _record_calls(
    commands: Sequence[RecordCall],
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
    *,
    is_rehearsal: bool,
) -> Sequence[Recording[Call]]:
    with unit_of_work(commands[0].company_id) as uow:
        directory = uow.directory.current()
        examined = [examine_call(command, directory.company, now=clock()) for command in commands]
        told = [one for one in examined if isinstance(one, ToldCall)]
        callers = {one.caller for one in told if one.caller is not None}
        known: Known[Call] = Known(directory=directory)
        claimed = _hold(uow, known, [one.command for one in told], callers, keyring=keyring, at=clock())
        names = _names(told)
        known.named = dict(uow.calls.of_external_ids(names)) if names else {}
        now = clock()
        recordings = [decide_call(one, known, now=now, new_id=new_id) for one in examined]
        if not is_rehearsal:
            if added := _new(recordings):
                uow.calls.add_all(added)
            _store(uow, recordings, claimed)
            uow.commit()
    return recordings


def _record_conversions(
    commands: Sequence[RecordConversion],
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
    *,
    is_rehearsal: bool,
) -> Sequence[Recording[Conversion]]:
    with unit_of_work(commands[0].company_id) as uow:
        directory = uow.directory.current()
        examined = [examine_conversion(command, directory.company, now=clock()) for command in commands]
        told = [one for one in examined if isinstance(one, ToldConversion)]
        callers = {one.caller for one in told if one.caller is not None}
        known: Known[Conversion] = Known(directory=directory)
        callers |= _callers_of_calls(uow, told)
        claimed = _hold(uow, known, [one.command for one in told], callers, keyring=keyring, at=clock())
        known.calls, known.calls_named = _calls(uow, told)
        names = _names(told)
        known.named = dict(uow.conversions.of_external_ids(names)) if names else {}
        now = clock()
        recordings = [decide_conversion(one, known, now=now, new_id=new_id) for one in examined]
        if not is_rehearsal:
            if added := _new(recordings):
                uow.conversions.add_all(added)
            _store(uow, recordings, claimed)
            uow.commit()
    return recordings


def _require_one_company(commands: Sequence[RecordOne]) -> None:
    if any(command.company_id != commands[0].company_id for command in commands):
        message = "a batch is of one company"
        raise ValueError(message)


def _names(told: Sequence[ToldCall] | Sequence[ToldConversion]) -> set[str]:
    return {one.command.external_id for one in told if one.command.external_id is not None}


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


def _callers_of_calls(uow: UnitOfWork, told: Sequence[ToldConversion]) -> set[PhoneNumber]:
    by_id, by_name = _calls(uow, told)
    calls = (*by_id.values(), *by_name.values())
    return {call.stamp.caller for call in calls if call.stamp.caller is not None}


def _calls(uow: UnitOfWork, told: Sequence[ToldConversion]) -> tuple[Mapping[CallId, Call], Mapping[str, Call]]:
    """Return the calls that the conversions name."""
    ids = {one.command.call_id for one in told if one.command.call_id is not None}
    names = {one.command.call_external_id for one in told if one.command.call_external_id is not None}
    return (
        {call.id: call for call in uow.calls.find_all(ids)} if ids else {},
        uow.calls.of_external_ids(names) if names else {},
    )


def _new(recordings: Sequence[Recording[One]]) -> list[One]:
    return [each.one for each in recordings if each.one is not None and each.before is None]


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
