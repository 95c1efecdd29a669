"""Bars: what the figures should be, and which of them decide the exit status."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """A figure and what it must be, such as ``postgresql:ratio>=0.25``."""

    figure: str
    comparison: str
    limit: float

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read a requirement. Raises: ValueError: it is none."""
        match = re.fullmatch(r"\s*([\w:]+)\s*(>=|<=|>|<)\s*([\d.]+)\s*", text)
        if match is None:
            raise ValueError(f"{text!r} is not like postgresql:ratio>=0.25")
        return cls(match[1], match[2], float(match[3]))

    def is_met(self, figures: Mapping[str, float]) -> bool | None:
        """Say whether it is met; None when the figure was not measured."""
        measured = figures.get(self.figure)
        return None if measured is None else _OPERATORS[self.comparison](measured, self.limit)

    def __str__(self) -> str:
        return f"{self.figure} {self.comparison} {self.limit:g}"


BARS: Final = tuple(
    map(
        Requirement.parse,
        (
            "postgresql:ratio>=0.25",
            "postgresql:half_p99_ms<50",
            "postgresql:p99_ms<100",
            "postgresql:cpu_of_floor<=3.8",
            "sqlite:ratio>=0.35",
            "sqlite:half_p99_ms<50",
            "sqlite:p99_ms<100",
            "growth:postgresql>=0.85",
            "growth:sqlite>=0.85",
            "beside_reports:postgresql>=0.9",
            "beside_reports:sqlite>=0.9",
            *(
                f"report:{database}:{groups}_ms<200"
                for database in ("postgresql", "sqlite")
                for groups in ("traffic_source", "traffic_source_sub_id", "day")
            ),
            *(
                f"pages:{database}:{page}_ms<100"
                for database in ("postgresql", "sqlite")
                for page in ("front", "leads", "lead", "submissions", "reports")
            ),
        ),
    )
)
"""What the product promises itself; docs/performance.md explains each."""
