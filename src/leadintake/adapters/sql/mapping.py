"""Rows to domain values and back, by hand: a renamed column changes nothing beyond this file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from leadintake.domain.alarm import Alarm, AlarmId, AlarmKind
from leadintake.domain.attribution import Attribution, TrafficSource, TrafficSourceId
from leadintake.domain.company import Company, CompanyId
from leadintake.domain.consent import Certificate, Consent, Witness
from leadintake.domain.contact import Contact
from leadintake.domain.contact_field import ContactField, FieldType
from leadintake.domain.credential import (
    ApiKey,
    ApiKeyId,
    LeadTokenCredential,
    LeadTokenId,
    Permission,
    PublicKey,
    Reveal,
)
from leadintake.domain.erasure import ErasedCaller, Erasure, ErasureId, Removed
from leadintake.domain.event import Event, EventId, EventKind
from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord
from leadintake.domain.lead import Lead, LeadId, LeadStatus
from leadintake.domain.money import Amount, Currency
from leadintake.domain.notice import Notice
from leadintake.domain.owner import Action, ActionKind, Offer, OfferId, OwnerKind, OwnerRef, Schedule, ScheduleId
from leadintake.domain.owner_rules import DuplicateScope, OwnerRules
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.posting_page import PostingPage, PostingPageId
from leadintake.domain.rollup import CountedAs
from leadintake.domain.submission import (
    Outcome,
    Receipt,
    Replay,
    ReplayId,
    Submission,
    SubmissionId,
    UnclaimedReason,
    UnclaimedSubmission,
)
from leadintake.domain.suppression import SuppressionList, SuppressionListId
from leadintake.domain.token_rules import TokenKind, TokenRules
from leadintake.domain.user import Role, User, UserId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

PRIORITY_UNITS = 10_000
"""A stored priority counts ten-thousandths."""

NO_LEAD_TOKEN: Final = LeadTokenId(UUID(int=0))
"""Stands in the ledger's rows for what came by no lead token; no lead token has it."""


def to_company(row: Row[Any]) -> Company:
    """Return the company of a row of `companies`."""
    return Company(
        id=CompanyId(row.id),
        name=row.name,
        region=row.region,
        time_zone=row.time_zone,
        currency=Currency(row.currency),
    )


def to_schedule(row: Row[Any]) -> Schedule:
    """Return the schedule of a row of `schedules`."""
    return Schedule(
        company_id=CompanyId(row.company_id),
        id=ScheduleId(row.id),
        name=row.name,
        actions=_to_actions(row.actions),
        offer_id=None if row.offer_id is None else OfferId(row.offer_id),
        requires_traffic_source=row.requires_traffic_source,
        paused_at=row.paused_at,
        end_actions=_to_actions(row.end_actions),
        rules=_to_rules(row.rules),
    )


def from_schedule(schedule: Schedule) -> dict[str, Any]:
    """Return the row of a schedule."""
    return {
        "company_id": schedule.company_id,
        "id": schedule.id,
        "name": schedule.name,
        "actions": _from_actions(schedule.actions),
        "offer_id": schedule.offer_id,
        "requires_traffic_source": schedule.requires_traffic_source,
        "paused_at": schedule.paused_at,
        "end_actions": _from_actions(schedule.end_actions),
        "rules": _from_rules(schedule.rules),
    }


def to_offer(row: Row[Any]) -> Offer:
    """Return the offer of a row of `offers`."""
    return Offer(
        company_id=CompanyId(row.company_id),
        id=OfferId(row.id),
        name=row.name,
        requires_traffic_source=row.requires_traffic_source,
        paused_at=row.paused_at,
        rules=_to_rules(row.rules),
    )


def from_offer(offer: Offer) -> dict[str, Any]:
    """Return the row of an offer."""
    return {
        "company_id": offer.company_id,
        "id": offer.id,
        "name": offer.name,
        "requires_traffic_source": offer.requires_traffic_source,
        "paused_at": offer.paused_at,
        "rules": _from_rules(offer.rules),
    }


def to_contact_field(row: Row[Any]) -> ContactField:
    """Return the field of a row of `contact_fields`."""
    return ContactField(
        company_id=CompanyId(row.company_id),
        offer_id=OfferId(row.offer_id),
        key=row.key,
        title=row.title,
        type=FieldType(row.type),
        required=row.required,
        pattern=row.pattern,
        choices=tuple(row.choices),
        minimum=None if row.minimum is None else Decimal(row.minimum),
        maximum=None if row.maximum is None else Decimal(row.maximum),
        position=row.position,
    )


