"""Refusals as exit statuses: one table from kind to number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import Invalid, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

DONE: Final = 0
REFUSED: Final = 1
BAD_USAGE: Final = 2
OUR_BUG: Final = 70
"""As ``EX_SOFTWARE`` of sysexits.h."""
INTERRUPTED: Final = 130
"""As shells have it for a program that Ctrl-C has ended."""

STATUSES: Final[Mapping[type[Refusal], int]] = {Invalid: BAD_USAGE, Refusal: REFUSED}
"""Kind of refusal → exit status; the nearest kind counts."""


def status_of(kind: type[Refusal]) -> int:
    """Return the exit status of a kind of refusal."""
    return next(STATUSES[ancestor] for ancestor in kind.__mro__ if ancestor in STATUSES)
