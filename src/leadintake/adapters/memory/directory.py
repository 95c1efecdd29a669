"""What a company has set up, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from leadintake.adapters.memory.owned import (
    Key,
    Value,
    frozen,
    in_utc,
    owned_api_key,
    owned_lead_token,
    owned_offer,
    owned_schedule,
    owned_traffic_source,
    owned_user,
)
from leadintake.domain.attribution import FIRST_TRAFFIC_SOURCE, TrafficSource, TrafficSourceId
from leadintake.domain.errors import NameTaken, NotFound
from leadintake.domain.owner import Offer, OfferId, Schedule, ScheduleId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKey, LeadTokenCredential, LeadTokenId
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Action, OwnerRef
    from leadintake.domain.user import User


class MemoryDirectory:
    """`DirectoryRepository` in memory. Nothing is ever taken away here, so counting gives the next number."""

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

    def add_schedule(self, *, name: str, actions: Sequence[Action], offer_id: OfferId | None = None) -> Schedule:
        """Store a schedule under the company's next schedule number."""
        directory = self._latest()
        if offer_id is not None and offer_id not in directory.offers:
            raise NotFound
        schedule = Schedule(
            company_id=directory.company.id,
            id=ScheduleId(len(directory.schedules) + 1),
            name=name,
            actions=tuple(actions),
            offer_id=offer_id,
        )
        self._change(schedules=_with(directory.schedules, schedule.id, schedule))
        return schedule

    def add_offer(self, *, name: str) -> Offer:
        """Store an offer under the company's next offer number."""
        directory = self._latest()
        offer = Offer(company_id=directory.company.id, id=OfferId(len(directory.offers) + 1), name=name)
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
        self._change(traffic_sources=_replaced(sources, source.id, owned_traffic_source(source)))

    def add_lead_token(self, credential: LeadTokenCredential) -> None:
        """Store a lead token; from the commit on it is found by its look-up."""
        directory = self._latest(credential.company_id)
        self._transaction.hold().lead_tokens[credential.id] = owned_lead_token(credential)
        self._change(lead_tokens=_with(directory.lead_tokens, credential.id, credential.owner))

    def lead_tokens_of(self, owner: OwnerRef) -> Sequence[LeadTokenCredential]:
        """Return the owner's lead tokens that are not revoked, oldest first."""
        credentials = self._transaction.rows.lead_tokens.values()
        return [each for each in credentials if each.owner == owner and each.revoked_at is None]

    def revoke_lead_token(self, lead_token_id: LeadTokenId, *, at: datetime) -> None:
        """End a lead token for good; revoking it again changes nothing."""
        credentials = self._transaction.hold().lead_tokens
        if (credential := credentials.get(lead_token_id)) is None:
            raise NotFound
        if credential.revoked_at is None:
            credentials[lead_token_id] = replace(credential, revoked_at=in_utc(at))
            alive = self._latest().lead_tokens
            self._change(lead_tokens=frozen({id_: owner for id_, owner in alive.items() if id_ != lead_token_id}))

    def add_api_key(self, key: ApiKey) -> None:
        """Store an API key."""
        self._transaction.hold_for([key.company_id]).api_keys[key.id] = owned_api_key(key)

    def api_keys(self) -> Sequence[ApiKey]:
        """Return the company's API keys that are not revoked, oldest first."""
        return [key for key in self._transaction.rows.api_keys.values() if key.revoked_at is None]

    def add_user(self, user: User) -> None:
        """Store a user."""
        users = self._transaction.hold_for([user.company_id]).users
        if self._transaction.has_sign_in(user.email):
            raise NameTaken
        users[user.id] = owned_user(user)

    def users(self) -> Sequence[User]:
        """Return the company's users, oldest first."""
        return list(self._transaction.rows.users.values())

    def _latest(self, *company_ids: CompanyId) -> Directory:
        """Return what a change is made to; the company is held from then on, so it is one that exists."""
        return cast("Directory", self._transaction.hold_for(company_ids).directory)

    def _change(self, **tables: Any) -> None:  # noqa: ANN401 - `replace` takes each table by name
        rows = self._transaction.hold()
        latest = self._latest()
        rows.directory = self._current = replace(latest, version=latest.version + 1, **tables)


def _with(table: Mapping[Key, Value], key: Key, value: Value) -> Mapping[Key, Value]:
    return frozen({**table, key: value})


def _replaced(table: Mapping[Key, Value], key: Key, value: Value) -> Mapping[Key, Value]:
    if key not in table:
        raise NotFound
    return _with(table, key, value)