def from_contact_field(field: ContactField) -> dict[str, Any]:
    """Return the row of a contact field."""
    return {
        "company_id": field.company_id,
        "offer_id": field.offer_id,
        "key": field.key,
        "title": field.title,
        "type": field.type.value,
        "required": field.required,
        "pattern": field.pattern,
        "choices": list(field.choices),
        "minimum": None if field.minimum is None else str(field.minimum),
        "maximum": None if field.maximum is None else str(field.maximum),
        "position": field.position,
    }


def to_suppression_list(row: Row[Any]) -> SuppressionList:
    """Return the list of a row of `suppression_lists`."""
    return SuppressionList(
        company_id=CompanyId(row.company_id),
        id=SuppressionListId(row.id),
        name=row.name,
        offer_id=None if row.offer_id is None else OfferId(row.offer_id),
    )


def from_suppression_list(suppression_list: SuppressionList) -> dict[str, Any]:
    """Return the row of a suppression list."""
    return {
        "company_id": suppression_list.company_id,
        "id": suppression_list.id,
        "name": suppression_list.name,
        "offer_id": suppression_list.offer_id,
    }


def to_traffic_source(row: Row[Any]) -> TrafficSource:
    """Return the source of a row of `traffic_sources`."""
    return TrafficSource(
        company_id=CompanyId(row.company_id),
        id=TrafficSourceId(row.id),
        name=row.name,
        paused_at=row.paused_at,
        external_id=row.external_id,
        default_payout=None if row.default_payout is None else Amount(row.default_payout),
    )


def from_traffic_source(source: TrafficSource) -> dict[str, Any]:
    """Return the row of a traffic source."""
    return {
        "company_id": source.company_id,
        "id": source.id,
        "name": source.name,
        "paused_at": source.paused_at,
        "external_id": source.external_id,
        "default_payout": source.default_payout,
    }


def to_lead_token(row: Row[Any]) -> LeadTokenCredential:
    """Return the credential of a row of `lead_tokens`."""
    return LeadTokenCredential(
        id=LeadTokenId(row.id),
        company_id=CompanyId(row.company_id),
        owner_kind=OwnerKind(row.owner_kind),
        owner_id=row.owner_id,
        lookup=row.lookup,
        sealed=row.sealed,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        label=row.label,
        kind=TokenKind(row.kind),
        rules=_to_token_rules(row.rules),
        expires_at=row.expires_at,
        successor_id=None if row.successor_id is None else LeadTokenId(row.successor_id),
    )


def from_lead_token(credential: LeadTokenCredential) -> dict[str, Any]:
    """Return the row of a lead token."""
    return {
        "company_id": credential.company_id,
        "id": credential.id,
        "owner_kind": credential.owner_kind.value,
        "owner_id": credential.owner_id,
        "lookup": credential.lookup,
        "sealed": credential.sealed,
        "created_at": credential.created_at,
        "revoked_at": credential.revoked_at,
        "label": credential.label,
        "kind": credential.kind.value,
        "rules": _from_token_rules(credential.rules),
        "expires_at": credential.expires_at,
        "successor_id": credential.successor_id,
    }


def _to_token_rules(kept: Mapping[str, Any]) -> TokenRules:
    lists = {name: tuple(kept[name]) for name in ("networks", "origins") if name in kept}
    return TokenRules(**{**kept, **lists})


def _from_token_rules(rules: TokenRules) -> dict[str, Any]:
    """Return what restricts; a rule that is not there when it is read has its default."""
    return {name: value for name, value in asdict(rules).items() if value not in (None, ())}


def to_api_key(row: Row[Any]) -> ApiKey:
    """Return the key of a row of `api_keys`."""
    return ApiKey(
        id=ApiKeyId(row.id),
        company_id=CompanyId(row.company_id),
        public=PublicKey(row.public),
        lookup=row.lookup,
        permissions=frozenset(Permission(name) for name in row.permissions),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        label=row.label,
        key_id=row.key_id,
    )


def from_api_key(key: ApiKey) -> dict[str, Any]:
    """Return the row of an API key."""
    return {
        "company_id": key.company_id,
        "id": key.id,
        "public": key.public,
        "lookup": key.lookup,
        "permissions": sorted(permission.value for permission in key.permissions),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
        "label": key.label,
        "key_id": key.key_id,
    }


