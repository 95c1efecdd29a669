"""The tables, as both databases have them.

Every table of a company starts its key with `company_id`, so that no statement can cross companies by a
forgotten id. The tables that every submission writes carry no foreign keys (measured: 20-25 % of the rate): they
are written by one piece of code only, in the transaction that has just read what they refer to.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    column,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """Return microseconds since 1970, exactly (a float of seconds would round)."""
    return (instant - EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Return the instant so many microseconds after the beginning of 1970."""
    return EPOCH + timedelta(microseconds=count)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant to the microsecond: timestamptz, or an integer where the database has no such type."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:  # noqa: ANN401 - the overridden signature
        """Choose the column type."""
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - likewise
        """Turn an instant into what the database keeps."""
        return value if value is None or dialect.name == "postgresql" else to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - likewise
        """Turn what the database kept into an instant."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else from_microseconds(value)


def _json() -> Any:  # noqa: ANN401 - a type engine of either kind
    return JSON().with_variant(JSONB(), "postgresql")


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)


def _company() -> Column[int]:
    return Column("company_id", Integer, ForeignKey("companies.id"), primary_key=True)


def _company_of_many() -> Column[int]:
    """Return the company column of a table that every submission writes: without a foreign key."""
    return Column("company_id", Integer, primary_key=True, autoincrement=False)


def _partial_index(name: str, table: Table, *columns: str, where: str) -> None:
    """Add an index over the company's rows for which the condition holds."""
    Index(name, table.c.company_id, *(table.c[column] for column in columns), **_both(where))


def _both(where: str) -> dict[str, Any]:
    return {"postgresql_where": text(where), "sqlite_where": text(where)}


class _Folded(FunctionElement[str]):
    """A text whose letters A to Z are small ones, and all others as they are: in both databases alike."""

    inherit_cache = True


