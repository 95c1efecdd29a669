"""What becomes of a submission that is judged again, and how long it is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# As the types were then: a migration must not change with the code.
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Go forward. No table is written anew, however large; the refused submissions are read once, for their index."""
    op.add_column("submissions", sa.Column("api_key_id", sa.Uuid(), nullable=True))
    refused = sa.text("outcome = 'refused'")
    op.create_index(
        "ix_submissions_refused",
        "submissions",
        ["company_id", "id"],
        postgresql_where=refused,
        sqlite_where=refused,
    )
    op.create_table(
        "replays",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("errors", JSON, nullable=False),
        sa.Column("edits", JSON, nullable=True),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_replays")),
        sa.UniqueConstraint(
            "company_id", "submission_id", "done", name=op.f("uq_replays_company_id_submission_id_done")
        ),
    )
    op.create_table(
        "emptied_submissions",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kept_class", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "kept_class", name=op.f("pk_emptied_submissions")),
    )
