"""The load: leads from new callers over kept-alive connections, by wrk where it is installed.

Each connection sends its next lead when the last one is answered, at once or after a pause. The lead is the same
size whoever sends it: a token, a number as people write it, and seven further fields.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.load.in_python import drive_in_python
from benchmarks.load.with_wrk import drive_with_wrk

if TYPE_CHECKING:
    from benchmarks.callers import Callers
    from benchmarks.figures import Load

WRK: Final = shutil.which("wrk")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadGenerator:
    """Whoever sends the leads."""

    callers: Callers
    wrk: str | None

    @property
    def name(self) -> str:
        """What it is called in a report."""
        return "wrk" if self.wrk else "asyncio, in this process"

    def drive(self, port: int, token: str, *, connections: int, seconds: float, pause_ms: float = 0) -> Load:
        """Send leads to a server on this machine for that long.

        Units: `pause_ms` is the mean of the pauses between an answer and the connection's next lead; they are
        random, so that leads come when they like.
        """
        if self.wrk:
            return drive_with_wrk(
                self.wrk,
                port,
                token,
                callers=self.callers,
                connections=connections,
                seconds=seconds,
                pause_ms=pause_ms,
            )
        return drive_in_python(
            port, token, callers=self.callers, connections=connections, seconds=seconds, pause_ms=pause_ms
        )
