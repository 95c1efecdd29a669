"""What credentials may be restricted to, when they were used, and the quotas of capped ones."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
