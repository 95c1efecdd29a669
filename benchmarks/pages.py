"""Pages: how long somebody waits for the main ones when a million leads are stored.

The same installation then tells what reports cost the intake (`benchmarks.beside_reports`).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from leadintake.bootstrap import build
from leadintake.domain.credential import Permission
from leadintake.domain.use_cases.read_leads import ListLeads
from leadintake.domain.user import Role

from benchmarks.beside_reports import measure_beside_reports
from benchmarks.figures import WrongMeasurement
from benchmarks.growth import progress_of, tidy
from benchmarks.preload import preload
from benchmarks.rounds import serving_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.request import OpenerDirector

    from leadintake.domain.claims import EnrollLead

    from benchmarks.beside_reports import Beside
    from benchmarks.places import Place
    from benchmarks.plan import Plan
    from benchmarks.product import Installation
    from benchmarks.rounds import Measuring

SOURCES: Final = 200
SUB_IDS: Final = 20_000
_FIRST_SOURCE: Final = 1000
_MONTH: Final = timedelta(days=30)
_ONE_IS_REFUSED_OF: Final = 20
_EMAIL, _PASSWORD = "bench@example.com", "a password for an hour only"
_CSRF: Final = re.compile(r'name="csrf_token" value="([^"]+)"')
_WARM_UP: Final = 2
_PATIENCE_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """How long pages take over one kind of database: for each, by its name, every time it was asked for, in ms.

    Shape: `beside` is what the intake does while reports run.
    """

    database: str
    leads: int
    times: Mapping[str, list[float]]
    beside: Beside

    def figures(self) -> dict[str, float]:
        """Return what requirements can name."""
        pages = {f"pages:{self.database}:{name}_ms": middle_of(times) for name, times in self.times.items()}
        return pages | {
            f"beside_reports:{self.database}": self.beside.of_alone,
            f"beside_reports:{self.database}:report_ms": middle_of(self.beside.report_ms),
        }


def middle_of(times: list[float]) -> float:
    """Return the median."""
    return sorted(times)[len(times) // 2]


def measure_pages(measuring: Measuring, place: Place, plan: Plan) -> Paged:
    """Fill an installation as a month of 200 sources and 20,000 sub ids would, and open its pages one after another."""
    installation, head = place.install("bench_pages"), f"pages on {place.database}"
    bearer = _prepare(installation)
    progress = progress_of(measuring.say, head, plan.growth_leads)
    preload(
        installation,
        measuring.generator.callers,
        leads=plan.growth_leads,
        progress=progress,
        dress=lambda command, n: dressed(command, n, of=plan.growth_leads),
    )
    lead_id = _settle(installation)
    tidy(installation)
    paths = {
        "front": "/",
        "leads": "/leads",
        "lead": f"/leads/{lead_id}",
        "submissions": "/submissions",
        "reports": "/reports",
        "reports_by_sub_id": "/reports?group_by=sub_id",
        "traffic_sources": "/traffic_sources",
        "traffic_source": f"/traffic_sources/{_FIRST_SOURCE}",
    }
    times: dict[str, list[float]] = {name: [] for name in paths}
    with serving_target(installation, place) as target:
        base = f"http://127.0.0.1:{target.server.port}"
        browser = _signed_in(base)
        for name, path in paths.items():
            for number in range(_WARM_UP + 4 * plan.growth_rounds):
                taken = _milliseconds(browser, f"{base}{path}")
                if number >= _WARM_UP:
                    times[name].append(taken)
            measuring.say(f"{head}: {name} {middle_of(times[name]):.0f} ms, at most {max(times[name]):.0f} ms")
        beside = measure_beside_reports(
            measuring,
            target,
            bearer=bearer,
            connections=max(plan.connections),
            rounds=plan.growth_rounds,
            head=f"intake beside reports on {place.database}",
        )
    return Paged(database=place.database, leads=plan.growth_leads, times=times, beside=beside)


def dressed(command: EnrollLead, n: int, *, of: int) -> EnrollLead:
    """Return the n-th command as it would have come in the last month: from some source, now and then with a fault."""
    ago = _MONTH * ((n * 7_919) % of) / of
    receipt = replace(command.receipt, received_at=command.receipt.received_at - ago)
    sub_id = (n * 104_729) % SUB_IDS
    return replace(
        command,
        receipt=receipt,
        caller_id="123" if n % _ONE_IS_REFUSED_OF == 0 else command.caller_id,
        traffic_source_id=str(_FIRST_SOURCE + sub_id % SOURCES),
        sub_id=f"creative-{sub_id}",
    )


def _prepare(installation: Installation) -> str:
    """Add sources and somebody who signs in; return an API key that may read."""
    services = build(installation.settings)
    try:
        [company] = services.list_companies()
        there = len(services.read_directory(company.id).traffic_sources)
        for number in range(SOURCES - there):
            services.add_traffic_source(company.id, {"name": f"Source {number}"})
        services.add_user(company.id, {"email": _EMAIL, "role": Role.OWNER, "password": _PASSWORD})
        key = services.add_api_key(company.id, frozenset({Permission.READ}))
        if key.private is None:
            raise WrongMeasurement("There is no key to ask for reports with.")
        return str(key.private)
    finally:
        services.close()


def _settle(installation: Installation) -> str:
    """Do what serving processes do within minutes, and return the newest lead."""
    services = build(installation.settings)
    try:
        services.fold_rollups()
        services.seal_events()
        [company] = services.list_companies()
        [lead] = services.list_leads(ListLeads(company_id=company.id, per_page=1, among=1)).leads
        return str(lead.id)
    finally:
        services.close()


def _signed_in(base: str) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{base}/sign-in", timeout=_PATIENCE_SECONDS) as answer:
        token = _CSRF.search(answer.read().decode())
    if token is None:
        raise WrongMeasurement("The page to sign in on has no form.")
    form = {"email": _EMAIL, "password": _PASSWORD, "csrf_token": token[1]}
    with browser.open(f"{base}/sign-in", data=urlencode(form).encode(), timeout=_PATIENCE_SECONDS) as answer:
        if "Sign out" not in answer.read().decode():
            raise WrongMeasurement("Nobody could sign in.")
    return browser


def _milliseconds(browser: OpenerDirector, url: str) -> float:
    began_at = time.perf_counter()
    with browser.open(url, timeout=_PATIENCE_SECONDS) as answer:
        answer.read()
    return 1000 * (time.perf_counter() - began_at)