@compiles(_Folded)
def _in_sqlite(folded: _Folded, compiler: Any, **kwargs: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return f"lower({compiler.process(folded.clauses, **kwargs)})"


@compiles(_Folded, "postgresql")
def _in_postgresql(folded: _Folded, compiler: Any, **kwargs: Any) -> str:  # noqa: ANN401 - likewise
    # In any other order of letters it depends on the database's language.
    return f'lower({compiler.process(folded.clauses, **kwargs)} COLLATE "C")'


companies = Table(
    "companies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("region", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    # Counted up by every change of what the company has set up: one small read tells whether a cached copy holds.
    Column("directory_version", BigInteger, nullable=False),
    Column("has_erased", Boolean, nullable=False, server_default=false()),
    Column("currency", Text, nullable=False, server_default="USD"),
)

offers = Table(
    "offers",
    metadata,
    _company(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("requires_traffic_source", Boolean, nullable=False),
    Column("paused_at", Instant),
    Column("rules", _json(), nullable=False, server_default="{}"),
)

schedules = Table(
    "schedules",
    metadata,
    _company(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("actions", _json(), nullable=False),
    Column("offer_id", Integer),
    Column("requires_traffic_source", Boolean, nullable=False),
    Column("paused_at", Instant),
    Column("end_actions", _json(), nullable=False, server_default="[]"),
    Column("rules", _json(), nullable=False, server_default="{}"),
    ForeignKeyConstraint(["company_id", "offer_id"], ["offers.company_id", "offers.id"]),
)

contact_fields = Table(
    "contact_fields",
    metadata,
    _company(),
    Column("offer_id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("pattern", Text),
    Column("choices", _json(), nullable=False),
    Column("minimum", Text),  # decimals as they were written: both databases give them back alike
    Column("maximum", Text),
    Column("position", Integer, nullable=False),
    ForeignKeyConstraint(["company_id", "offer_id"], ["offers.company_id", "offers.id"]),
)

suppression_lists = Table(
    "suppression_lists",
    metadata,
    _company(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("offer_id", Integer),
    ForeignKeyConstraint(["company_id", "offer_id"], ["offers.company_id", "offers.id"]),
)

suppressed_callers = Table(
    "suppressed_callers",
    metadata,
    _company(),
    # The caller before the list: a submission asks which lists its caller is on.
    Column("caller", Text, primary_key=True),
    Column("list_id", Integer, primary_key=True, autoincrement=False),
    Column("added_at", Instant, nullable=False),
    ForeignKeyConstraint(["company_id", "list_id"], ["suppression_lists.company_id", "suppression_lists.id"]),
    # For the pages of a list, which come in order of the numbers.
    Index(None, "company_id", "list_id", "caller"),
)

traffic_sources = Table(
    "traffic_sources",
    metadata,
    _company(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("paused_at", Instant),
    Column("external_id", Text),
    Column("default_payout", BigInteger),  # as every amount: in the smallest unit of the company's currency
    Index(None, "company_id", "external_id", unique=True),
)

lead_tokens = Table(
    "lead_tokens",
    metadata,
    _company(),
    Column("id", Uuid, primary_key=True),
    Column("owner_kind", Text, nullable=False),
    Column("owner_id", Integer, nullable=False),
    # Unique above the companies: the look-up is how a request finds its company.
    Column("lookup", LargeBinary, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("label", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False, server_default="secret"),
    Column("rules", _json(), nullable=False, server_default="{}"),
    Column("expires_at", Instant),
    Column("successor_id", Uuid),
    Index(None, "company_id", "owner_kind", "owner_id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    _company(),
    Column("id", Uuid, primary_key=True),
    Column("public", Text, nullable=False, unique=True),
    Column("lookup", LargeBinary, nullable=False, unique=True),
    Column("permissions", _json(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("label", Text, nullable=False, server_default=""),
    # The public name of the secret key that the look-up was made with; null for keys older than the column.
    Column("key_id", Text),
)

# Apart from the credentials themselves: a use must not make a new version of the directory.
credential_uses = Table(
    "credential_uses",
    metadata,
    _company(),
    Column("credential_id", Uuid, primary_key=True),
    Column("last_used_at", Instant, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    _company(),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("lead_token_id", Uuid, nullable=False),
    Column("day", Text, nullable=False),  # ISO 8601, in UTC
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("origin", Text),
    UniqueConstraint("company_id", "lead_token_id", "kind", "day"),
)

operation_counts = Table(
    "operation_counts",
    metadata,
    _company(),
    Column("lead_token_id", Uuid, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

users = Table(
    "users",
    metadata,
    _company(),
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("session_stamp", Integer, nullable=False, server_default="0"),
    Column("deactivated_at", Instant),
    Column("last_signed_in_at", Instant),
)

posting_pages = Table(
    "posting_pages",
    metadata,
    _company(),
    Column("owner_kind", Text, primary_key=True),
    Column("owner_id", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("switched_on_at", Instant, nullable=False),
)

reveals = Table(
    "reveals",
    metadata,
    _company(),
    Column("lead_token_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("revealed_at", Instant, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    _company_of_many(),
    Column("caller", Text, primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("opted_out_at", Instant),
    Column("blocked_at", Instant),
    Column("version", Integer, nullable=False),
)
# Holds only who is left alone, so that no submission pays for the list of them.
_partial_index("ix_contacts_left_alone", contacts, "caller", where="opted_out_at IS NOT NULL OR blocked_at IS NOT NULL")

leads = Table(
    "leads",
    metadata,
    _company_of_many(),
    Column("id", Uuid, primary_key=True),
    Column("owner_kind", Text, nullable=False),
    Column("owner_id", Integer, nullable=False),
    Column("caller", Text, nullable=False),
    Column("status", Text, nullable=False),
    # True while live, null for good afterwards. Nulls never collide, so one index both keeps a second live lead
    # out and finds all leads of a caller.
    Column("live", Boolean),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("tokens", _json(), nullable=False),
    Column("email", Text),
    Column("traffic_source_id", Integer),
    Column("sub_id", Text),
    Column("remote_ip", Text),
    Column("priority", BigInteger, nullable=False),  # ten-thousandths: both databases compare integers alike
    Column("next_action", Integer),
    Column("next_action_at", Instant),
    Column("expires_at", Instant),
    Column("callback_at", Instant),
    Column("plan_expires_at", Instant),
    Column("max_contact_attempts", Integer),
    Column("ending", Boolean),  # true or null, as `live`
    Column("counted_ip", Text),
    Column("version", Integer, nullable=False),
    # What people search by; `email` stays as it was sent. A column, for behind row-level security PostgreSQL uses no
    # index over `lower()`; made by the database, so that it cannot say anything else. PostgreSQL stores it, SQLite
    # keeps it in its index alone.
    Column("searched_email", Text, Computed(_Folded(column("email", Text)))),
    UniqueConstraint("company_id", "caller", "owner_kind", "owner_id", "live"),
)
# Each holds only the leads that are asked for by it; a lead without an end or a limit pays for none of them.
_partial_index("ix_leads_expiring", leads, "expires_at", where="live IS NOT NULL AND expires_at IS NOT NULL")
_partial_index(
    "ix_leads_plan_expiring", leads, "plan_expires_at", where="live IS NOT NULL AND plan_expires_at IS NOT NULL"
)
_partial_index(
    "ix_leads_counted_ip",
    leads,
    "owner_kind",
    "owner_id",
    "counted_ip",
    "created_at",
    where="counted_ip IS NOT NULL",
)
# People search by an address; one without pays nothing for it.
_partial_index("ix_leads_email", leads, "searched_email", "id", where="searched_email IS NOT NULL")

events = Table(
    "events",
    metadata,
    _company_of_many(),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("lead_id", Uuid),
    Column("lead_version", Integer),
    Column("at", Instant, nullable=False),
    Column("details", _json(), nullable=False),
    # The transaction that wrote the row, by PostgreSQL's own default; SQLite, which has one writer, keeps 0.
    Column("transaction_id", BigInteger, nullable=False, server_default="0"),
)
# A few bytes for each thousand rows, and nothing for a single one. There is no row in SQLite's.
Index(
    "ix_events_transaction_id",
    events.c.transaction_id,
    postgresql_using="brin",
    postgresql_with={"autosummarize": "on"},
    sqlite_where=text("transaction_id > 0"),
)
# The facts about contacts are few among those about leads, and asked for by the caller.
_partial_index("ix_events_of_contacts", events, "caller", where="lead_id IS NULL")
# What has become of a lead. Leads' identifiers follow the clock, so that new ones come in at the end, side by side.
_partial_index("ix_events_of_leads", events, "lead_id", where="lead_id IS NOT NULL")

event_chains = Table(
    "event_chains",
    metadata,
    _company(),
    # Counted up by every change of the chain: who has read an older one must read again.
    Column("version", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

event_segments = Table(
    "event_segments",
    metadata,
    _company(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # The lowest and the highest identifier in it: a segment that holds an event is found by them.
    Column("first_id", Uuid, nullable=False),
    Column("last_id", Uuid, nullable=False),
    Column("count", Integer, nullable=False),
    Column("sealed_at", Instant, nullable=False),
    Column("pruned_at", Instant),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("salts", LargeBinary, nullable=False),
    Column("entries", LargeBinary, nullable=False),
    Index(None, "company_id", "last_id", "first_id"),
)

event_sealing = Table(
    "event_sealing",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("place", BigInteger, nullable=False),
    Column("anchor", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("leased_until", Instant),
)

submissions = Table(
    "submissions",
    metadata,
    _company_of_many(),
    Column("id", Uuid, primary_key=True),
    Column("lead_token_id", Uuid, nullable=False),  # zero for none: it could be null only in a table written anew
    Column("received_at", Instant, nullable=False),
    Column("route", Text, nullable=False),
    Column("remote_ip", Text),
    Column("request", _json(), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("owner_kind", Text),
    Column("owner_id", Integer),
    Column("lead_id", Uuid),
    Column("code", Text),
    Column("errors", _json(), nullable=False),
    Column("notices", _json(), nullable=False),
    Column("api_key_id", Uuid),
    # Without an index, which every submission would pay for: an erasure reads them all.
    Column("caller_digest", LargeBinary),
    # What it counts under in reports; null for one that does not count.
    Column("counted", Boolean),
    Column("traffic_source_id", Integer),
    Column("sub_id", Text),
    Column("country", Text),
)
# The refused ones are few, asked for most, and judged again; one that is taken pays nothing for it. Their codes are
# counted without reading what was sent: for that SQLite wants what the condition names in the index too.
_partial_index("ix_submissions_refused", submissions, "id", "code", "outcome", where="outcome = 'refused'")

replays = Table(
    "replays",
    metadata,
    _company_of_many(),
    Column("id", Uuid, primary_key=True),
    Column("submission_id", Uuid, nullable=False),
    # True once the submission was taken, else null, as `leads.live`: nothing is taken twice.
    Column("done", Boolean),
    Column("at", Instant, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("lead_id", Uuid),
    Column("code", Text),
    Column("errors", _json(), nullable=False),
    Column("edits", JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")),
    Column("caller_digest", LargeBinary),
    # What the lead that it began counts under.
    Column("owner_kind", Text),
    Column("owner_id", Integer),
    Column("traffic_source_id", Integer),
    Column("sub_id", Text),
    Column("country", Text),
    Column("api_key_id", Uuid),
    Column("user_id", Uuid),
    UniqueConstraint("company_id", "submission_id", "done"),
)

emptied_submissions = Table(
    "emptied_submissions",
    metadata,
    _company_of_many(),
    Column("kept_class", Text, primary_key=True),
    Column("submission_id", Uuid, nullable=False),
)

idempotency_records = Table(
    "idempotency_records",
    metadata,
    _company_of_many(),
    Column("key", LargeBinary, primary_key=True),
    Column("owner_kind", Text, primary_key=True),
    Column("owner_id", Integer, primary_key=True, autoincrement=False),
    Column("route", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    # Records live for days: forgetting the old ones must not read the young ones.
    Index(None, "company_id", "created_at"),
)

# A row for each day of a capped lead token, and none for any other.
quotas = Table(
    "quotas",
    metadata,
    _company_of_many(),
    Column("lead_token_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("leased", Integer, nullable=False),
)

unclaimed_submissions = Table(
    "unclaimed_submissions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("received_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("remote_ip", Text),
    Column("request", _json(), nullable=False),
)

consents = Table(
    "consents",
    metadata,
    _company_of_many(),
    Column("submission_id", Uuid, primary_key=True),
    Column("lead_id", Uuid, nullable=False),
    Column("caller", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("certificates", _json(), nullable=False),
    Column("page_url", Text),
    Column("caller_ip", Text),
    Column("remote_ip", Text),
    Column("user_agent", Text),
    Column("disclosure", Text),
    Column("consented_at", Text),
    # Found by the caller, whom every lead has, whether one lead is asked for or all.
    Index(None, "company_id", "caller"),
)

erased_callers = Table(
    "erased_callers",
    metadata,
    _company(),
    Column("digest", LargeBinary, primary_key=True),
    Column("was_opted_out", Boolean, nullable=False),
    Column("erased_at", Instant, nullable=False),
    Column("erasure_id", Uuid, nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    _company(),
    Column("id", Uuid, primary_key=True),
    Column("erased_at", Instant, nullable=False),
    Column("was_opted_out", Boolean, nullable=False),
    Column("removed", _json(), nullable=False),
)


def _measures() -> list[Column[Any]]:
    """Return what is counted; the money is in the smallest unit of the company's currency."""
    numbers = ("submissions", "leads", "refused", "duplicates", "calls", "connected_calls")
    return [
        *(Column(name, Integer, nullable=False, server_default="0") for name in numbers),
        Column("talk_seconds", BigInteger, nullable=False, server_default="0"),
        Column("conversions", Integer, nullable=False, server_default="0"),
        Column("revenue", BigInteger, nullable=False, server_default="0"),
        Column("payout", BigInteger, nullable=False, server_default="0"),
    ]


# Only ever added to, by the transactions of the facts, and taken away by whoever folds.
rollup_deltas = Table(
    "rollup_deltas",
    metadata,
    _company_of_many(),
    Column("id", Uuid, primary_key=True),
    Column("quarter", Integer, nullable=False),
    Column("traffic_source_id", Integer),
    Column("sub_id", Text),
    Column("owner_kind", Text),
    Column("owner_id", Integer),
    Column("country", Text),
    *_measures(),
    # One tree instead of two: every submission writes here.
    sqlite_with_rowid=False,
)

# Each combination that was ever counted under, under a number: the sums themselves are rows of numbers.
rollup_series = Table(
    "rollup_series",
    metadata,
    _company_of_many(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    # All the columns as one text, in which what is unknown equals what is unknown, on either database.
    Column("key", Text, nullable=False),
    Column("cube", Integer, nullable=False),
    Column("traffic_source_id", Integer),
    Column("sub_id", Text),
    Column("owner_kind", Text),
    Column("owner_id", Integer),
    Column("country", Text),
    UniqueConstraint("company_id", "key"),
    # A report by source looks at a few hundred of a hundred thousand, one of a source at those of the source, and a
    # page of sub ids at a hundred of them.
    Index(None, "company_id", "cube", "sub_id"),
    Index(None, "company_id", "cube", "traffic_source_id"),
)

rollups = Table(
    "rollups",
    metadata,
    _company_of_many(),
    # Which sums these are: of how long, and over which columns (`adapters.sql.rollups`).
    Column("layer", Integer, primary_key=True, autoincrement=False),
    Column("quarter", Integer, primary_key=True, autoincrement=False),
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    *_measures(),
    # What a report reads together lies together: in SQLite in the order of the key, in PostgreSQL by layer.
    sqlite_with_rowid=False,
    postgresql_partition_by="LIST (layer)",
)


def _stamp() -> list[Column[Any]]:
    """Return the columns of what a call or a conversion keeps of its lead."""
    return [
        Column("lead_id", Uuid),
        Column("caller", Text),  # null once they are erased
        Column("owner_kind", Text),
        Column("owner_id", Integer),
        Column("traffic_source_id", Integer),
        Column("sub_id", Text),
        Column("country", Text),
    ]


calls = Table(
    "calls",
    metadata,
    _company_of_many(),
    Column("id", Uuid, primary_key=True),
    Column("external_id", Text),
    *_stamp(),
    Column("direction", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("duration_seconds", Integer, nullable=False),
    Column("disposition", Text),
    Column("connected", Boolean, nullable=False),
    Column("revenue", BigInteger, nullable=False),
    Column("payout", BigInteger, nullable=False),
    Column("tokens", _json(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("corrected_at", Instant),
    Column("version", Integer, nullable=False),
    # Nulls never collide: only what is called something can be taken for the same.
    UniqueConstraint("company_id", "external_id"),
    # For the calls of one number, whether listed or erased.
    Index(None, "company_id", "caller"),
)

conversions = Table(
    "conversions",
    metadata,
    _company_of_many(),
    Column("id", Uuid, primary_key=True),
    Column("external_id", Text),
    *_stamp(),
    Column("call_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("revenue", BigInteger, nullable=False),
    Column("payout", BigInteger, nullable=False),
    Column("reversed_at", Instant),
    Column("recorded_at", Instant, nullable=False),
    Column("corrected_at", Instant),
    Column("version", Integer, nullable=False),
    UniqueConstraint("company_id", "external_id"),
    Index(None, "company_id", "caller"),
)
# For what has come of one lead; whoever called without one pays nothing for it.
_partial_index("ix_calls_of_leads", calls, "lead_id", where="lead_id IS NOT NULL")
_partial_index("ix_conversions_of_leads", conversions, "lead_id", where="lead_id IS NOT NULL")