def to_user(row: Row[Any]) -> User:
    """Return the user of a row of `users`."""
    return User(
        id=UserId(row.id),
        company_id=CompanyId(row.company_id),
        email=row.email,
        password_hash=row.password_hash,
        role=Role(row.role),
        created_at=row.created_at,
        session_stamp=row.session_stamp,
        deactivated_at=row.deactivated_at,
        last_signed_in_at=row.last_signed_in_at,
    )


def from_user(user: User) -> dict[str, Any]:
    """Return the row of a user."""
    return {
        "company_id": user.company_id,
        "id": user.id,
        "email": user.email,
        "password_hash": user.password_hash,
        "role": user.role.value,
        "created_at": user.created_at,
        "session_stamp": user.session_stamp,
        "deactivated_at": user.deactivated_at,
        "last_signed_in_at": user.last_signed_in_at,
    }


def to_posting_page(row: Row[Any]) -> PostingPage:
    """Return the posting page of a row of `posting_pages`."""
    return PostingPage(
        id=PostingPageId(row.id),
        company_id=CompanyId(row.company_id),
        owner=OwnerRef(OwnerKind(row.owner_kind), row.owner_id),
        switched_on_at=row.switched_on_at,
    )


def from_posting_page(page: PostingPage) -> dict[str, Any]:
    """Return the row of a posting page."""
    return {
        "company_id": page.company_id,
        "owner_kind": page.owner.kind.value,
        "owner_id": page.owner.id,
        "id": page.id,
        "switched_on_at": page.switched_on_at,
    }


def to_reveal(row: Row[Any]) -> Reveal:
    """Return the reveal of a row of `reveals`."""
    return Reveal(
        id=row.id,
        company_id=CompanyId(row.company_id),
        lead_token_id=LeadTokenId(row.lead_token_id),
        user_id=UserId(row.user_id),
        revealed_at=row.revealed_at,
    )


def from_reveal(reveal: Reveal) -> dict[str, Any]:
    """Return the row of a reveal."""
    return {
        "company_id": reveal.company_id,
        "lead_token_id": reveal.lead_token_id,
        "id": reveal.id,
        "user_id": reveal.user_id,
        "revealed_at": reveal.revealed_at,
    }


def to_contact(row: Row[Any]) -> Contact:
    """Return the contact of a row of `contacts`."""
    return Contact(
        company_id=CompanyId(row.company_id),
        caller=PhoneNumber(row.caller),
        created_at=row.created_at,
        opted_out_at=row.opted_out_at,
        blocked_at=row.blocked_at,
        version=row.version,
    )


def from_contact(contact: Contact) -> dict[str, Any]:
    """Return the row of a contact in the version after the one it carries, which stands beside it."""
    return {
        "company_id": contact.company_id,
        "caller": contact.caller.e164,
        "created_at": contact.created_at,
        "opted_out_at": contact.opted_out_at,
        "blocked_at": contact.blocked_at,
        "version": contact.version + 1,
        "expected": contact.version,
    }


def to_lead(row: Row[Any]) -> Lead:
    """Return the lead of a row of `leads`."""
    return Lead(
        company_id=CompanyId(row.company_id),
        id=LeadId(row.id),
        owner=OwnerRef(OwnerKind(row.owner_kind), row.owner_id),
        caller=PhoneNumber(row.caller),
        status=LeadStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        tokens=row.tokens,
        email=row.email,
        attribution=Attribution(
            None if row.traffic_source_id is None else TrafficSourceId(row.traffic_source_id), row.sub_id
        ),
        remote_ip=row.remote_ip,
        priority=Decimal(row.priority) / PRIORITY_UNITS,
        next_action=row.next_action,
        next_action_at=row.next_action_at,
        expires_at=row.expires_at,
        callback_at=row.callback_at,
        plan_expires_at=row.plan_expires_at,
        max_contact_attempts=row.max_contact_attempts,
        is_ending=row.ending is True,
        counted_ip=row.counted_ip,
        version=row.version,
    )


