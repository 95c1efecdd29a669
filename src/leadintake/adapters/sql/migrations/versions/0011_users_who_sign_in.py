"""What the pages need: sessions that end, users who are deactivated, reveals that are noted, posting pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from leadintake.adapters.sql.row_security import keep_companies_apart

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# As the types were then: a migration must not change with the code.
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Go forward."""
    op.add_column("users", sa.Column("session_stamp", sa.Integer(), server_default="0", nullable=False))
    op.add_column("users", sa.Column("deactivated_at", INSTANT, nullable=True))
    op.add_column("users", sa.Column("last_signed_in_at", INSTANT, nullable=True))
    op.create_table(
        "posting_pages",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("switched_on_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_posting_pages_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", "owner_kind", "owner_id", name=op.f("pk_posting_pages")),
        sa.UniqueConstraint("id", name=op.f("uq_posting_pages_id")),
    )
    op.create_table(
        "reveals",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("lead_token_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("revealed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_reveals_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", "lead_token_id", "id", name=op.f("pk_reveals")),
    )
    keep_companies_apart(op.get_bind())
