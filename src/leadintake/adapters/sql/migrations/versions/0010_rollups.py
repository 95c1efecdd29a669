"""What comes in, counted in rows that are only added, and the sums they are folded into."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadintake.adapters.sql.row_security import keep_companies_apart

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
        *_key(),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_rollup_series")),
        sa.UniqueConstraint("company_id", "key", name=op.f("uq_rollup_series_company_id_key")),
    )
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
