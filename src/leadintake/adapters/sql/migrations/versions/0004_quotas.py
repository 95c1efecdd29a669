"""Quotas of capped lead tokens, leased in blocks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "quotas",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lead_token_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("leased", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "lead_token_id", "day", name="pk_quotas"),
    )
