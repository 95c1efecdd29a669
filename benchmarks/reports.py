"""Reports: a generated month through the product's own bulk path, every cell counted again by DuckDB, and the time.

``python -m benchmarks --only reports`` makes the month of a million leads on both databases. The clocks change in it;
it is reported in three time zones, one of which stands at :45. What DuckDB counts is what was made up, not what our
tables say of it.
"""

from __future__ import annotations

import csv
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import duckdb

from leadintake.adapters.keyring import Keyring
from leadintake.adapters.sql.store import SqlStore
from leadintake.adapters.system import new_id
from leadintake.domain.call_recording import RecordCall
from leadintake.domain.claims import EnrollLead
from leadintake.domain.conversion_recording import RecordConversion, ReverseConversion
from leadintake.domain.report import By, Dimension
from leadintake.domain.rollup import Measures
from leadintake.domain.submission import Receipt, SubmissionId
from leadintake.domain.use_cases.correct_calls import reverse_conversion
from leadintake.domain.use_cases.enroll_leads import enroll_leads
from leadintake.domain.use_cases.fold_rollups import fold_rollups
from leadintake.domain.use_cases.record_calls import record_calls, record_conversions
from leadintake.domain.use_cases.report_attribution import ReportAttribution, report_attribution

from benchmarks.callers import Callers
from benchmarks.figures import WrongMeasurement
from benchmarks.growth import progress_of
from tests.support.postgres import open_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from leadintake.domain.company import Company
    from leadintake.domain.conversion import ConversionId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import Installation, UnitOfWorkFactory
    from leadintake.domain.use_cases.report_attribution import Report

ZONES: Final = ("America/New_York", "UTC", "Asia/Kathmandu")
BEGIN: Final = datetime(2026, 3, 1, tzinfo=UTC)
"""In this month, on the eighth, the clocks in New York are put forward."""
ASKED: Final = (
    (By.TRAFFIC_SOURCE,),
    (By.TRAFFIC_SOURCE, By.SUB_ID),
    (By.DAY,),
    (By.HOUR,),
    (By.WEEK, By.COUNTRY),
    (By.MONTH, By.OFFER),
    (By.SCHEDULE, By.DAY),
    (By.TRAFFIC_SOURCE, By.DAY),
)
TIMED: Final = ASKED[:3]
BAR_MS: Final = 200.0
_DAYS: Final = 31
_BATCH: Final = 1_000
_RUNS: Final = 3
_SHOWN: Final = 100
_KEYRING: Final = Keyring("the benchmarks' own secret key, which opens nothing else")
_FIRST_BRITISH: Final = 7_400_000_000
_IN_OFFER: Final = 3
_SCHEDULES: Final = 5


class Store(Protocol):
    """Any store."""

    @property
    def unit_of_work(self) -> UnitOfWorkFactory:
        """Begin a unit that may write."""

    @property
    def reading(self) -> UnitOfWorkFactory:
        """Begin a unit that only reads."""

    @property
    def installation(self) -> Installation:
        """Return what lies above the companies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much there is in the month."""

    leads: int = 1_000_000
    calls: int = 1_000_000
    conversions: int = 200_000
    sources: int = 200
    sub_ids: int = 20_000
    reversed: int = 200


class Made(NamedTuple):
    """One thing that was made up: when, under what, and what it counts."""

    at: datetime
    source: int | None
    sub_id: str | None
    schedule: int
    country: str | None
    measures: Measures