def from_lead(lead: Lead) -> dict[str, Any]:
    """Return the row of a lead."""
    return {
        "company_id": lead.company_id,
        "id": lead.id,
        "owner_kind": lead.owner.kind.value,
        "owner_id": lead.owner.id,
        "caller": lead.caller.e164,
        "status": lead.status.value,
        "live": True if lead.is_live else None,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
        "tokens": lead.tokens,
        "email": lead.email,
        "traffic_source_id": lead.attribution.traffic_source_id,
        "sub_id": lead.attribution.sub_id,
        "remote_ip": lead.remote_ip,
        "priority": int(lead.priority * PRIORITY_UNITS),
        "next_action": lead.next_action,
        "next_action_at": lead.next_action_at,
        "expires_at": lead.expires_at,
        "callback_at": lead.callback_at,
        "plan_expires_at": lead.plan_expires_at,
        "max_contact_attempts": lead.max_contact_attempts,
        "ending": True if lead.is_ending else None,
        "counted_ip": lead.counted_ip,
        "version": lead.version,
    }


def to_event(row: Row[Any]) -> Event:
    """Return the fact of a row of `events`."""
    return Event(
        id=EventId(row.id),
        company_id=CompanyId(row.company_id),
        kind=EventKind(row.kind),
        caller=PhoneNumber(row.caller) if row.caller else None,
        lead_id=None if row.lead_id is None else LeadId(row.lead_id),
        lead_version=row.lead_version,
        at=row.at,
        details=row.details,
    )


def from_event(event: Event) -> dict[str, Any]:
    """Return the row of a fact."""
    return {
        "company_id": event.company_id,
        "id": event.id,
        "kind": event.kind.value,
        # A fact that is about nobody has no number, which is no null: the column is part of an index over all others.
        "caller": "" if event.caller is None else event.caller.e164,
        "lead_id": event.lead_id,
        "lead_version": event.lead_version,
        "at": event.at,
        "details": event.details,
    }


def to_submission(row: Row[Any]) -> Submission:
    """Return the submission of a row of `submissions`."""
    return Submission(
        receipt=Receipt(
            id=SubmissionId(row.id),
            company_id=CompanyId(row.company_id),
            lead_token_id=None if row.lead_token_id == NO_LEAD_TOKEN else LeadTokenId(row.lead_token_id),
            received_at=row.received_at,
            route=row.route,
            remote_ip=row.remote_ip,
            request=row.request,
            api_key_id=None if row.api_key_id is None else ApiKeyId(row.api_key_id),
        ),
        outcome=Outcome(row.outcome),
        owner=None if row.owner_kind is None else OwnerRef(OwnerKind(row.owner_kind), row.owner_id),
        lead_id=None if row.lead_id is None else LeadId(row.lead_id),
        code=row.code,
        errors={name: tuple(messages) for name, messages in row.errors.items()},
        notices=_to_notices(row.notices),
        caller_digest=None if row.caller_digest is None else bytes(row.caller_digest),
        counted_as=_to_counted_as(row) if row.counted else None,
    )


def from_submission(submission: Submission) -> dict[str, Any]:
    """Return the row of a submission."""
    receipt, owner = submission.receipt, submission.owner
    return {
        "company_id": receipt.company_id,
        "id": receipt.id,
        "lead_token_id": receipt.lead_token_id or NO_LEAD_TOKEN,
        "received_at": receipt.received_at,
        "route": receipt.route,
        "remote_ip": receipt.remote_ip,
        "request": receipt.request,
        "outcome": submission.outcome.value,
        "owner_kind": owner.kind.value if owner else None,
        "owner_id": owner.id if owner else None,
        "lead_id": submission.lead_id,
        "code": submission.code,
        "errors": submission.errors,
        "notices": _from_notices(submission.notices),
        "api_key_id": receipt.api_key_id,
        "caller_digest": submission.caller_digest,
        "counted": None if submission.counted_as is None else True,
        **_from_counted_as(submission.counted_as),
    }


def _to_counted_as(row: Row[Any]) -> CountedAs:
    source = None if row.traffic_source_id is None else TrafficSourceId(row.traffic_source_id)
    return CountedAs(Attribution(source, row.sub_id), row.country)


def _from_counted_as(counted_as: CountedAs | None) -> dict[str, Any]:
    attribution, country = counted_as or CountedAs()
    return {
        "traffic_source_id": attribution.traffic_source_id,
        "sub_id": attribution.sub_id,
        "country": country,
    }


