"""What lead tokens and API keys may be restricted to, when they end, and how they are used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As the types were then: a migration must not change with the code.
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Go forward."""
    op.add_column("lead_tokens", sa.Column("label", sa.Text(), server_default="", nullable=False))
    op.add_column("lead_tokens", sa.Column("kind", sa.Text(), server_default="secret", nullable=False))
    op.add_column("lead_tokens", sa.Column("rules", JSON, server_default="{}", nullable=False))
    op.add_column("lead_tokens", sa.Column("expires_at", INSTANT, nullable=True))
    op.add_column("lead_tokens", sa.Column("successor_id", sa.Uuid(), nullable=True))
    op.add_column("api_keys", sa.Column("label", sa.Text(), server_default="", nullable=False))
    op.add_column("api_keys", sa.Column("key_id", sa.Text(), nullable=True))
    op.create_table(
        "credential_uses",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_credential_uses_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", "credential_id", name=op.f("pk_credential_uses")),
    )
    op.create_table(
        "alarms",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lead_token_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_alarms_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_alarms")),
        sa.UniqueConstraint(
            "company_id", "lead_token_id", "kind", "day", name=op.f("uq_alarms_company_id_lead_token_id_kind_day")
        ),
    )
    op.create_table(
        "operation_counts",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("lead_token_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_operation_counts_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("company_id", "lead_token_id", "day", name=op.f("pk_operation_counts")),
    )
