"""What is counted, for Prometheus and whatever reads its format: requests, and what became of submissions.

Labels are words of our own: routes' templates, outcomes, codes. No credential, no caller and no name is in them; what
there is to look at (`domain.signals`) has a company's number beside it, for somebody must know where to look.
Several processes count into files of one folder (``PROMETHEUS_MULTIPROC_DIR``, which `leadintake serve` sets), and
each of them can tell for all.
"""

from __future__ import annotations

import os
from collections import Counter as Tally
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

from leadintake.domain.errors import Refusal
from leadintake.domain.signals import Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from leadintake.bootstrap import Services
    from leadintake.domain.signals import Signals
    from leadintake.entrypoints.request_log import AnsweredRequest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

_INTAKE: Final = "/api/v1/leads"
_SLOW_SECONDS: Final = (0.05, 0.1, 0.5, 1.0, 5.0)
_NOWHERE: Final = "none"
READ_EVERY: Final = timedelta(seconds=15)
"""However often somebody asks, and however many ask, the store is not asked more often by a process."""


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


class SignalMetrics:
    """What there is to look at in each company, as of when it is asked for.

    It comes from the store, so that each process tells the same. While the store is away, that is what is told.
    """

    def __init__(self, services: Services) -> None:
        """Ask nothing yet."""
        self._services = services
        self._read_at: datetime | None = None
        self._written = b""

    def written(self) -> bytes:
        """Return the signals of all companies, in the text format of Prometheus."""
        now = self._services.clock()
        if self._read_at is None or not timedelta() <= now - self._read_at < READ_EVERY:
            registry = CollectorRegistry(auto_describe=False)
            registry.register(self)
            self._written, self._read_at = generate_latest(registry), now
        return self._written

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield what the library writes."""
        try:
            companies = self._services.list_companies()
            signals = [self._services.watch_company(company.id) for company in companies]
        except Refusal:
            signals = []
            yield _gauge("leadintake_signals_read", "1 if the store could be asked for signals.", [((), 0)])
        else:
            yield _gauge("leadintake_signals_read", "1 if the store could be asked for signals.", [((), 1)])
        yield from _gauges(signals)


def _gauges(signals: Sequence[Signals]) -> Iterator[GaugeMetricFamily]:
    yield _gauge(
        "leadintake_silent_sources",
        "Traffic sources that used to send and have stopped.",
        [((str(each.company_id),), len(each.silent)) for each in signals],
        "company",
    )
    yield _gauge(
        "leadintake_refused_share",
        "Share of the submissions that were refused, of the last hour and of the seven days before it.",
        [
            ((str(each.company_id), over), float(share))
            for each in signals
            for over, share in (("hour", each.refusals.share_lately), ("week", each.refusals.share_before))
        ],
        "company",
        "over",
    )
    yield _gauge(
        "leadintake_refusals_jumped",
        "1 if so many more are refused than before that somebody should look.",
        [((str(each.company_id),), int(each.refusals.has_jumped)) for each in signals],
        "company",
    )
    yield _gauge(
        "leadintake_work_lag_seconds",
        "How long the oldest work waits that serving processes do by themselves; 0 where none waits.",
        [((str(each.company_id), str(work)), each.lag(work).total_seconds()) for each in signals for work in Work],
        "company",
        "work",
    )


def _gauge(name: str, said: str, samples: Sequence[tuple[tuple[str, ...], float]], *labels: str) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, said, labels=labels)
    for values, number in samples:
        gauge.add_metric(values, number)
    return gauge


def _kind(request: AnsweredRequest) -> tuple[str, str, str]:
    return request.method, request.route or _NOWHERE, str(request.status)


def _is_submission(request: AnsweredRequest) -> bool:
    return request.outcome is not None and request.route is not None and request.route.startswith(_INTAKE)


def _verdict(request: AnsweredRequest) -> tuple[str, str]:
    is_refused = request.status >= HTTPStatus.BAD_REQUEST
    return ("refused", request.outcome or "") if is_refused else (request.outcome or "", "")
