"""What is counted, for Prometheus and whatever reads its format: requests, and what became of submissions.

Labels are words of our own: routes' templates, outcomes, codes. No credential, no company, no caller is in them.
Several processes count into files of one folder (``PROMETHEUS_MULTIPROC_DIR``, which `leadintake serve` sets), and
each of them can tell for all.
"""

from __future__ import annotations

import os
from collections import Counter as Tally
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.entrypoints.request_log import AnsweredRequest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

_INTAKE: Final = "/api/v1/leads"
_SLOW_SECONDS: Final = (0.05, 0.1, 0.5, 1.0, 5.0)
_NOWHERE: Final = "none"


class Metrics:
    """The counters of this process, and the one answer for all processes of the service."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "leadintake_requests", "Answered requests.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Counter(
            "leadintake_request_seconds", "Time spent on requests, added up.", ["route"], registry=self._registry
        )
        self._slow = Counter(
            "leadintake_slow_requests", "Requests that took longer.", ["route", "over"], registry=self._registry
        )
        self._submissions = Counter(
            "leadintake_submissions",
            "Submissions by what became of them; `code` says why one was refused.",
            ["outcome", "code"],
            registry=self._registry,
        )

    def count(self, requests: Sequence[AnsweredRequest]) -> None:
        """Count answered requests: added up first, because each touch of a counter costs more than an addition."""
        for (method, route, status), number in Tally(map(_kind, requests)).items():
            self._requests.labels(method, route, status).inc(number)
        for (outcome, code), number in Tally(map(_verdict, filter(_is_submission, requests))).items():
            self._submissions.labels(outcome, code).inc(number)
        seconds, slow = Tally[str](), Tally[tuple[str, float]]()
        for request in requests:
            if request.seconds is not None:
                route = request.route or _NOWHERE
                seconds[route] += request.seconds  # type: ignore[assignment]  # a tally adds up whatever adds up
                slow.update((route, limit) for limit in _SLOW_SECONDS if request.seconds > limit)
        for route, total in seconds.items():
            self._seconds.labels(route).inc(total)
        for (route, limit), number in slow.items():
            self._slow.labels(route, f"{limit:g}").inc(number)

    def written(self) -> bytes:
        """Return everything that was counted, in the text format of Prometheus."""
        if FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        of_all = CollectorRegistry()
        MultiProcessCollector(of_all)  # type: ignore[no-untyped-call]  # the library's
        return generate_latest(of_all)


def _kind(request: AnsweredRequest) -> tuple[str, str, str]:
    return request.method, request.route or _NOWHERE, str(request.status)


def _is_submission(request: AnsweredRequest) -> bool:
    return request.outcome is not None and request.route is not None and request.route.startswith(_INTAKE)


def _verdict(request: AnsweredRequest) -> tuple[str, str]:
    is_refused = request.status >= HTTPStatus.BAD_REQUEST
    return ("refused", request.outcome or "") if is_refused else (request.outcome or "", "")
