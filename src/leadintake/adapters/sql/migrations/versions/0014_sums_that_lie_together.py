"""Sums that are read together lie together; a page of sub ids is read from one cube, by an index of its series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy import Connection

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MEASURES = (
    "submissions",
    "leads",
    "refused",
    "duplicates",
    "calls",
    "connected_calls",
    "talk_seconds",
    "conversions",
    "revenue",
    "payout",
)
_LAYERS = (0, 2, 16, 18, 19, 20, 21, 22, 32, 33, 34, 37, 48, 49, 50, 53)
_ADDED = 16
"""The layer of quarters of an hour by source and sub id."""


def upgrade() -> None:
    """Go forward. What is there is written once more on PostgreSQL, a layer after the other."""
    op.drop_index("ix_rollup_series_company_id_cube", table_name="rollup_series")
    for part in ("sub_id", "traffic_source_id"):
        op.create_index(
            f"ix_rollup_series_company_id_cube_{part}", "rollup_series", ["company_id", "cube", part], unique=False
        )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        _divide(connection)
    _add_layer(connection)


def _divide(connection: Connection) -> None:
    """Make a partition for each layer. In SQLite the rows lie in the order of their key anyway."""
    names = f"company_id, layer, quarter, series_id, {', '.join(_MEASURES)}"
    for statement in (
        "ALTER TABLE rollups RENAME TO rollups_before",
        "ALTER INDEX pk_rollups RENAME TO pk_rollups_before",
        (
            "CREATE TABLE rollups (LIKE rollups_before INCLUDING DEFAULTS, "
            "CONSTRAINT pk_rollups PRIMARY KEY (company_id, layer, quarter, series_id)) PARTITION BY LIST (layer)"
        ),
        *(f"CREATE TABLE rollups_layer_{layer} PARTITION OF rollups FOR VALUES IN ({layer})" for layer in _LAYERS),
        "CREATE TABLE rollups_layer_others PARTITION OF rollups DEFAULT",
        f"INSERT INTO rollups ({names}) SELECT {names} FROM rollups_before ORDER BY layer, quarter",  # noqa: S608 - ours
        "DROP TABLE rollups_before",
    ):
        connection.execute(sa.text(statement))


def _add_layer(connection: Connection) -> None:
    """Add the new layer up from the one that tells everything apart."""
    same = "narrow.sub_id IS wide.sub_id AND narrow.traffic_source_id IS wide.traffic_source_id"
    if connection.dialect.name == "postgresql":
        # What could be looked up by neither a hash nor an index, were it asked like that.
        same = (
            "COALESCE(narrow.sub_id, '') = COALESCE(wide.sub_id, '') "
            "AND (narrow.sub_id IS NULL) = (wide.sub_id IS NULL) "
            "AND COALESCE(narrow.traffic_source_id, 0) = COALESCE(wide.traffic_source_id, 0)"
        )
    names = ", ".join(_MEASURES)
    sums = ", ".join(f"SUM(rollups.{name})" for name in _MEASURES)
    connection.execute(
        sa.text(
            f"INSERT INTO rollups (company_id, layer, quarter, series_id, {names}) "  # noqa: S608 - our own names
            "WITH narrowed AS MATERIALIZED (SELECT wide.company_id, wide.id AS wide_id, narrow.id "
            "FROM rollup_series AS wide JOIN rollup_series AS narrow "
            f"ON narrow.company_id = wide.company_id AND narrow.cube = 1 AND {same} WHERE wide.cube = 0) "
            f"SELECT rollups.company_id, {_ADDED}, rollups.quarter, narrowed.id, {sums} FROM rollups "
            "JOIN narrowed ON narrowed.company_id = rollups.company_id AND narrowed.wide_id = rollups.series_id "
            "WHERE rollups.layer = 0 GROUP BY rollups.company_id, rollups.quarter, narrowed.id ORDER BY 1, 3"
        )
    )
