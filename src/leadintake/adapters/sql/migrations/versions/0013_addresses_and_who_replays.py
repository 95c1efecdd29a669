"""Leads are searched by their address in any case of its letters; a replay says who asked for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward. PostgreSQL writes the table anew for the column; SQLite keeps it in the index alone."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    folded = 'lower(email COLLATE "C")' if is_postgresql else "lower(email)"
    op.drop_index("ix_leads_email", table_name="leads")
    op.add_column("leads", sa.Column("searched_email", sa.Text(), sa.Computed(folded, persisted=is_postgresql)))
    condition = sa.text("searched_email IS NOT NULL")
    op.create_index(
        "ix_leads_email",
        "leads",
        ["company_id", "searched_email", "id"],
        unique=False,
        postgresql_where=condition,
        sqlite_where=condition,
    )
    op.add_column("replays", sa.Column("api_key_id", sa.Uuid(), nullable=True))
    op.add_column("replays", sa.Column("user_id", sa.Uuid(), nullable=True))