def to_replay(row: Row[Any]) -> Replay:
    """Return the replay of a row of `replays`."""
    return Replay(
        id=ReplayId(row.id),
        company_id=CompanyId(row.company_id),
        submission_id=SubmissionId(row.submission_id),
        at=row.at,
        outcome=Outcome(row.outcome),
        lead_id=None if row.lead_id is None else LeadId(row.lead_id),
        code=row.code,
        errors={name: tuple(messages) for name, messages in row.errors.items()},
        edits=row.edits,
        caller_digest=None if row.caller_digest is None else bytes(row.caller_digest),
        owner=None if row.owner_kind is None else OwnerRef(OwnerKind(row.owner_kind), row.owner_id),
        counted_as=None if row.owner_kind is None else _to_counted_as(row),
        api_key_id=None if row.api_key_id is None else ApiKeyId(row.api_key_id),
        user_id=None if row.user_id is None else UserId(row.user_id),
    )


def from_replay(replay: Replay) -> dict[str, Any]:
    """Return the row of a replay."""
    return {
        "company_id": replay.company_id,
        "id": replay.id,
        "submission_id": replay.submission_id,
        "done": True if replay.is_done else None,
        "at": replay.at,
        "outcome": replay.outcome.value,
        "lead_id": replay.lead_id,
        "code": replay.code,
        "errors": dict(replay.errors),
        "edits": None if replay.edits is None else dict(replay.edits),
        "caller_digest": replay.caller_digest,
        "owner_kind": replay.owner.kind.value if replay.owner else None,
        "owner_id": replay.owner.id if replay.owner else None,
        **_from_counted_as(replay.counted_as),
        "api_key_id": replay.api_key_id,
        "user_id": replay.user_id,
    }


def to_consent(row: Row[Any]) -> Consent:
    """Return the evidence of a row of `consents`."""
    return Consent(
        company_id=CompanyId(row.company_id),
        submission_id=SubmissionId(row.submission_id),
        lead_id=LeadId(row.lead_id),
        caller=PhoneNumber(row.caller),
        received_at=row.received_at,
        certificates=tuple(Certificate(Witness(one[0]), one[1], one[2]) for one in row.certificates),
        page_url=row.page_url,
        caller_ip=row.caller_ip,
        remote_ip=row.remote_ip,
        user_agent=row.user_agent,
        disclosure=row.disclosure,
        consented_at=row.consented_at,
    )


def from_consent(consent: Consent) -> dict[str, Any]:
    """Return the row of evidence."""
    return {
        "company_id": consent.company_id,
        "submission_id": consent.submission_id,
        "lead_id": consent.lead_id,
        "caller": consent.caller.e164,
        "received_at": consent.received_at,
        "certificates": [[one.witness.value, one.name, one.value] for one in consent.certificates],
        "page_url": consent.page_url,
        "caller_ip": consent.caller_ip,
        "remote_ip": consent.remote_ip,
        "user_agent": consent.user_agent,
        "disclosure": consent.disclosure,
        "consented_at": consent.consented_at,
    }


def to_erased_caller(row: Row[Any]) -> ErasedCaller:
    """Return the one of a row of `erased_callers`."""
    return ErasedCaller(
        company_id=CompanyId(row.company_id),
        digest=bytes(row.digest),
        was_opted_out=row.was_opted_out,
        erased_at=row.erased_at,
        erasure_id=ErasureId(row.erasure_id),
    )


def from_erased_caller(erased: ErasedCaller) -> dict[str, Any]:
    """Return the row of somebody erased."""
    return {
        "company_id": erased.company_id,
        "digest": erased.digest,
        "was_opted_out": erased.was_opted_out,
        "erased_at": erased.erased_at,
        "erasure_id": erased.erasure_id,
    }


def to_erasure(row: Row[Any]) -> Erasure:
    """Return the receipt of a row of `erasures`; a number that was not counted then is none."""
    return Erasure(
        company_id=CompanyId(row.company_id),
        id=ErasureId(row.id),
        erased_at=row.erased_at,
        was_opted_out=row.was_opted_out,
        removed=Removed(**row.removed),
    )


def from_erasure(erasure: Erasure) -> dict[str, Any]:
    """Return the row of a receipt."""
    return {
        "company_id": erasure.company_id,
        "id": erasure.id,
        "erased_at": erasure.erased_at,
        "was_opted_out": erasure.was_opted_out,
        "removed": erasure.removed.as_mapping(),
    }


