"""Hash-linked segments over the events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# As the types were then: a migration must not change with the code.
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Go forward."""
    # A constant first: the rows that are there are not written anew. Whoever wrote them has ended by now.
    op.add_column("events", sa.Column("transaction_id", sa.BigInteger(), server_default="0", nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE events ALTER COLUMN transaction_id SET DEFAULT (pg_current_xact_id()::text)::bigint")
    op.create_index(
        "ix_events_transaction_id",
        "events",
        ["transaction_id"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
        sqlite_where=sa.text("transaction_id > 0"),
    )
    op.create_table(
        "event_chains",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_event_chains_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_event_chains")),
    )
    op.create_table(
        "event_segments",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("last_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sealed_at", INSTANT, nullable=False),
        sa.Column("pruned_at", INSTANT, nullable=True),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("salts", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_event_segments_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", "number", name=op.f("pk_event_segments")),
    )
    op.create_index(
        op.f("ix_event_segments_company_id_last_id_first_id"), "event_segments", ["company_id", "last_id", "first_id"]
    )
    op.create_table(
        "event_sealing",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_sealing")),
    )
    op.execute("INSERT INTO event_sealing (id, place, anchor, holder) VALUES (1, 0, '', '')")
