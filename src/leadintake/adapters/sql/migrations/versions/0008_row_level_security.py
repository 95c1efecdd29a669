"""Row-level security on PostgreSQL: the net behind every company filter."""

from __future__ import annotations

from alembic import op

from leadintake.adapters.sql.row_security import keep_companies_apart

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    # Not a list of today's tables: the tables of the migrations before and after this one are in the catalogue.
    keep_companies_apart(op.get_bind())
