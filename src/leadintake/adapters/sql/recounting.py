"""Counting anew: what the facts say, and whether the sums say the same."""

# ruff: noqa: S608 - the statements are put together from our own names; what was given is a parameter

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from leadintake.adapters.sql.facts import facts_of, facts_that_count
from leadintake.adapters.sql.layers import BASE, CUBES, MEASURES, PARTS, layer_of
from leadintake.adapters.sql.words import WORDS
from leadintake.domain.rollup import Quarter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from leadintake.adapters.sql.layers import Cube
    from leadintake.domain.company import CompanyId

# In the year 2250: what comes later was never meant, and both databases have such a date.
_LAST_QUARTER: Final = 9_818_112


class SqlRecounting:
    """One company's facts, counted over its connection."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Ask through a connection."""
        self._connection = connection
        self._company_id = company_id
        self._words = WORDS[connection.dialect.name]

    def recounted(self, begin: Quarter, end: Quarter) -> Iterable[Any]:
        """Return rows of quarter, parts and measures, added up from the facts."""
        sums = ", ".join(f"{self._words.as_whole(f'SUM({name})')} AS {name}" for name in MEASURES)
        parts = ", ".join(("quarter", *PARTS))
        facts = facts_that_count(self._words, is_with_leads=False)
        statement = f"WITH facts AS ({facts}) SELECT {parts}, {sums} FROM facts GROUP BY {parts}"
        return self._connection.execute(text(statement), self._time(begin, end))

    def differences(self, limit: int) -> Iterable[Any]:
        """Return rows of quarter, parts and measures: what the facts say beyond what is counted."""
        parts = ", ".join(("quarter", *PARTS))
        less = ", ".join(f"-{name} AS {name}" for name in MEASURES)
        sums = ", ".join(f"{self._words.as_whole(f'SUM({name})')} AS {name}" for name in MEASURES)
        is_wrong = " OR ".join(f"SUM({name}) <> 0" for name in MEASURES)
        series = ", ".join(f"rollup_series.{part}" for part in PARTS)
        counted = ", ".join(f"-rollups.{name}" for name in MEASURES)
        statement = (
            f"WITH facts AS ({facts_that_count(self._words, is_with_leads=False)}), "
            f"everything AS (SELECT * FROM facts UNION ALL SELECT rollups.quarter, {series}, {counted} FROM rollups "
            "JOIN rollup_series ON rollup_series.company_id = rollups.company_id "
            "AND rollup_series.id = rollups.series_id "
            "WHERE rollups.company_id = :company_id AND rollups.layer = :base "
            f"UNION ALL SELECT {parts}, {less} FROM rollup_deltas WHERE rollup_deltas.company_id = :company_id) "
            f"SELECT {parts}, {sums} FROM everything GROUP BY {parts} HAVING {is_wrong} LIMIT :most"
        )
        ever = self._time(Quarter(0), Quarter(_LAST_QUARTER))
        return self._connection.execute(text(statement), {**ever, "base": BASE, "most": limit})

    def has_right_layers(self) -> bool:
        """Say whether each layer is what the one of the shortest spans with everything told apart makes it."""
        return all(
            self._is_right_layer(cube, span) for cube in CUBES for span in cube.spans if layer_of(cube, span) != BASE
        )

    def _is_right_layer(self, cube: Cube, span: int) -> bool:
        parts = ", ".join(f"rollup_series.{part}" for part in cube.parts)
        sums = ", ".join(
            f"SUM(CASE WHEN rollups.layer = :base THEN rollups.{name} ELSE -rollups.{name} END) AS {name}"
            for name in MEASURES
        )
        statement = (
            "SELECT COUNT(*) FROM ("
            f"SELECT rollups.quarter - rollups.quarter % :span AS begins, {parts}, {sums} FROM rollups "
            "JOIN rollup_series ON rollup_series.company_id = rollups.company_id "
            "AND rollup_series.id = rollups.series_id "
            "WHERE rollups.company_id = :company_id AND rollups.layer IN (:base, :layer) "
            f"GROUP BY rollups.quarter - rollups.quarter % :span, {parts}"
            f") AS compared WHERE {' OR '.join(f'{name} <> 0' for name in MEASURES)}"
        )
        parameters = {
            "company_id": self._company_id,
            "base": BASE,
            "layer": layer_of(cube, span),
            "span": span,
        }
        wrong: int = self._connection.execute(text(statement), parameters).scalar_one()
        return wrong == 0

    def count_anew(self) -> None:
        """Add a delta for everything that the facts say."""
        parts = ", ".join(("quarter", *PARTS))
        sums = ", ".join(f"SUM({name})" for name in MEASURES)
        statement = (
            f"INSERT INTO rollup_deltas (company_id, id, {parts}, {', '.join(MEASURES)}) "
            f"SELECT :company_id, {self._words.some_id}, {parts}, {sums} "
            f"FROM ({facts_that_count(self._words, is_with_leads=False)}) AS facts GROUP BY {parts}"
        )
        self._connection.execute(text(statement), self._time(Quarter(0), Quarter(_LAST_QUARTER)))

    def _time(self, begin: Quarter, end: Quarter) -> dict[str, Any]:
        return facts_of(self._company_id, begin, end, self._words)
