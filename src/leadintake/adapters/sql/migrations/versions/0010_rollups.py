"""What comes in, counted in rows that are only added, and the sums they are folded into."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadintake.adapters.sql.row_security import keep_companies_apart
from leadintake.domain.phone import PhoneNumber, country_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_STAMP = (("traffic_source_id", sa.Integer), ("sub_id", sa.Text), ("country", sa.Text))


def upgrade() -> None:
    """Go forward."""
    op.add_column("submissions", sa.Column("counted", sa.Boolean(), nullable=True))
    for name, kind in _STAMP:
        op.add_column("submissions", sa.Column(name, kind(), nullable=True))
    for name, kind in (("owner_kind", sa.Text), ("owner_id", sa.Integer), *_STAMP):
        op.add_column("replays", sa.Column(name, kind(), nullable=True))
    op.create_table(
        "rollup_deltas",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        *_key(),
        *_measures(),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_rollup_deltas")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_series",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("cube", sa.Integer(), nullable=False),
        *_key(),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_rollup_series")),
        sa.UniqueConstraint("company_id", "key", name=op.f("uq_rollup_series_company_id_key")),
    )
    op.create_index(op.f("ix_rollup_series_company_id_cube"), "rollup_series", ["company_id", "cube"])
    op.create_table(
        "rollups",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("layer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quarter", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        *_measures(),
        sa.PrimaryKeyConstraint("company_id", "layer", "quarter", "series_id", name=op.f("pk_rollups")),
        sqlite_with_rowid=False,
    )
    keep_companies_apart(op.get_bind())
    _count_what_is_there()


def _count_what_is_there() -> None:
    """Count what came in before there was counting, as far as can be known of it.

    A lead counts under the source and sub id that it has now. What a submission said that began no lead, and where the
    caller of a refused one is, was not kept apart; it counts under no source.
    """
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "UPDATE submissions SET counted = :yes WHERE outcome NOT IN ('test', 'replayed') "
            "AND route IN ('leads', 'leads/capture', 'leads/create_or_update')"
        ),
        {"yes": True},
    )
    for table, at_first in (("submissions", "submissions.counted = :yes"), ("replays", "replays.done = :yes")):
        lead = f"FROM leads WHERE leads.company_id = {table}.company_id AND leads.id = {table}.lead_id"
        names = ["traffic_source_id", "sub_id", *(["owner_kind", "owner_id"] if table == "replays" else [])]
        changes = ", ".join(f"{name} = (SELECT leads.{name} {lead})" for name in names)
        connection.execute(
            sa.text(f"UPDATE {table} SET {changes} WHERE outcome = 'created' AND {at_first}"),  # noqa: S608 - our own names
            {"yes": True},
        )
        _note_countries(connection, table)
    is_postgresql = connection.dialect.name == "postgresql"
    quarter = "CAST(floor(extract(epoch FROM {0}) / 900) AS integer)" if is_postgresql else "({0} / 900000000)"
    some_id = "gen_random_uuid()" if is_postgresql else "lower(hex(randomblob(16)))"
    at = quarter.format("submissions.received_at")
    taken = (
        "EXISTS (SELECT 1 FROM replays WHERE replays.company_id = submissions.company_id "
        "AND replays.submission_id = submissions.id AND replays.done = :yes)"
    )
    parts = "{0}.traffic_source_id, {0}.sub_id, {0}.owner_kind, {0}.owner_id, {0}.country"
    columns = "company_id, quarter, traffic_source_id, sub_id, owner_kind, owner_id, country"
    connection.execute(
        sa.text(
            f"INSERT INTO rollup_deltas (id, {columns}, submissions, leads, refused, duplicates) "  # noqa: S608 - likewise
            f"SELECT {some_id}, {columns}, SUM(submissions), SUM(leads), SUM(refused), SUM(duplicates) FROM ("
            f"SELECT submissions.company_id, {at} AS quarter, {parts.format('submissions')}, 1 AS submissions, "
            "CASE WHEN submissions.outcome = 'created' THEN 1 ELSE 0 END AS leads, "
            f"CASE WHEN submissions.outcome = 'refused' AND NOT {taken} THEN 1 ELSE 0 END AS refused, "
            f"CASE WHEN submissions.outcome = 'refused' AND submissions.code = 'duplicate_lead' AND NOT {taken} "
            "THEN 1 ELSE 0 END AS duplicates FROM submissions WHERE submissions.counted = :yes "
            f"UNION ALL SELECT replays.company_id, {at}, {parts.format('replays')}, 0, 1, 0, 0 FROM replays "
            "JOIN submissions ON submissions.company_id = replays.company_id "
            "AND submissions.id = replays.submission_id WHERE replays.owner_kind IS NOT NULL"
            f") AS facts GROUP BY {columns}"
        ),
        {"yes": True},
    )


_AT_ONCE = 5_000


def _note_countries(connection: sa.Connection, table: str) -> None:
    """Note where the callers are whose leads began here."""
    ledger = sa.table(table, sa.column("company_id"), sa.column("id", sa.Uuid()), sa.column("country"))
    found = connection.execute(
        sa.text(
            f"SELECT {table}.company_id, {table}.id, leads.caller FROM {table} "  # noqa: S608 - likewise
            f"JOIN leads ON leads.company_id = {table}.company_id AND leads.id = {table}.lead_id "
            f"WHERE {table}.outcome = 'created'"
        ).columns(sa.column("company_id"), sa.column("id", sa.Uuid()), sa.column("caller"))
    ).all()
    note = (
        sa.update(ledger)
        .where(ledger.c.company_id == sa.bindparam("of_company"), ledger.c.id == sa.bindparam("of_id"))
        .values(country=sa.bindparam("is_in"))
    )
    for start in range(0, len(found), _AT_ONCE):
        rows = [
            {"of_company": row.company_id, "of_id": row.id, "is_in": country_of(PhoneNumber(row.caller))}
            for row in found[start : start + _AT_ONCE]
        ]
        connection.execute(note, rows)


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("traffic_source_id", sa.Integer(), nullable=True),
        sa.Column("sub_id", sa.Text(), nullable=True),
        sa.Column("owner_kind", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
    ]


def _measures() -> list[sa.Column[object]]:
    kinds = {
        "submissions": sa.Integer,
        "leads": sa.Integer,
        "refused": sa.Integer,
        "duplicates": sa.Integer,
        "calls": sa.Integer,
        "connected_calls": sa.Integer,
        "talk_seconds": sa.BigInteger,
        "conversions": sa.Integer,
        "revenue": sa.BigInteger,
        "payout": sa.BigInteger,
    }
    return [sa.Column(name, kind(), server_default="0", nullable=False) for name, kind in kinds.items()]
