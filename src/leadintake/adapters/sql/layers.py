"""Layers: the same sums over less and over longer, so that a report reads few rows.

A month of twenty thousand sub ids has a row of roll-ups for nearly each fact: too many to read for a page. So the sums
are kept more than once: over fewer parts of the key (`Cube`), and over longer spans. A report reads the cube that has
what it asks for in the fewest rows, the longest spans that fit into its time and shorter ones at the edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from leadintake.domain.rollup import Measures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MEASURES: Final = Measures._fields
PARTS: Final = ("traffic_source_id", "sub_id", "owner_kind", "owner_id", "country")

_QUARTER, _HOUR, _DAY = 1, 4, 96
_DAYS: Final = (_DAY, 2 * _DAY, 4 * _DAY, 8 * _DAY, 16 * _DAY)
_SPANS: Final = (_QUARTER, _HOUR, *_DAYS)
"""How many quarters of an hour one row may stand for: spans are counted in UTC, from the first of 1970."""
MOST_SPANS: Final = 16


class Cube(NamedTuple):
    """Sums over some of the parts of the key: over what it does not have they are summed up.

    Shape: `spans` are those that it keeps, the shortest first.
    """

    number: int
    parts: tuple[str, ...]
    spans: tuple[int, ...]

    def layers(self) -> dict[int, int]:
        """Return the layer to read for each span, the longest first."""
        return {span: layer_of(self, span) for span in reversed(self.spans)}


def layer_of(cube: Cube, span: int) -> int:
    """Return the number under which a cube's sums over that span are kept."""
    return cube.number * MOST_SPANS + _SPANS.index(span)


CUBES: Final = (
    Cube(0, PARTS, (_QUARTER, _DAY)),
    # Twenty thousand sub ids of a month are read for one page: each span is twice the one before, so that a time is
    # made of few of them. Of quarters it has nearly as many rows as the first; but read from here alone, a page has
    # one series for each row, and need not put them together by their names.
    Cube(1, ("traffic_source_id", "sub_id"), (_QUARTER, *_DAYS)),
    # Twenty thousand sub ids are a few hundred sources, and those a few owners.
    Cube(2, ("traffic_source_id", "owner_kind", "owner_id", "country"), (_QUARTER, _HOUR, _DAY, 8 * _DAY)),
    Cube(3, ("owner_kind", "owner_id", "country"), (_QUARTER, _HOUR, _DAY, 8 * _DAY)),
)
BASE: Final = layer_of(CUBES[0], _QUARTER)
"""The layer that tells everything apart."""


def cube_of(parts: Collection[str]) -> Cube:
    """Return the smallest cube that has these parts."""
    return next(cube for cube in reversed(CUBES) if set(cube.parts).issuperset(parts))


def series_key(cube: Cube, parts: Iterable[object]) -> str:
    """Return a combination as one text: what is unknown is a value in it like any other."""
    return orjson.dumps([cube.number, *parts]).decode()