class Month:
    """A month in a store, and what was made up for it.

    Args:
        store: Where it goes.
        scale: How much of it.
        seed: The same one makes the same month in every store.
    """

    def __init__(self, store: Store, scale: Scale, *, seed: int = 1) -> None:
        self.made: list[Made] = []
        self._store = store
        self._scale = scale
        self._dice = Random(seed)  # noqa: S311 - no secret
        self._callers = Callers()
        self._leads: list[tuple[LeadId, Made]] = []
        self._seconds = 0.0
        self._say: Callable[[str], None] = lambda _: None
        self._name = f"The month {new_id()}"
        self.company = self._found()

    def fill(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Make it all up and store it, a thousand at a time, in the order of time, folding as a server would."""
        self._say = say
        for commands, made in self._batches("leads", self._scale.leads, self._lead):
            decisions = enroll_leads(
                commands, unit_of_work=self._store.unit_of_work, keyring=_KEYRING, clock=self._clock, new_id=self._id
            )
            self.made += made
            self._leads += [(each.lead.id, one) for each, one in zip(decisions, made, strict=True) if each.lead]
        for commands, made in self._batches("calls", self._scale.calls, self._call):
            self._require_recorded(record_calls(commands, **self._ports()))
            self.made += made
        kept: list[tuple[ConversionId, Made]] = []
        for commands, made in self._batches("conversions", self._scale.conversions, self._conversion):
            recordings = self._require_recorded(record_conversions(commands, **self._ports()))
            kept += [(one.id, each) for one, each in zip(recordings, made, strict=True)]
        taken_back = set(self._dice.sample(range(len(kept)), min(self._scale.reversed, len(kept))))
        self.made += [each for number, (_, each) in enumerate(kept) if number not in taken_back]
        ports = self._ports()
        del ports["keyring"]
        for number in sorted(taken_back):
            command = ReverseConversion(company_id=self.company.id, conversion_id=kept[number][0], api_key_id=None)
            reverse_conversion(command, **ports)

    def fold(self) -> None:
        """Put everything together that is left."""
        fold_rollups(installation=self._store.installation, unit_of_work=self._store.unit_of_work)

    def report(self, by: Sequence[By], zone: str, *, limit: int | None = None) -> Report:
        """Report the month of a zone."""
        command = ReportAttribution(
            company_id=self.company.id,
            dimensions=tuple(map(Dimension, by)),
            begin=f"{BEGIN:%Y-%m-%d}",
            end=f"{BEGIN + timedelta(days=_DAYS):%Y-%m-%d}",
            time_zone=zone,
            limit=limit,
        )
        return report_attribution(command, reading=self._store.reading, clock=lambda: BEGIN + timedelta(days=60))

    def _found(self) -> Company:
        company = self._store.installation.add_company(name=self._name, region="US", time_zone="America/New_York")
        with self._store.unit_of_work(company.id) as uow:
            offer = uow.directory.add_offer(name="Solar roofs")
            self.offer_id = offer.id
            self._owners: list[OwnerRef] = [
                uow.directory.add_schedule(
                    name=f"Plan {number}", actions=(), offer_id=offer.id if number < _IN_OFFER else None
                ).ref
                for number in range(_SCHEDULES)
            ]
            self._sources = [
                uow.directory.add_traffic_source(name=f"Source {number}").id for number in range(self._scale.sources)
            ]
            uow.commit()
        return company

    def _clock(self) -> datetime:
        return BEGIN - timedelta(days=1) + timedelta(seconds=self._seconds)

    def _id(self) -> UUID:
        return new_id()

    def _ports(self) -> dict[str, Any]:
        return {
            "unit_of_work": self._store.unit_of_work,
            "keyring": _KEYRING,
            "clock": self._clock,
            "new_id": self._id,
        }

    def _batches(
        self, what: str, count: int, make: Callable[[int, datetime], tuple[Any, Made]]
    ) -> Iterator[tuple[list[Any], list[Made]]]:
        """Yield batches whose times go evenly through the month and a day on either side; the clock goes along."""
        step = (_DAYS + 2) * 86_400 / max(count, 1)
        progress, began_at = progress_of(self._say, "reports", count, what), time.perf_counter()
        for start in range(0, count, _BATCH):
            numbers = range(start, min(start + _BATCH, count))
            both = [make(n, BEGIN - timedelta(days=1) + timedelta(seconds=int(n * step))) for n in numbers]
            self._seconds = numbers.stop * step
            yield [command for command, _ in both], [made for _, made in both]
            self.fold()
            progress(numbers.stop, time.perf_counter() - began_at)

    def _lead(self, n: int, at: datetime) -> tuple[EnrollLead, Made]:
        dice, scale = self._dice, self._scale
        # Some sub ids bring much more than others.
        sub = int(scale.sub_ids * dice.random() ** 1.3)
        source = None if dice.random() < 0.02 else self._sources[sub % scale.sources]  # noqa: PLR2004 - one in fifty
        sub_id = None if dice.random() < 0.02 else f"creative-{sub}"  # noqa: PLR2004 - likewise
        schedule = (sub + (dice.random() < 0.1)) % _SCHEDULES  # noqa: PLR2004 - some go elsewhere
        is_british = dice.random() < 0.04  # noqa: PLR2004 - a few
        is_refused = dice.random() < 0.01  # noqa: PLR2004 - likewise
        caller = f"+44{_FIRST_BRITISH + n}" if is_british else self._callers.number(n)
        command = EnrollLead(
            receipt=Receipt(
                id=SubmissionId(new_id()),
                company_id=self.company.id,
                lead_token_id=None,
                received_at=at,
                route="leads",
                remote_ip="127.0.0.1",
                request={"query": [], "body": "empty"},
            ),
            caller_id="12" if is_refused else caller,
            tokens={"interest": "kittens"},
            traffic_source_id=None if source is None else str(source),
            sub_id=sub_id,
            owner=self._owners[schedule],
        )
        country = None if is_refused else "GB" if is_british else "US"
        measures = Measures(submissions=1, refused=1) if is_refused else Measures(submissions=1, leads=1)
        return command, Made(at, source, sub_id, self._owners[schedule].id, country, measures)

    def _call(self, _n: int, at: datetime) -> tuple[RecordCall, Made]:
        lead_id, of_lead = self._dice.choice(self._leads)
        seconds, cents = self._dice.randrange(300), self._dice.randrange(500)
        command = RecordCall(
            company_id=self.company.id,
            lead_id=lead_id,
            started_at=at.isoformat(),
            duration_seconds=seconds,
            is_connected=seconds > 60,  # noqa: PLR2004 - a minute
            revenue="0",
            payout=f"{cents / 100:.2f}",
        )
        measures = Measures(
            calls=1,
            connected_calls=int(seconds > 60),  # noqa: PLR2004 - likewise
            talk_seconds=seconds,
            payout=cents,
        )
        return command, of_lead._replace(at=at, measures=measures)

    def _conversion(self, _n: int, at: datetime) -> tuple[RecordConversion, Made]:
        lead_id, of_lead = self._dice.choice(self._leads)
        revenue, payout = self._dice.randrange(100_000), self._dice.randrange(10_000)
        command = RecordConversion(
            company_id=self.company.id,
            lead_id=lead_id,
            occurred_at=at.isoformat(),
            revenue=f"{revenue / 100:.2f}",
            payout=f"{payout / 100:.2f}",
        )
        measures = Measures(conversions=1, revenue=revenue, payout=payout)
        return command, of_lead._replace(at=at, measures=measures)

    @staticmethod
    def _require_recorded(recordings: Sequence[Any]) -> list[Any]:
        if refused := [each.refusal for each in recordings if each.refusal is not None]:
            raise WrongMeasurement(f"{len(refused)} were not recorded: {refused[0].detail}")
        return [each.one for each in recordings]


class Recounted:
    """The month in DuckDB, which knows nothing of leadintake."""

    def __init__(self, month: Month) -> None:
        self._month = month
        self._connection = duckdb.connect()
        names = ", ".join(f"{name} BIGINT" for name in Measures._fields)
        self._connection.execute(
            "CREATE TABLE made (moment TIMESTAMPTZ, source INTEGER, sub_id TEXT, schedule INTEGER, country TEXT, "
            f"{names})"
        )
        with TemporaryDirectory() as folder:
            path = Path(folder) / "made.csv"
            with path.open("w", newline="") as file:
                writer = csv.writer(file)
                for at, *parts, measures in month.made:
                    writer.writerow([at.isoformat(), *parts, *measures])
            self._connection.execute(f"COPY made FROM '{path}' (HEADER false, NULL '')")

    def close(self) -> None:
        """Forget it."""
        self._connection.close()

    def count(self, by: Sequence[By], zone: str) -> dict[tuple[object, ...], Measures]:
        """Return the figures of each cell of the month of that zone."""
        local = f"timezone('{zone}', moment)"
        expressions = {
            By.TRAFFIC_SOURCE: "source",
            By.SUB_ID: "sub_id",
            By.COUNTRY: "country",
            By.SCHEDULE: "schedule",
            By.OFFER: f"CASE WHEN schedule <= {_IN_OFFER} THEN {self._month.offer_id} END",
            By.DAY: f"strftime({local}, '%Y-%m-%d')",
            By.WEEK: f"strftime(date_trunc('week', {local}), '%Y-%m-%d')",
            By.MONTH: f"strftime({local}, '%Y-%m')",
            # As an instant: an hour that comes twice is two.
            By.HOUR: f"epoch(moment - ({local} - date_trunc('hour', {local})))::BIGINT",
        }
        columns = ", ".join(expressions[each] for each in by)
        sums = ", ".join(f"SUM({name})" for name in Measures._fields)
        begin, end = (f"TIMESTAMP '{BEGIN + timedelta(days=days):%Y-%m-%d}'" for days in (0, _DAYS))
        rows = self._connection.execute(
            f"SELECT {columns}, {sums} FROM made WHERE {local} >= {begin} AND {local} < {end} GROUP BY ALL"  # noqa: S608 - our own words
        ).fetchall()
        return {tuple(row[: len(by)]): Measures(*map(int, row[len(by) :])) for row in rows}


def compare(month: Month, recounted: Recounted) -> int:
    """Compare every cell of every report in every zone, and return how many there were.

    Raises: WrongMeasurement: one differs.
    """
    cells = 0
    for zone in ZONES:
        for by in ASKED:
            expected, report = recounted.count(by, zone), month.report(by, zone)
            found = {
                tuple(_as_duckdb(named.value, each) for named, each in zip(row.values, by, strict=True)): row.measures
                for row in report.rows
            }
            if found != expected or report.total_count != len(expected):
                wrong = [key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)]
                raise WrongMeasurement(
                    f"{', '.join(by)} in {zone}: {len(wrong)} cells differ, such as {wrong[0]}: "
                    f"{found.get(wrong[0])} instead of {expected.get(wrong[0])}"
                )
            cells += len(found)
    return cells


def _as_duckdb(value: object, by: By) -> object:
    return int(datetime.fromisoformat(str(value)).timestamp()) if by is By.HOUR else value


def measure_reports(
    folder: Path, databases: Sequence[str], scale: Scale, say: Callable[[str], None]
) -> dict[str, float]:
    """Fill, compare and time on each database; return the slowest of each report in milliseconds."""
    figures: dict[str, float] = {}
    for database in databases:
        if database == "sqlite":
            path = folder / "reports.db"
            with closing(SqlStore(f"sqlite:///{path}", wait_seconds=60)) as store:
                figures |= _measure(store, database, scale, say)
            path.unlink()
        else:
            with (
                open_postgres() as server,
                closing(SqlStore(server.create_database("reports"), wait_seconds=60)) as store,
            ):
                figures |= _measure(store, database, scale, say)
    return figures


def _measure(store: SqlStore, database: str, scale: Scale, say: Callable[[str], None]) -> dict[str, float]:
    store.migrate()
    month, began_at = Month(store, scale), time.perf_counter()
    month.fill(say)
    say(f"reports on {database}: {len(month.made):,} facts stored in {time.perf_counter() - began_at:.0f} s")
    with closing(Recounted(month)) as recounted:
        say(f"reports on {database}: {compare(month, recounted):,} cells are what DuckDB counts")
    figures: dict[str, float] = {}
    for by in TIMED:
        for zone in ZONES:
            runs = []
            for _ in range(_RUNS):
                began_at = time.perf_counter()
                month.report(by, zone, limit=_SHOWN)
                runs.append((time.perf_counter() - began_at) * 1_000)
            name = " × ".join(by)
            say(f"reports on {database}: by {name} in {zone}: {', '.join(f'{run:.0f}' for run in runs)} ms")
            key = f"report:{database}:{'_'.join(by)}_ms"
            figures[key] = max(figures.get(key, 0.0), min(runs))
    return figures
