"""Leads whose time is up are settled by the serving processes themselves, though nobody asks for them.

Whoever looks at such a lead sees it as expired at once; this is what ends it in the store and writes the event.
Several processes may do it at the same time: who comes second finds nothing left.
"""

from __future__ import annotations

import random
from threading import Event, Thread
from traceback import format_tb
from typing import TYPE_CHECKING

import structlog

from leadintake.domain.errors import Refusal

if TYPE_CHECKING:
    from leadintake.bootstrap import Services

SECONDS_BETWEEN = 5.0
_ROUNDS_BETWEEN_TIDYING = 500

log = structlog.get_logger("leadintake.due_leads")


def settle_due_leads_for_ever(services: Services, *, seconds_between: float = SECONDS_BETWEEN) -> Event:
    """Settle due leads now and then, in a thread of its own.

    Returns: Set it to end the thread.
    """
    is_over = Event()

    def settle() -> None:
        # Processes that start together need not all look at the same moment.
        rounds, dice = 0, random.Random()  # noqa: S311 - no secret
        while not is_over.wait(seconds_between * dice.uniform(0.5, 1.5)):
            try:
                services.expire_due_leads()
                services.write_down_sightings()
                if rounds % _ROUNDS_BETWEEN_TIDYING == 0:
                    services.forget_outlived_answers()
                rounds += 1
            except Refusal as refusal:
                log.warning("due_leads_left_over", code=refusal.code)
            except Exception as error:  # noqa: BLE001  whatever it was, the next round must come
                # Not the exception's text, nor what stands in its frames: both may quote a lead.
                frames = "".join(format_tb(error.__traceback__))
                log.error("due_leads_failed", kind=type(error).__name__, frames=frames)  # noqa: TRY400

    Thread(target=settle, name="due-leads", daemon=True).start()
    return is_over
