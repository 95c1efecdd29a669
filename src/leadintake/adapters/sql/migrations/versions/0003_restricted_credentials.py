"""What lead tokens and API keys may be restricted to, and when they end."""

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
