"""Consent evidence, and what is left of callers who were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As the types were then: a migration must not change with the code.
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Go forward."""
    op.add_column("companies", sa.Column("has_erased", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("submissions", sa.Column("caller_digest", sa.LargeBinary(), nullable=True))
    op.add_column("replays", sa.Column("caller_digest", sa.LargeBinary(), nullable=True))
    op.create_table(
        "consents",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("certificates", JSON, nullable=False),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("caller_ip", sa.Text(), nullable=True),
        sa.Column("remote_ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("disclosure", sa.Text(), nullable=True),
        sa.Column("consented_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("company_id", "submission_id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_company_id_caller"), "consents", ["company_id", "caller"])
    op.create_table(
        "erased_callers",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("was_opted_out", sa.Boolean(), nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_erased_callers_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", "digest", name=op.f("pk_erased_callers")),
    )
    op.create_table(
        "erasures",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("was_opted_out", sa.Boolean(), nullable=False),
        sa.Column("removed", JSON, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_erasures_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_erasures")),
    )
