"""A PostgreSQL connection that does not wait for ever.

The server ends a statement that takes too long; a server that is frozen (a stalled disk, a machine that hangs) ends
nothing, and its connections look alive. So the waiting is bounded on this side as well, a little above the server's
own bound: who waits gives up the connection, and with it whatever was under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.abc import PQGen

Answer = TypeVar("Answer")

_POLL_SECONDS = 0.1


class ServerSilent(psycopg.OperationalError):
    """The server did not answer in time; whoever waited for that long does not wait as long again."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection whose every wait for the server ends after `answer_seconds`."""

    answer_seconds: float | None = None

    def wait(self, gen: PQGen[Answer], interval: float = _POLL_SECONDS, timeout: float | None = None) -> Answer:
        """Wait for the server. Raises: ServerSilent: it did not answer; the connection is closed then."""
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError as error:
            if self.info.transaction_status is TransactionStatus.ACTIVE:
                # Its answer could still come, and would be taken for that to the next question.
                self.pgconn.finish()
                raise ServerSilent("the server did not answer in time") from error
            raise


def bounded_connect(answer_seconds: float) -> Callable[..., BoundedConnection]:
    """Return what opens such connections."""

    def connect(*arguments: Any, **options: Any) -> BoundedConnection:  # noqa: ANN401  the driver's
        connection = BoundedConnection.connect(*arguments, **options)
        connection.answer_seconds = answer_seconds
        return connection

    return connect
