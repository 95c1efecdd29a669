"""Calls and conversions, the currency of a company, and what its traffic sources are called and paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from leadintake.adapters.sql.row_security import keep_companies_apart

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As the types were then: a migration must not change with the code.
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Go forward. Columns are only added, so that no table is written anew, however large."""
    op.add_column("companies", sa.Column("currency", sa.Text(), server_default="USD", nullable=False))
    op.add_column("traffic_sources", sa.Column("external_id", sa.Text(), nullable=True))
    op.add_column("traffic_sources", sa.Column("default_payout", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_traffic_sources_company_id_external_id"),
        "traffic_sources",
        ["company_id", "external_id"],
        unique=True,
    )
    op.create_table(
        "calls",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        *_stamp(),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("revenue", sa.BigInteger(), nullable=False),
        sa.Column("payout", sa.BigInteger(), nullable=False),
        sa.Column("tokens", JSON, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("corrected_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_calls")),
        sa.UniqueConstraint("company_id", "external_id", name=op.f("uq_calls_company_id_external_id")),
    )
    op.create_table(
        "conversions",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        *_stamp(),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("revenue", sa.BigInteger(), nullable=False),
        sa.Column("payout", sa.BigInteger(), nullable=False),
        sa.Column("reversed_at", INSTANT, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("corrected_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_conversions")),
        sa.UniqueConstraint("company_id", "external_id", name=op.f("uq_conversions_company_id_external_id")),
    )
    condition = sa.text("lead_id IS NOT NULL")
    for table in ("calls", "conversions"):
        op.create_index(op.f(f"ix_{table}_company_id_caller"), table, ["company_id", "caller"])
        op.create_index(
            f"ix_{table}_of_leads",
            table,
            ["company_id", "lead_id"],
            postgresql_where=condition,
            sqlite_where=condition,
        )
    keep_companies_apart(op.get_bind())


def _stamp() -> list[sa.Column[object]]:
    return [
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("owner_kind", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("traffic_source_id", sa.Integer(), nullable=True),
        sa.Column("sub_id", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
    ]
