"""What a company has set up, in memory."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, cast

from leadintake.adapters.memory.owned import (
    Key,
    Value,
    frozen,
    in_utc,
    owned_api_key,
    owned_contact_field,
    owned_lead_token,
    owned_offer,
    owned_rules,
    owned_schedule,
    owned_traffic_source,
    owned_user,
)
from leadintake.domain.attribution import FIRST_TRAFFIC_SOURCE, TrafficSource, TrafficSourceId
from leadintake.domain.errors import NameTaken, NotFound
from leadintake.domain.owner import Offer, OfferId, Schedule, ScheduleId
from leadintake.domain.owner_rules import NO_RULES, OwnerRules
from leadintake.domain.suppression import SuppressionList, SuppressionListId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.credential import ApiKey, ApiKeyId, LeadTokenCredential, LeadTokenId
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Action, OwnerRef
    from leadintake.domain.posting_page import PostingPage
    from leadintake.domain.user import User, UserId


class MemoryDirectory:
    """`DirectoryRepository` in memory. Owners and sources are never taken away, so counting gives the next number."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._current = transaction.rows.directory

    def current(self) -> Directory:
        """Return the directory as of this unit's beginning, or as this unit has changed it."""
        if self._current is None:
            raise NotFound
        return self._current

    def hold(self) -> None:
        """Keep everybody else from changing the set-up until the unit ends."""
        self._current = self._latest()

    def add_schedule(
        self,
        *,
        name: str,
        actions: Sequence[Action],
        end_actions: Sequence[Action] = (),
        offer_id: OfferId | None = None,
        rules: OwnerRules = NO_RULES,
    ) -> Schedule:
        """Store a schedule under the company's next schedule number."""
        directory = self._latest()
        _require_offer(directory, offer_id)
        schedule = Schedule(
            company_id=directory.company.id,
            id=ScheduleId(len(directory.schedules) + 1),
            name=name,
            actions=tuple(actions),
            offer_id=offer_id,
            end_actions=tuple(end_actions),
            rules=owned_rules(rules),
        )
        self._change(schedules=_with(directory.schedules, schedule.id, schedule))
        return schedule

    def add_offer(self, *, name: str, rules: OwnerRules = NO_RULES) -> Offer:
        """Store an offer under the company's next offer number."""
        directory = self._latest()
        offer_id = OfferId(len(directory.offers) + 1)
        offer = Offer(company_id=directory.company.id, id=offer_id, name=name, rules=owned_rules(rules))
        self._change(offers=_with(directory.offers, offer.id, offer))
        return offer

    def add_traffic_source(self, *, name: str) -> TrafficSource:
        """Store a traffic source under the company's next number, the first being 1000."""
        directory = self._latest()
        source = TrafficSource(
            company_id=directory.company.id,
            id=TrafficSourceId(FIRST_TRAFFIC_SOURCE + len(directory.traffic_sources)),
            name=name,
        )
        self._change(traffic_sources=_with(directory.traffic_sources, source.id, source))
        return source

    def save_company(self, company: Company) -> None:
        """Replace the company."""
        before = self._latest(company.id).company
        if company.name != before.name and self._transaction.has_company(company.name):
            raise NameTaken
        self._change(company=replace(company, currency=before.currency))

    def save_schedule(self, schedule: Schedule) -> None:
        """Replace a schedule."""
        schedules = self._latest(schedule.company_id).schedules
        self._change(schedules=_replaced(schedules, schedule.id, owned_schedule(schedule)))

    def save_offer(self, offer: Offer) -> None:
        """Replace an offer."""
        self._change(offers=_replaced(self._latest(offer.company_id).offers, offer.id, owned_offer(offer)))

    def save_traffic_source(self, source: TrafficSource) -> None:
        """Replace a traffic source."""
        sources = self._latest(source.company_id).traffic_sources
        others = (each.external_id for each in sources.values() if each.id != source.id)
        if source.external_id is not None and source.external_id in others:
            raise NameTaken
        self._change(traffic_sources=_replaced(sources, source.id, owned_traffic_source(source)))

    def add_contact_field(self, field: ContactField) -> None:
        """Store a contact field."""
        directory = self._latest(field.company_id)
        _require_offer(directory, field.offer_id)
        others = directory.contact_fields.get(field.offer_id, ())
        if any(other.key == field.key for other in others):
            raise NameTaken
        self._keep_fields(field.offer_id, [*others, field])

    def save_contact_field(self, field: ContactField) -> None:
        """Replace the field of that offer and key."""
        self._latest(field.company_id)
        self._keep_fields(field.offer_id, [*self._other_fields(field.offer_id, field.key), field])

    def remove_contact_field(self, offer_id: OfferId, key: str) -> None:
        """Forget a contact field."""
        self._keep_fields(offer_id, self._other_fields(offer_id, key))

    def add_suppression_list(self, *, name: str, offer_id: OfferId | None = None) -> SuppressionList:
        """Store a list under the number after the greatest that is in use."""
        directory = self._latest()
        _require_offer(directory, offer_id)
        number = SuppressionListId(max(directory.suppression_lists, default=0) + 1)
        added = SuppressionList(company_id=directory.company.id, id=number, name=name, offer_id=offer_id)
        self._change(suppression_lists=_with(directory.suppression_lists, number, added))
        return added

    def save_suppression_list(self, suppression_list: SuppressionList) -> None:
        """Replace a list; its entries stay."""
        directory = self._latest(suppression_list.company_id)
        _require_offer(directory, suppression_list.offer_id)
        lists = _replaced(directory.suppression_lists, suppression_list.id, suppression_list)
        self._change(suppression_lists=lists)

    def remove_suppression_list(self, list_id: SuppressionListId) -> None:
        """Forget a list with its entries."""
        lists = dict(self._latest().suppression_lists)
        if lists.pop(list_id, None) is None:
            raise NotFound
        rows = self._transaction.hold()
        for caller in list(rows.suppressed):
            rows.take_off(list_id, caller)
        self._change(suppression_lists=frozen(lists))

    def add_lead_token(self, credential: LeadTokenCredential) -> None:
        """Store a lead token; from the commit on it is found by its look-up."""
        directory = self._latest(credential.company_id)
        self._transaction.hold().lead_tokens[credential.id] = owned_lead_token(credential)
        self._change(lead_tokens=_with(directory.lead_tokens, credential.id, owned_lead_token(credential).grant))

    def lead_tokens_of(self, owner: OwnerRef) -> Sequence[LeadTokenCredential]:
        """Return the owner's lead tokens that are not revoked, oldest first."""
        credentials = self._transaction.rows.lead_tokens.values()
        return [each for each in credentials if each.owner == owner and each.revoked_at is None]

    def all_lead_tokens(self) -> Sequence[LeadTokenCredential]:
        """Return the company's lead tokens, revoked and expired ones included, oldest first."""
        return sorted(self._transaction.rows.lead_tokens.values(), key=attrgetter("id"))

    def find_lead_token(self, lead_token_id: LeadTokenId) -> LeadTokenCredential | None:
        """Return that lead token, revoked or not, or None."""
        return self._transaction.rows.lead_tokens.get(lead_token_id)

    def save_lead_token(self, credential: LeadTokenCredential) -> None:
        """Replace a lead token; under another look-up, the one before finds it no more."""
        directory, credentials = self._latest(credential.company_id), self._transaction.hold().lead_tokens
        if credential.id not in credentials:
            raise NotFound
        credentials[credential.id] = kept = owned_lead_token(credential)
        alive = {id_: grant for id_, grant in directory.lead_tokens.items() if id_ != kept.id}
        if kept.revoked_at is None:
            alive[kept.id] = kept.grant
        self._change(lead_tokens=frozen(alive))

    def revoke_lead_token(self, lead_token_id: LeadTokenId, *, at: datetime) -> None:
        """End a lead token for good; revoking it again changes nothing."""
        credentials = self._transaction.hold().lead_tokens
        if (credential := credentials.get(lead_token_id)) is None:
            raise NotFound
        if credential.revoked_at is None:
            credentials[lead_token_id] = replace(credential, revoked_at=in_utc(at))
            alive = self._latest().lead_tokens
            self._change(lead_tokens=frozen({id_: grant for id_, grant in alive.items() if id_ != lead_token_id}))

    def add_api_key(self, key: ApiKey) -> None:
        """Store an API key."""
        self._transaction.hold_for([key.company_id]).api_keys[key.id] = owned_api_key(key)

    def api_keys(self) -> Sequence[ApiKey]:
        """Return the company's API keys that are not revoked, oldest first."""
        return [key for key in self._transaction.rows.api_keys.values() if key.revoked_at is None]

    def all_api_keys(self) -> Sequence[ApiKey]:
        """Return the company's API keys, revoked ones included, oldest first."""
        return sorted(self._transaction.rows.api_keys.values(), key=attrgetter("id"))

    def revoke_api_key(self, api_key_id: ApiKeyId, *, at: datetime) -> None:
        """End an API key for good; revoking it again changes nothing."""
        keys = self._transaction.hold().api_keys
        if (key := keys.get(api_key_id)) is None:
            raise NotFound
        if key.revoked_at is None:
            keys[api_key_id] = replace(key, revoked_at=in_utc(at))

    def add_user(self, user: User) -> None:
        """Store a user."""
        users = self._transaction.hold_for([user.company_id]).users
        if self._transaction.has_sign_in(user.email):
            raise NameTaken
        users[user.id] = owned_user(user)

    def users(self) -> Sequence[User]:
        """Return the company's users, oldest first."""
        return sorted(self._transaction.rows.users.values(), key=attrgetter("id"))

    def find_user(self, user_id: UserId) -> User | None:
        """Return that user, or None."""
        return self._transaction.rows.users.get(user_id)

    def save_user(self, user: User) -> None:
        """Replace a user."""
        users = self._transaction.hold_for([user.company_id]).users
        if (before := users.get(user.id)) is None:
            raise NotFound
        users[user.id] = replace(owned_user(user), email=before.email)

    def note_sign_in(self, user_id: UserId, *, at: datetime) -> None:
        """Note when a user signed in; it is no change of the set-up."""
        users = self._transaction.hold().users
        if (user := users.get(user_id)) is None:
            raise NotFound
        users[user_id] = replace(user, last_signed_in_at=in_utc(at))

    def find_posting_page(self, owner: OwnerRef) -> PostingPage | None:
        """Return the owner's posting page, None while it is switched off."""
        return self._transaction.rows.posting_pages.get(owner)

    def switch_posting_page_on(self, page: PostingPage) -> None:
        """Publish an owner's posting page, in the place of the one it had if any."""
        pages = self._transaction.hold_for([page.company_id]).posting_pages
        pages[page.owner] = replace(page, switched_on_at=in_utc(page.switched_on_at))

    def switch_posting_page_off(self, owner: OwnerRef) -> None:
        """Publish an owner's posting page no more; one that is off stays off."""
        pages = self._transaction.hold().posting_pages
        if pages.get(owner) is not None:
            pages[owner] = None

    def _latest(self, *company_ids: CompanyId) -> Directory:
        """Return what a change is made to; the company is held from then on, so it is one that exists."""
        return cast("Directory", self._transaction.hold_for(company_ids).directory)

    def _other_fields(self, offer_id: OfferId, key: str) -> list[ContactField]:
        """Return the offer's fields but for the one of that key. Raises: NotFound: there is none."""
        fields = self._latest().contact_fields.get(offer_id, ())
        others = [field for field in fields if field.key != key]
        if len(others) == len(fields):
            raise NotFound
        return others

    def _keep_fields(self, offer_id: OfferId, fields: list[ContactField]) -> None:
        kept = dict(self._latest().contact_fields)
        kept[offer_id] = tuple(map(owned_contact_field, sorted(fields, key=attrgetter("place"))))
        self._change(contact_fields=frozen({offer: kept[offer] for offer in sorted(kept) if kept[offer]}))

    def _change(self, **tables: Any) -> None:  # noqa: ANN401 - `replace` takes each table by name
        rows = self._transaction.hold()
        latest = self._latest()
        rows.directory = self._current = replace(latest, version=latest.version + 1, **tables)


def _require_offer(directory: Directory, offer_id: OfferId | None) -> None:
    if offer_id is not None and offer_id not in directory.offers:
        raise NotFound


def _with(table: Mapping[Key, Value], key: Key, value: Value) -> Mapping[Key, Value]:
    return frozen({**table, key: value})


def _replaced(table: Mapping[Key, Value], key: Key, value: Value) -> Mapping[Key, Value]:
    if key not in table:
        raise NotFound
    return _with(table, key, value)
