"""What the pages search by: leads by their address, events by their lead, refused submissions by their codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _partial_index("ix_leads_email", "leads", "email", "id", where="email IS NOT NULL")
    _partial_index("ix_events_of_leads", "events", "lead_id", where="lead_id IS NOT NULL")
    op.drop_index("ix_submissions_refused", table_name="submissions")
    _partial_index("ix_submissions_refused", "submissions", "id", "code", "outcome", where="outcome = 'refused'")


def _partial_index(name: str, table: str, *columns: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, ["company_id", *columns], unique=False, postgresql_where=condition, sqlite_where=condition
    )
