"""What the serving processes do by themselves, though nobody asks for it: a few chores, each in its own time.

Several processes may do the same chore at the same moment: who comes second finds nothing left. `CHORES` is the whole
list; a chore is a use case without arguments.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from threading import Event, Thread
from traceback import format_tb
from typing import TYPE_CHECKING, Final

import structlog

from leadintake.domain.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.bootstrap import Services

SECONDS_BETWEEN = 5.0

log = structlog.get_logger("leadintake.housekeeping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something to be done now and then.

    Shape: `name` is a stable word for the log; it is done in every round, or in one of every so many `rounds`, the
    first included.
    """

    name: str
    do: Callable[[Services], object]
    rounds: int = 1


CHORES: Final[Sequence[Chore]] = (
    # Whoever looks at a lead whose time is up sees it as expired at once; this ends it in the store.
    Chore(name="settle_due_leads", do=lambda services: services.expire_due_leads()),
    Chore(name="fold_rollups", do=lambda services: services.fold_rollups()),
    Chore(name="seal_events", do=lambda services: services.seal_events()),
    Chore(name="write_down_sightings", do=lambda services: services.write_down_sightings()),
    Chore(name="forget_outlived_answers", do=lambda services: services.forget_outlived_answers(), rounds=500),
    Chore(name="prune_submissions", do=lambda services: services.prune_submissions(), rounds=500),
)


def keep_house_for_ever(
    services: Services, *, chores: Sequence[Chore] = CHORES, seconds_between: float = SECONDS_BETWEEN
) -> Event:
    """Do the chores in a thread of their own, a round of them every few seconds.

    Returns: Set it to end the thread.
    """
    is_over = Event()

    def keep_house() -> None:
        # Processes that start together need not all look at the same moment.
        rounds, dice = 0, random.Random()  # noqa: S311 - no secret
        while not is_over.wait(seconds_between * dice.uniform(0.5, 1.5)):
            for chore in chores:
                if rounds % chore.rounds == 0 and not is_over.is_set():
                    _do(chore, services)
            rounds += 1

    Thread(target=keep_house, name="housekeeping", daemon=True).start()
    return is_over


def _do(chore: Chore, services: Services) -> None:
    """Do a chore; one that fails is done again in its time, and keeps no other from being done."""
    try:
        chore.do(services)
    except Refusal as refusal:
        log.warning("chore_left_over", chore=chore.name, code=refusal.code)
    except Exception as error:  # noqa: BLE001  whatever it was, the next round must come
        # Not the exception's text, nor what stands in its frames: both may quote a lead.
        frames = "".join(format_tb(error.__traceback__))
        log.error("chore_failed", chore=chore.name, kind=type(error).__name__, frames=frames)  # noqa: TRY400
