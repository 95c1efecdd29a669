"""When sources brought their first and their last lead."""

# ruff: noqa: S608 - the statements are put together from our own names; what was given is a parameter

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from leadintake.adapters.sql.bulk import to_json
from leadintake.adapters.sql.layers import cube_of
from leadintake.adapters.sql.spans import ranges_within
from leadintake.adapters.sql.words import WORDS, compile_nothing
from leadintake.domain.rollup import Quarter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.company import CompanyId

_SOURCE: Final = ("traffic_source_id",)


class SqlLeadEnds:
    """First and last leads over one company's connection."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Ask through a connection."""
        self._connection = connection
        self._company_id = company_id
        self._words = WORDS[connection.dialect.name]

    def last_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return the quarter in which each source brought its last lead of that time."""
        return self._lead_at_an_end(source_ids, begin, end, which="MAX")

    def first_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return the quarter in which each source brought its first lead of that time."""
        return self._lead_at_an_end(source_ids, begin, end, which="MIN")

    def _lead_at_an_end(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter, *, which: str
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return the last or the first quarter in which each source brought a lead: folded or not.

        Of what is folded, the longest span in which it lies is looked up, then the shorter one within, down to the
        quarter: so little is read of a long time.
        """
        compile_nothing(self._connection)
        # First what is not folded: what is folded in between is seen twice, and not missed.
        left = self._beginnings_left(source_ids, begin, end, which)
        folded: dict[TrafficSourceId, int] = {}
        spans = tuple(cube_of(_SOURCE).layers())
        looked_for, ranges = set(source_ids), set(ranges_within(spans, begin, end))
        while looked_for and ranges:
            found = self._beginnings(looked_for, ranges, which)
            folded |= found
            # No two ranges have a quarter in common, nor have the spans in them. A source has no leads in those of
            # others that lie beyond its own, so that one question serves all.
            span_of = {
                source_id: next(span for span, low, high in ranges if low <= quarter < high)
                for source_id, quarter in found.items()
            }
            looked_for = {source_id for source_id, span in span_of.items() if span > spans[-1]}
            ranges = {
                (spans[spans.index(span_of[source_id]) + 1], found[source_id], found[source_id] + span_of[source_id])
                for source_id in looked_for
            }
        farther = max if which == "MAX" else min
        return {
            source_id: Quarter(farther(each[source_id] for each in (folded, left) if source_id in each))
            for source_id in folded.keys() | left.keys()
        }

    def _beginnings(
        self, source_ids: Collection[TrafficSourceId], ranges: Collection[tuple[int, int, int]], which: str
    ) -> dict[TrafficSourceId, int]:
        """Return where the last or first span begins in which each source brought a lead."""
        cube, words = cube_of(_SOURCE), self._words
        layers, is_one = cube.layers(), words.among("rollup_series.traffic_source_id", "sources", is_number=True)
        nodes = [(layers[span], low, high) for span, low, high in sorted(ranges, key=lambda each: each[1])]
        series = (
            "FROM rollup_series WHERE rollup_series.company_id = :company_id "
            f"AND rollup_series.cube = {cube.number} AND {is_one}"
        )
        some = words.is_one_of.format(column="rollups.series_id", found=f"SELECT rollup_series.id {series}")
        within = (
            "rollups WHERE rollups.company_id = :company_id AND rollups.layer = nodes.layer "
            f"AND rollups.quarter >= nodes.low AND rollups.quarter < nodes.high AND rollups.leads > 0 AND {some}"
        )
        joined = (
            f"nodes CROSS JOIN LATERAL (SELECT rollups.series_id, rollups.quarter FROM {within}{words.unflattened}) "
            "AS rollups"
            if words.lateral
            else f"nodes CROSS JOIN {within}"
        )
        statement = (
            f"WITH nodes AS MATERIALIZED {words.rows('nodes', ('layer', 'low', 'high'))}, "
            f"ends AS (SELECT rollups.series_id, {which}(rollups.quarter) AS quarter FROM {joined} "
            "GROUP BY rollups.series_id) "
            f"SELECT rollup_series.traffic_source_id, {which}(ends.quarter) FROM ends "
            "JOIN rollup_series ON rollup_series.company_id = :company_id AND rollup_series.id = ends.series_id "
            "GROUP BY rollup_series.traffic_source_id"
        )
        parameters = {"company_id": self._company_id, "nodes": to_json(nodes), "sources": to_json(sorted(source_ids))}
        return {row[0]: row[1] for row in self._connection.execute(text(statement), parameters)}

    def _beginnings_left(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter, which: str
    ) -> dict[TrafficSourceId, int]:
        """Return the last or first quarter in which each source brought a lead, of what is not folded."""
        is_one = self._words.among("traffic_source_id", "sources", is_number=True)
        statement = (
            f"SELECT traffic_source_id, {which}(quarter) FROM rollup_deltas WHERE company_id = :company_id "
            f"AND quarter >= :begin AND quarter < :end AND leads > 0 AND {is_one} GROUP BY traffic_source_id"
        )
        parameters = {"company_id": self._company_id, "begin": begin, "end": end, "sources": to_json([*source_ids])}
        return {row[0]: row[1] for row in self._connection.execute(text(statement), parameters)}
