"""Intake beside reports: the same load while nobody asks for a report, and while one is asked for each second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode
from urllib.request import build_opener

from benchmarks.figures import middle_ratio

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from benchmarks.figures import Run
    from benchmarks.rounds import Measuring, Target

GROUPED: Final = ("traffic_source", "traffic_source,sub_id", "day")
"""What is reported, in turns: over the last month, in a zone whose days begin at another time than UTC's."""
_ZONE: Final = "America/New_York"
_MONTH: Final = timedelta(days=30)
_EVERY_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Pairs of runs, one a round: without reports and with them; and how long each report took, in ms."""

    alone: list[Run]
    beside: list[Run]
    report_ms: list[float]

    @property
    def of_alone(self) -> float:
        """Leads a second while reports run, as a part of those while none does."""
        return middle_ratio([run.load.rate for run in self.beside], [run.load.rate for run in self.alone])


class Reader:
    """Somebody who asks for a report each second, until the block ends.

    Shape: `report_ms` are the times of all that were answered.
    """

    def __init__(self, base: str, bearer: str) -> None:
        self.report_ms: list[float] = []
        self._base, self._opener = base, build_opener()
        self._opener.addheaders = [("Authorization", f"Bearer {bearer}")]
        self._is_over = Event()
        self._failure: Exception | None = None
        self._thread = Thread(target=self._read, name="reader")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        if self._failure is not None and kind is None:
            raise self._failure

    @property
    def is_asking(self) -> bool:
        """Say whether the reader has not given up yet."""
        return self._thread.is_alive()

    def _read(self) -> None:
        turn = 0
        try:
            while not self._is_over.is_set():
                began_at = time.perf_counter()
                self._ask(GROUPED[turn % len(GROUPED)])
                taken = time.perf_counter() - began_at
                self.report_ms.append(1000 * taken)
                turn += 1
                self._is_over.wait(max(0.0, _EVERY_SECONDS - taken))
        except Exception as error:  # noqa: BLE001 - raised where the block ends
            self._failure = error

    def _ask(self, group_by: str) -> None:
        now = datetime.now(UTC)
        asked = {
            "group_by": group_by,
            "from": f"{now - _MONTH:%Y-%m-%d}",
            "to": f"{now:%Y-%m-%d}",
            "time_zone": _ZONE,
            "per_page": "100",
        }
        url = f"{self._base}/api/v1/reports/attribution?{urlencode(asked)}"
        with self._opener.open(url, timeout=_PATIENCE_SECONDS) as answer:
            answer.read()


def measure_beside_reports(
    measuring: Measuring, target: Target, *, bearer: str, connections: int, rounds: int, head: str
) -> Beside:
    """Load a served installation in pairs of runs, with and without a reader of reports; who begins takes turns."""
    found = Beside(alone=[], beside=[], report_ms=[])
    base = f"http://127.0.0.1:{target.server.port}"
    measuring.run(target, connections=connections, seconds=measuring.warm_up_seconds)
    for number in range(1, rounds + 1):
        for is_beside in (False, True) if number % 2 else (True, False):
            if not is_beside:
                found.alone.append(measuring.run(target, connections=connections))
                continue
            with Reader(base, bearer) as reader:
                found.beside.append(measuring.run(target, connections=connections))
            found.report_ms.extend(reader.report_ms)
        alone, beside = found.alone[-1].load.rate, found.beside[-1].load.rate
        measuring.say(f"{head} {number}/{rounds}: leads {alone:,.0f}/s, while reports run {beside:,.0f}/s")
    return found
