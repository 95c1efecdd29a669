"""Charts: what the script draws, as data; the tables beside them say the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadintake.domain.calendar import Unit, cells
from leadintake.domain.report import MONEY, By, Dimension
from leadintake.domain.rollup import NOTHING
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.web.figures import DIMENSIONS, LABELS, plotted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.money import Currency
    from leadintake.domain.rollup import Measures
    from leadintake.domain.use_cases.report_attribution import Report, ReportAttribution

BEFORE: Final = "the period before"
_HOUR_CHARS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of figures.

    Shape: `data` holds the `kind` (``bars``, ``stacked`` or ``lines``), the `labels` of the places, and `series` of a
    label and a value for each place.
    """

    id: str
    label: str
    data: Mapping[str, Any]


def figure_label(name: str, currency: Currency) -> str:
    """Return what a figure is called, with its unit."""
    if name == "conversion_rate":
        return f"{LABELS[name]} (%)"
    return f"{LABELS[name]} ({currency})" if name in MONEY or name == "revenue_per_lead" else LABELS[name]


def time_chart(command: ReportAttribution, report: Report, by: By, name: str) -> Chart:
    """Return a figure over the time of a report, and over the one before where that is compared with.

    Args:
        command: What was asked for.
        report: What was answered: its time is drawn.
        by: How finely.
        name: The figure.
    """
    said = figure_label(name, report.currency)
    places, values = _over_time(command, report, by)
    series = [{"label": said, "values": [plotted(each, name, report.currency) for each in values]}]
    if report.previous_begin is not None:
        earlier = replace(command, period=None, begin=_text(report.previous_begin), end=_text(report.begin))
        _, before = _over_time(earlier, replace(report, begin=report.previous_begin, end=report.begin), by)
        # A month before may have had more days than this one.
        shown = [plotted(each, name, report.currency) for each in before][: len(places)]
        series.append({"label": BEFORE, "values": shown})
    data = {"kind": "lines", "labels": places, "series": series}
    return Chart(id="over-time", label=f"{said} by {DIMENSIONS[by].lower()}", data=data)


def _over_time(command: ReportAttribution, report: Report, by: By) -> tuple[Sequence[str], Sequence[Measures]]:
    """Return the places of a time and what is counted in each, nothing included."""
    asked = replace(command, dimensions=(Dimension(by),), sort=None, offset=0, limit=None, compares=False)
    found = {row.values[0].value: row.measures for row in services().report_attribution(asked).rows}
    labels = [cell.label for cell in cells(report.begin, report.end, Unit(str(by)), ZoneInfo(report.time_zone))]
    return [place(label, by) for label in labels], [found.get(label, NOTHING) for label in labels]


def place(label: str, by: By) -> str:
    """Return what stands under a place of a chart: the hour by the clock on the wall, the day, the month."""
    return label[:_HOUR_CHARS].replace("T", " ") if by is By.HOUR else label


def _text(instant: Any) -> str:  # noqa: ANN401 - a datetime
    return str(instant.isoformat())
