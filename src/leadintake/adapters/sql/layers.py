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

_QUARTER, _HOUR, _DAY, _OCTAD = 1, 4, 96, 768
_SPANS: Final = (_QUARTER, _HOUR, _DAY, _OCTAD)
"""How many quarters of an hour one row may stand for: spans are counted in UTC, from the first of 1970."""


class Cube(NamedTuple):
    """Sums over some of the parts of the key: over what it does not have they are summed up."""

    number: int
    parts: tuple[str, ...]
    spans: tuple[int, ...]


CUBES: Final = (
    Cube(0, PARTS, (_QUARTER, _DAY, _OCTAD)),
    # Twenty thousand sub ids are a few hundred sources, and those a few owners.
    Cube(1, ("traffic_source_id", "owner_kind", "owner_id", "country"), _SPANS),
    Cube(2, ("owner_kind", "owner_id", "country"), _SPANS),
)


def layer_of(cube: Cube, span: int) -> int:
    """Return the number under which a cube's sums over that span are kept."""
    return cube.number * len(_SPANS) + _SPANS.index(span)


BASE: Final = layer_of(CUBES[0], _QUARTER)
"""The layer that tells everything apart."""


def cube_of(parts: Collection[str]) -> Cube:
    """Return the smallest cube that has these parts."""
    return next(cube for cube in reversed(CUBES) if set(cube.parts).issuperset(parts))


def series_key(cube: Cube, parts: Iterable[object]) -> str:
    """Return a combination as one text: what is unknown is a value in it like any other."""
    return orjson.dumps([cube.number, *parts]).decode()
