"""What is counted, and whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from leadintake.adapters.recent_signals import RecentSignals
from leadintake.domain.use_cases.fold_rollups import fold_rollups
from leadintake.domain.use_cases.inspect_rollups import inspect_rollups, rebuild_rollups
from leadintake.domain.use_cases.report_attribution import Report, ReportAttribution, report_attribution
from leadintake.domain.use_cases.watch_company import watch_company
from leadintake.domain.use_cases.watch_sources import SourceActivity, SourceHistory, read_source_history, watch_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import Finding
    from leadintake.domain.signals import Signals


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReportServices:
    """Reports, roll-ups, signals and the activity of sources."""

    report_attribution: Callable[[ReportAttribution], Report]
    fold_rollups: Callable[[], int]
    inspect_rollups: Callable[[], Sequence[Finding]]
    rebuild_rollups: Callable[[CompanyId], int]
    watch_company: Callable[[CompanyId], Signals]
    recent_signals: Callable[[CompanyId], Signals]
    watch_sources: Callable[[CompanyId, Sequence[TrafficSourceId]], Mapping[TrafficSourceId, SourceActivity]]
    read_source_history: Callable[[CompanyId, TrafficSourceId], SourceHistory]


def wire_reports(ports: Ports) -> ReportServices:
    """Bind what counts and watches to these ports."""
    watch = partial(watch_company, installation=ports.installation, reading=ports.reading, clock=ports.clock)
    return ReportServices(
        report_attribution=partial(report_attribution, reading=ports.reading, clock=ports.clock),
        fold_rollups=partial(
            fold_rollups,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
        ),
        inspect_rollups=partial(inspect_rollups, installation=ports.installation, reading=ports.reading),
        rebuild_rollups=partial(rebuild_rollups, unit_of_work=ports.unit_of_work),
        watch_company=watch,
        recent_signals=RecentSignals(watch, ports.clock),
        watch_sources=partial(watch_sources, reading=ports.reading, clock=ports.clock),
        read_source_history=partial(read_source_history, reading=ports.reading, clock=ports.clock),
    )
