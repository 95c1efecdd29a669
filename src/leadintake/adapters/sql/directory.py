"""`DirectoryRepository`: what a company has set up, read again only when it has changed."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from leadintake.adapters.sql import mapping
from leadintake.adapters.sql.driver import Prepared
from leadintake.adapters.sql.faults import translated
from leadintake.adapters.sql.tables import (
    api_keys,
    companies,
    contact_fields,
    lead_tokens,
    offers,
    posting_pages,
    schedules,
    suppressed_callers,
    suppression_lists,
    traffic_sources,
    users,
)
from leadintake.adapters.sql.tenancy import require_own
from leadintake.domain.attribution import FIRST_TRAFFIC_SOURCE, TrafficSource, TrafficSourceId
from leadintake.domain.credential import LeadTokenId
from leadintake.domain.directory import Directory
from leadintake.domain.errors import NameTaken, NotFound, StaleWrite
from leadintake.domain.owner import Action, Offer, OfferId, OwnerRef, Schedule, ScheduleId
from leadintake.domain.owner_rules import NO_RULES, OwnerRules
from leadintake.domain.suppression import SuppressionList, SuppressionListId

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, CursorResult, Table

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.credential import ApiKey, ApiKeyId, LeadTokenCredential
    from leadintake.domain.posting_page import PostingPage
    from leadintake.domain.user import User, UserId

_VERSION = Prepared(select(companies.c.directory_version).where(companies.c.id == bindparam("company_id")))
_COMPANY = select(companies).where(companies.c.id == bindparam("company_id"))


def _all_of(table: Table) -> Any:  # noqa: ANN401 - a select, whose type parameter is of no use here
    return select(table).where(table.c.company_id == bindparam("company_id")).order_by(table.c.id)


_SCHEDULES, _OFFERS, _SOURCES = _all_of(schedules), _all_of(offers), _all_of(traffic_sources)
_TOKENS, _KEYS = _all_of(lead_tokens), _all_of(api_keys)
_LIVE_TOKENS = _TOKENS.where(lead_tokens.c.revoked_at.is_(None))
_LIVE_KEYS = _KEYS.where(api_keys.c.revoked_at.is_(None))
_USERS = _all_of(users)
_USER = select(users).where(users.c.company_id == bindparam("company_id"), users.c.id == bindparam("user_id"))
_LISTS = _all_of(suppression_lists)
_INSERT_USER = {
    "postgresql": postgresql.insert(users).on_conflict_do_nothing(index_elements=[users.c.email]).returning(users.c.id),
    "sqlite": sqlite.insert(users).on_conflict_do_nothing(index_elements=[users.c.email]).returning(users.c.id),
}
_FIELDS = (
    select(contact_fields)
    .where(contact_fields.c.company_id == bindparam("company_id"))
    .order_by(contact_fields.c.offer_id, contact_fields.c.position, contact_fields.c.key)
)


class SqlDirectory:
    """A company's set-up over the tables that hold it.

    A copy is kept between units, under the version that stands in the company's row. Every unit reads that one
    number, so a revoked token or a paused schedule counts from the next unit on, on every machine.
    """

    def __init__(
        self, connection: Connection, company_id: CompanyId, cache: MutableMapping[CompanyId, Directory]
    ) -> None:
        """Work for one company, over one connection and a cache shared by all units of the process."""
        self._connection = connection
        self._company_id = company_id
        self._cache = cache
        self._has_changed = False

    def current(self) -> Directory:
        """Return the directory of this moment."""
        version = self._version()
        cached = self._cache.get(self._company_id)
        if cached is not None and cached.version == version and not self._has_changed:
            return cached
        while True:
            loaded = self._load(version)
            # The tables are read one after the other: only an unchanged version proves that they fit together.
            version = self._version()
            if loaded.version == version:
                break
        if not self._has_changed:
            self._cache[self._company_id] = loaded
        return loaded

    def hold(self) -> None:
        """Hold the company's row."""
        self._begin_change()

    def add_schedule(
        self,
        *,
        name: str,
        actions: Sequence[Action],
        end_actions: Sequence[Action] = (),
        offer_id: OfferId | None = None,
        rules: OwnerRules = NO_RULES,
    ) -> Schedule:
        """Store a schedule under the next number."""
        schedule = Schedule(
            company_id=self._company_id,
            id=ScheduleId(self._next_number(schedules, first=1)),
            name=name,
            actions=tuple(actions),
            offer_id=offer_id,
            end_actions=tuple(end_actions),
            rules=rules,
        )
        self._insert(schedules, mapping.from_schedule(schedule))
        return schedule

    def add_offer(self, *, name: str, rules: OwnerRules = NO_RULES) -> Offer:
        """Store an offer under the next number."""
        offer_id = OfferId(self._next_number(offers, first=1))
        offer = Offer(company_id=self._company_id, id=offer_id, name=name, rules=rules)
        self._insert(offers, mapping.from_offer(offer))
        return offer

    def add_traffic_source(self, *, name: str) -> TrafficSource:
        """Store a source under the next number."""
        number = self._next_number(traffic_sources, first=FIRST_TRAFFIC_SOURCE)
        source = TrafficSource(company_id=self._company_id, id=TrafficSourceId(number), name=name)
        self._insert(traffic_sources, mapping.from_traffic_source(source))
        return source

    def save_company(self, company: Company) -> None:
        """Replace the company."""
        require_own(self._company_id, [company.id])
        self._begin_change()
        values = {"name": company.name, "region": company.region, "time_zone": company.time_zone}
        try:
            with translated():
                self._connection.execute(update(companies).where(companies.c.id == self._company_id).values(values))
        except StaleWrite as met:
            # Nobody here may ask whether another company is called so: the unique index knows.
            raise NameTaken from met

    def save_schedule(self, schedule: Schedule) -> None:
        """Replace a schedule."""
        self._replace(schedules, mapping.from_schedule(schedule))

    def save_offer(self, offer: Offer) -> None:
        """Replace an offer."""
        self._replace(offers, mapping.from_offer(offer))

    def save_traffic_source(self, source: TrafficSource) -> None:
        """Replace a source."""
        self._begin_change()
        columns = traffic_sources.c
        called_so = (columns.company_id == self._company_id) & (columns.external_id == source.external_id)
        others = select(columns.id).where(called_so, columns.id != source.id)
        if source.external_id is not None and self._connection.execute(others).first() is not None:
            raise NameTaken
        self._replace(traffic_sources, mapping.from_traffic_source(source))

    def add_contact_field(self, field: ContactField) -> None:
        """Store a field."""
        self._require_offer(field.offer_id)
        if self._connection.execute(select(contact_fields.c.key).where(_is_field(field))).first() is not None:
            raise NameTaken
        self._insert(contact_fields, mapping.from_contact_field(field))

    def save_contact_field(self, field: ContactField) -> None:
        """Replace a field."""
        require_own(self._company_id, [field.company_id])
        self._begin_change()
        changed = update(contact_fields).where(_is_field(field)).values(mapping.from_contact_field(field))
        self._require_one(self._connection.execute(changed))

    def remove_contact_field(self, offer_id: OfferId, key: str) -> None:
        """Forget a field."""
        self._begin_change()
        columns = contact_fields.c
        mine = (columns.company_id == self._company_id) & (columns.offer_id == offer_id) & (columns.key == key)
        self._require_one(self._connection.execute(delete(contact_fields).where(mine)))

    def add_suppression_list(self, *, name: str, offer_id: OfferId | None = None) -> SuppressionList:
        """Store a list under the next number."""
        self._require_offer(offer_id)
        number = SuppressionListId(self._next_number(suppression_lists, first=1))
        added = SuppressionList(company_id=self._company_id, id=number, name=name, offer_id=offer_id)
        self._insert(suppression_lists, mapping.from_suppression_list(added))
        return added

    def save_suppression_list(self, suppression_list: SuppressionList) -> None:
        """Replace a list."""
        self._require_offer(suppression_list.offer_id)
        self._replace(suppression_lists, mapping.from_suppression_list(suppression_list))

    def remove_suppression_list(self, list_id: SuppressionListId) -> None:
        """Forget a list with its entries."""
        self._begin_change()
        lists, entries = suppression_lists.c, suppressed_callers.c
        mine = (lists.company_id == self._company_id) & (lists.id == list_id)
        # Held first: somebody who is adding an entry finishes, and nobody adds one any more.
        if self._connection.execute(select(lists.id).where(mine).with_for_update()).first() is None:
            raise NotFound
        its_entries = (entries.company_id == self._company_id) & (entries.list_id == list_id)
        self._connection.execute(delete(suppressed_callers).where(its_entries))
        self._connection.execute(delete(suppression_lists).where(mine))

    def add_lead_token(self, credential: LeadTokenCredential) -> None:
        """Store a lead token."""
        self._insert(lead_tokens, mapping.from_lead_token(credential))

    def lead_tokens_of(self, owner: OwnerRef) -> Sequence[LeadTokenCredential]:
        """Return the owner's living tokens."""
        rows = self._rows(
            _LIVE_TOKENS.where(lead_tokens.c.owner_kind == owner.kind.value, lead_tokens.c.owner_id == owner.id)
        )
        return [mapping.to_lead_token(row) for row in rows]

    def all_lead_tokens(self) -> Sequence[LeadTokenCredential]:
        """Return all the company's tokens."""
        return [mapping.to_lead_token(row) for row in self._rows(_TOKENS)]

    def find_lead_token(self, lead_token_id: LeadTokenId) -> LeadTokenCredential | None:
        """Return that token."""
        row = self._rows(_TOKENS.where(lead_tokens.c.id == lead_token_id)).first()
        return mapping.to_lead_token(row) if row else None

    def save_lead_token(self, credential: LeadTokenCredential) -> None:
        """Replace a token."""
        self._replace(lead_tokens, mapping.from_lead_token(credential))

    def revoke_lead_token(self, lead_token_id: LeadTokenId, *, at: datetime) -> None:
        """End a token."""
        self._begin_change()
        mine = (lead_tokens.c.company_id == self._company_id) & (lead_tokens.c.id == lead_token_id)
        if self._connection.execute(select(lead_tokens.c.id).where(mine)).first() is None:
            raise NotFound
        alive = mine & lead_tokens.c.revoked_at.is_(None)
        self._connection.execute(update(lead_tokens).where(alive).values(revoked_at=at))

    def add_api_key(self, key: ApiKey) -> None:
        """Store a key."""
        self._insert(api_keys, mapping.from_api_key(key))

    def api_keys(self) -> Sequence[ApiKey]:
        """Return the living keys."""
        return [mapping.to_api_key(row) for row in self._rows(_LIVE_KEYS)]

    def all_api_keys(self) -> Sequence[ApiKey]:
        """Return all the company's keys."""
        return [mapping.to_api_key(row) for row in self._rows(_KEYS)]

    def revoke_api_key(self, api_key_id: ApiKeyId, *, at: datetime) -> None:
        """End a key."""
        self._begin_change()
        mine = (api_keys.c.company_id == self._company_id) & (api_keys.c.id == api_key_id)
        if self._connection.execute(select(api_keys.c.id).where(mine)).first() is None:
            raise NotFound
        alive = mine & api_keys.c.revoked_at.is_(None)
        self._connection.execute(update(api_keys).where(alive).values(revoked_at=at))

    def add_user(self, user: User) -> None:
        """Store a user."""
        require_own(self._company_id, [user.company_id])
        self._begin_change()
        # Nobody here may ask whether another company has a user of that address: the unique index knows.
        insert = _INSERT_USER[self._connection.dialect.name]
        if self._connection.execute(insert, mapping.from_user(user)).first() is None:
            raise NameTaken

    def users(self) -> Sequence[User]:
        """Return the users."""
        return [mapping.to_user(row) for row in self._rows(_USERS)]

    def find_user(self, user_id: UserId) -> User | None:
        """Return that user."""
        row = self._connection.execute(_USER, {"company_id": self._company_id, "user_id": user_id}).first()
        return mapping.to_user(row) if row else None

    def save_user(self, user: User) -> None:
        """Replace a user, but for the address."""
        self._replace(users, {name: value for name, value in mapping.from_user(user).items() if name != "email"})

    def note_sign_in(self, user_id: UserId, *, at: datetime) -> None:
        """Note a sign-in."""
        mine = (users.c.company_id == self._company_id) & (users.c.id == user_id)
        self._require_one(self._connection.execute(update(users).where(mine).values(last_signed_in_at=at)))

    def find_posting_page(self, owner: OwnerRef) -> PostingPage | None:
        """Return the owner's posting page."""
        row = self._connection.execute(select(posting_pages).where(self._is_of(owner))).first()
        return mapping.to_posting_page(row) if row else None

    def switch_posting_page_on(self, page: PostingPage) -> None:
        """Put the page in the place of the one before."""
        self.switch_posting_page_off(page.owner)
        self._insert(posting_pages, mapping.from_posting_page(page))

    def switch_posting_page_off(self, owner: OwnerRef) -> None:
        """Take the page away."""
        self._begin_change()
        self._connection.execute(delete(posting_pages).where(self._is_of(owner)))

    def _is_of(self, owner: OwnerRef) -> ColumnElement[bool]:
        columns = posting_pages.c
        return and_(
            columns.company_id == self._company_id,
            columns.owner_kind == owner.kind.value,
            columns.owner_id == owner.id,
        )

    def _version(self) -> int:
        rows = _VERSION.rows(self._connection, {"company_id": self._company_id})
        if not rows:
            raise NotFound
        return int(rows[0].directory_version)

    def _load(self, version: int) -> Directory:
        company = self._connection.execute(_COMPANY, {"company_id": self._company_id}).one()
        return Directory(
            company=mapping.to_company(company),
            version=version,
            schedules={ScheduleId(row.id): mapping.to_schedule(row) for row in self._rows(_SCHEDULES)},
            offers={OfferId(row.id): mapping.to_offer(row) for row in self._rows(_OFFERS)},
            traffic_sources={TrafficSourceId(row.id): mapping.to_traffic_source(row) for row in self._rows(_SOURCES)},
            lead_tokens={LeadTokenId(row.id): mapping.to_lead_token(row).grant for row in self._rows(_LIVE_TOKENS)},
            contact_fields={
                offer_id: tuple(fields)
                for offer_id, fields in groupby(
                    map(mapping.to_contact_field, self._rows(_FIELDS)), key=attrgetter("offer_id")
                )
            },
            suppression_lists={
                SuppressionListId(row.id): mapping.to_suppression_list(row) for row in self._rows(_LISTS)
            },
            has_erased=company.has_erased,
        )

    def _rows(self, query: Any) -> Any:  # noqa: ANN401 - see `_all_of`
        return self._connection.execute(query, {"company_id": self._company_id})

    def _begin_change(self) -> None:
        """Count the version up, which also holds the company's row: changes of one company come one by one."""
        if self._has_changed:
            return
        mine = update(companies).where(companies.c.id == self._company_id)
        changed = self._connection.execute(mine.values(directory_version=companies.c.directory_version + 1))
        if changed.rowcount != 1:
            raise NotFound
        self._has_changed = True

    def _next_number(self, table: Table, *, first: int) -> int:
        self._begin_change()
        newest = self._connection.execute(
            select(func.max(table.c.id)).where(table.c.company_id == self._company_id)
        ).scalar()
        return first if newest is None else newest + 1

    def _insert(self, table: Table, row: dict[str, Any]) -> None:
        require_own(self._company_id, [row["company_id"]])
        self._begin_change()
        self._connection.execute(table.insert(), row)

    def _replace(self, table: Table, row: dict[str, Any]) -> None:
        require_own(self._company_id, [row["company_id"]])
        self._begin_change()
        mine = (table.c.company_id == self._company_id) & (table.c.id == row["id"])
        self._require_one(self._connection.execute(update(table).where(mine).values(row)))

    def _require_offer(self, offer_id: OfferId | None) -> None:
        """Raise NotFound unless the company has that offer, or none is named. The company is held from then on."""
        self._begin_change()
        mine = (offers.c.company_id == self._company_id) & (offers.c.id == offer_id)
        if offer_id is not None and self._connection.execute(select(offers.c.id).where(mine)).first() is None:
            raise NotFound

    @staticmethod
    def _require_one(result: CursorResult[Any]) -> None:
        if result.rowcount != 1:
            raise NotFound


def _is_field(field: ContactField) -> ColumnElement[bool]:
    columns = contact_fields.c
    return and_(columns.company_id == field.company_id, columns.offer_id == field.offer_id, columns.key == field.key)
