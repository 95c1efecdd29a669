"""Values as the store keeps them: its own copies, in the form in which a database would give them back.

What is stored shares nothing with the value that was handed in, and what is read shares nothing with the store.
Instants come back in UTC. What stands for JSON goes through JSON, so that a value that no database could keep is
refused here too.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.call import Call
    from leadintake.domain.contact import Contact
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.credential import ApiKey, LeadTokenCredential
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead
    from leadintake.domain.owner import Offer, Schedule
    from leadintake.domain.owner_rules import OwnerRules
    from leadintake.domain.submission import Receipt, Replay, Submission, UnclaimedSubmission
    from leadintake.domain.user import User

# An even number of backslashes before it are text; one more makes it an escape.
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

Key = TypeVar("Key")
Value = TypeVar("Value")


@overload
def in_utc(at: datetime) -> datetime: ...
@overload
def in_utc(at: None) -> None: ...
def in_utc(at: datetime | None) -> datetime | None:
    """Return the instant in UTC. Raises: ValueError: it has no zone, so it is no instant."""
    if at is None or at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        message = "an instant needs a zone"
        raise ValueError(message)
    return at.astimezone(UTC)


def frozen(mapping: Mapping[Key, Value]) -> Mapping[Key, Value]:
    """Return a copy that nobody can change."""
    return MappingProxyType(dict(mapping))


def through_json(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy down to the bottom.

    Raises: TypeError, ValueError: JSON cannot carry it, or some database cannot (NUL, lone surrogates).
    """
    text = json.dumps(mapping, default=dict, allow_nan=False, ensure_ascii=False)
    text.encode()
    if _ESCAPED_NUL.search(text):
        message = "no text may hold NUL"
        raise ValueError(message)
    copy: dict[str, Any] = json.loads(text)
    return copy


def owned_schedule(schedule: Schedule) -> Schedule:
    """Return the schedule to keep."""
    return replace(
        schedule,
        actions=tuple(schedule.actions),
        end_actions=tuple(schedule.end_actions),
        paused_at=in_utc(schedule.paused_at),
        rules=owned_rules(schedule.rules),
    )


def owned_offer(offer: Offer) -> Offer:
    """Return the offer to keep."""
    return replace(offer, paused_at=in_utc(offer.paused_at), rules=owned_rules(offer.rules))


def owned_rules(rules: OwnerRules) -> OwnerRules:
    """Return the rules to keep."""
    lengths = rules.phone_lengths
    return replace(
        rules,
        phone_lengths=None if lengths is None else (lengths[0], lengths[1]),
        phone_fields=tuple(rules.phone_fields),
    )


def owned_contact_field(field: ContactField) -> ContactField:
    """Return the contact field to keep."""
    return replace(field, choices=tuple(field.choices))


def owned_traffic_source(source: TrafficSource) -> TrafficSource:
    """Return the traffic source to keep."""
    return replace(source, paused_at=in_utc(source.paused_at))


def owned_lead_token(credential: LeadTokenCredential) -> LeadTokenCredential:
    """Return the lead token to keep."""
    return replace(
        credential,
        lookup=bytes(credential.lookup),
        sealed=bytes(credential.sealed),
        created_at=in_utc(credential.created_at),
        revoked_at=in_utc(credential.revoked_at),
        expires_at=in_utc(credential.expires_at),
        rules=replace(
            credential.rules, networks=tuple(credential.rules.networks), origins=tuple(credential.rules.origins)
        ),
    )


def owned_api_key(key: ApiKey) -> ApiKey:
    """Return the API key to keep."""
    return replace(
        key,
        lookup=bytes(key.lookup),
        permissions=frozenset(key.permissions),
        created_at=in_utc(key.created_at),
        revoked_at=in_utc(key.revoked_at),
    )


def owned_user(user: User) -> User:
    """Return the user to keep."""
    return replace(
        user,
        created_at=in_utc(user.created_at),
        deactivated_at=in_utc(user.deactivated_at),
        last_signed_in_at=in_utc(user.last_signed_in_at),
    )


def owned_contact(contact: Contact) -> Contact:
    """Return the contact to keep: a version later than it was."""
    return replace(
        contact,
        created_at=in_utc(contact.created_at),
        opted_out_at=in_utc(contact.opted_out_at),
        blocked_at=in_utc(contact.blocked_at),
        version=contact.version + 1,
    )


def owned_lead(lead: Lead) -> Lead:
    """Return the lead to keep."""
    return replace(
        lead,
        created_at=in_utc(lead.created_at),
        updated_at=in_utc(lead.updated_at),
        next_action_at=in_utc(lead.next_action_at),
        expires_at=in_utc(lead.expires_at),
        callback_at=in_utc(lead.callback_at),
        plan_expires_at=in_utc(lead.plan_expires_at),
        tokens=frozen(through_json(lead.tokens)),
    )


def owned_call(call: Call) -> Call:
    """Return the call to keep."""
    return replace(
        call,
        started_at=in_utc(call.started_at),
        recorded_at=in_utc(call.recorded_at),
        corrected_at=in_utc(call.corrected_at),
        tokens=frozen(through_json(call.tokens)),
    )


def owned_conversion(conversion: Conversion) -> Conversion:
    """Return the conversion to keep."""
    return replace(
        conversion,
        occurred_at=in_utc(conversion.occurred_at),
        recorded_at=in_utc(conversion.recorded_at),
        corrected_at=in_utc(conversion.corrected_at),
        reversed_at=in_utc(conversion.reversed_at),
    )


def owned_event(event: Event) -> Event:
    """Return the fact to keep, or to hand out."""
    return replace(event, at=in_utc(event.at), details=through_json(event.details))


def owned_submission(submission: Submission) -> Submission:
    """Return the submission to keep, or to hand out."""
    return replace(
        submission,
        receipt=_owned_receipt(submission.receipt),
        errors={name: tuple(messages) for name, messages in submission.errors.items()},
        notices=tuple(submission.notices),
        caller_digest=None if submission.caller_digest is None else bytes(submission.caller_digest),
    )


def owned_replay(replay: Replay) -> Replay:
    """Return the replay to keep, or to hand out."""
    return replace(
        replay,
        at=in_utc(replay.at),
        errors={name: tuple(messages) for name, messages in replay.errors.items()},
        edits=None if replay.edits is None else through_json(replay.edits),
    )


def owned_unclaimed(sample: UnclaimedSubmission) -> UnclaimedSubmission:
    """Return the sample to keep, or to hand out."""
    return replace(sample, received_at=in_utc(sample.received_at), request=through_json(sample.request))


def _owned_receipt(receipt: Receipt) -> Receipt:
    return replace(receipt, received_at=in_utc(receipt.received_at), request=through_json(receipt.request))
