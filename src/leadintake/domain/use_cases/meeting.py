"""What to do when two writers have met: the same again, over what the other one has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from leadintake.domain.errors import StaleWrite

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_MOST_ATTEMPTS: Final = 4


def tried_again(run: Callable[[], Result]) -> Result:
    """Run it, and again when other writers have met it.

    Raises: StaleWrite: they kept meeting it; nothing was done.
    """
    for _ in range(_MOST_ATTEMPTS - 1):
        try:
            return run()
        except StaleWrite:
            continue
    return run()
