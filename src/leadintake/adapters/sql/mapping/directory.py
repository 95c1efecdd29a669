"""What a company has set up, and the company."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leadintake.domain.attribution import TrafficSource, TrafficSourceId
from leadintake.domain.company import Company, CompanyId
from leadintake.domain.contact_field import ContactField, FieldType
from leadintake.domain.money import Amount, Currency
from leadintake.domain.owner import Action, ActionKind, Offer, OfferId, OwnerKind, OwnerRef, Schedule, ScheduleId
from leadintake.domain.owner_rules import DuplicateScope, OwnerRules
from leadintake.domain.posting_page import PostingPage, PostingPageId
from leadintake.domain.suppression import SuppressionList, SuppressionListId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row


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