def to_idempotency_record(row: Row[Any]) -> IdempotencyRecord:
    """Return the record of a row of `idempotency_records`."""
    return IdempotencyRecord(
        company_id=CompanyId(row.company_id),
        key=IdempotencyKey(OwnerRef(OwnerKind(row.owner_kind), row.owner_id), row.route, row.key),
        payload=row.payload,
        status=row.status,
        document=row.document,
        created_at=row.created_at,
    )


def from_idempotency_record(record: IdempotencyRecord) -> dict[str, Any]:
    """Return the row of an idempotency record."""
    return {
        "company_id": record.company_id,
        "key": record.key.digest,
        "owner_kind": record.key.owner.kind.value,
        "owner_id": record.key.owner.id,
        "route": record.key.route,
        "payload": record.payload,
        "status": record.status,
        "document": record.document,
        "created_at": record.created_at,
    }


def to_unclaimed(row: Row[Any]) -> UnclaimedSubmission:
    """Return the sample of a row of `unclaimed_submissions`."""
    return UnclaimedSubmission(
        id=SubmissionId(row.id),
        received_at=row.received_at,
        reason=UnclaimedReason(row.reason),
        route=row.route,
        remote_ip=row.remote_ip,
        request=row.request,
    )


def from_unclaimed(sample: UnclaimedSubmission) -> dict[str, Any]:
    """Return the row of a sample."""
    return {
        "id": sample.id,
        "received_at": sample.received_at,
        "reason": sample.reason.value,
        "route": sample.route,
        "remote_ip": sample.remote_ip,
        "request": sample.request,
    }


def _to_actions(stored: Sequence[Mapping[str, Any]]) -> tuple[Action, ...]:
    return tuple(Action(action["name"], ActionKind(action["kind"])) for action in stored)


def _from_actions(actions: Sequence[Action]) -> list[dict[str, Any]]:
    return [{"name": action.name, "kind": action.kind.value} for action in actions]


def _to_rules(stored: Mapping[str, Any]) -> OwnerRules:
    """Return the rules; one that was not known when they were stored is as it comes."""
    given: dict[str, Any] = dict(stored)
    if "duplicate_timeframe" in given:
        given["duplicate_timeframe"] = timedelta(microseconds=given["duplicate_timeframe"])
    if "duplicate_scope" in given:
        given["duplicate_scope"] = DuplicateScope(given["duplicate_scope"])
    if lengths := given.get("phone_lengths"):
        given["phone_lengths"] = (lengths[0], lengths[1])
    if "phone_fields" in given:
        given["phone_fields"] = tuple(given["phone_fields"])
    return OwnerRules(**given)


def _from_rules(rules: OwnerRules) -> dict[str, Any]:
    return {
        "duplicate_timeframe": rules.duplicate_timeframe // timedelta(microseconds=1),
        "duplicate_scope": rules.duplicate_scope.value,
        "rejects_same_source": rules.rejects_same_source,
        "phone_lengths": None if rules.phone_lengths is None else list(rules.phone_lengths),
        "most_per_ip_a_day": rules.most_per_ip_a_day,
        "enforces_contact_fields": rules.enforces_contact_fields,
        "phone_fields": list(rules.phone_fields),
    }


def _to_notices(stored: Sequence[Mapping[str, Any]]) -> tuple[Notice, ...]:
    return tuple(Notice(notice["code"], notice["field"], notice["message"]) for notice in stored)


def _from_notices(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [{"code": notice.code, "field": notice.field, "message": notice.message} for notice in notices]


def to_alarm(row: Row[Any]) -> Alarm:
    """Return the alarm of a row of `alarms`."""
    return Alarm(
        id=AlarmId(row.id),
        company_id=CompanyId(row.company_id),
        kind=AlarmKind(row.kind),
        lead_token_id=LeadTokenId(row.lead_token_id),
        day=date.fromisoformat(row.day),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        origin=row.origin,
    )


def from_alarm(alarm: Alarm) -> dict[str, Any]:
    """Return the row of an alarm."""
    return {
        "company_id": alarm.company_id,
        "id": alarm.id,
        "kind": alarm.kind.value,
        "lead_token_id": alarm.lead_token_id,
        "day": alarm.day.isoformat(),
        "first_seen_at": alarm.first_seen_at,
        "last_seen_at": alarm.last_seen_at,
        "origin": alarm.origin,
    }
