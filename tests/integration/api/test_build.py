"""An installation from its settings, and the application that a WSGI server loads, on both databases."""

from __future__ import annotations

import importlib
import sqlite3
import stat
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from leadintake.bootstrap import build
from leadintake.config import Settings
from leadintake.domain.company import CompanyId
from leadintake.domain.errors import Refusal, TooManyRequests, Unavailable, UnknownLeadToken
from leadintake.domain.submission import Outcome
from leadintake.domain.use_cases.found_company import FoundCompany
from leadintake.entrypoints import wsgi

from tests.support.apps import LEADS, UNKNOWN_TOKEN
from tests.support.builders import a_receipt, an_enroll_lead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadintake.bootstrap import Services

ON_POSTGRES = pytest.mark.xdist_group("postgres_api")
SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=ON_POSTGRES)])
def environ(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Return the variables of a new installation."""
    given = {"LEADINTAKE_DATA_DIR": str(tmp_path / "data")}
    if request.param == "postgres":
        given |= {
            "LEADINTAKE_DATABASE_URL": request.getfixturevalue("postgres_url"),
            "LEADINTAKE_SECRET_KEY": SECRET_KEY,
        }
    return given


@pytest.fixture
def services(environ: dict[str, str]) -> Iterator[Services]:
    services = build(Settings.from_environment(environ))
    with closing(services):
        yield services


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, [UnknownLeadToken] * 3, id="default"),
        pytest.param({"FAILED_CREDENTIALS_PER_MINUTE": "2"}, [UnknownLeadToken] * 2 + [TooManyRequests], id="two"),
        pytest.param(
            {"FAILED_CREDENTIALS_PER_MINUTE": "2", "RATE_LIMITS": "off"}, [UnknownLeadToken] * 3, id="switched-off"
        ),
    ],
)
def test_failures_are_limited_as_is_set(
    environ: dict[str, str], given: dict[str, str], expected: list[type[Refusal]]
) -> None:
    settings = Settings.from_environment(environ | {f"LEADINTAKE_{name}": text for name, text in given.items()})

    with closing(build(settings)) as services:
        services.migrate()
        refused = []
        for _ in range(3):
            with pytest.raises(Refusal) as refusal:
                services.identify_lead_token(UNKNOWN_TOKEN, kind=None, client=lambda: "192.0.2.1")
            refused.append(refusal.type)

    assert refused == expected


@pytest.mark.parametrize("name", ["REQUESTS_PER_MINUTE_PER_ADDRESS", "REQUESTS_PER_MINUTE_PER_COMPANY"])
def test_requests_are_limited_as_is_set(environ: dict[str, str], name: str) -> None:
    settings = Settings.from_environment(environ | {f"LEADINTAKE_{name}": "1"})

    with closing(build(settings)) as services:
        count = partial(services.count_request, CompanyId(1), lead_token=None, client=lambda: "192.0.2.1")
        [standing] = count()

        assert services.counts_all_requests
        assert (standing.quota, standing.left) == (1, 0)
        with pytest.raises(TooManyRequests):
            count()


def test_new_installation_takes_its_first_lead(
    services: Services, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    services.migrate()
    founded = services.found_company(FoundCompany(name="Solar Savings", with_demo=True))
    assert founded.schedule is not None
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    application = wsgi.make_application()
    client = application.test_client()
    answer = client.post(f"{LEADS}?lead_token={founded.schedule.lead_token}&caller_id=+18004506787")

    assert (answer.status_code, answer.get_json()["outcome"]) == (200, "created")
    assert client.get("/readyz").get_json()["status"] == "ready"
    application.extensions["leadintake"].services.close()


def test_migrating_twice_is_migrating_once(services: Services) -> None:
    services.migrate()
    services.migrate()

    assert all(finding.is_fine for finding in services.inspect())


def test_installation_that_was_not_migrated_says_so(services: Services) -> None:
    [finding] = [finding for finding in services.inspect() if not finding.is_fine]

    assert (finding.check, finding.mend) == ("schema_current", "run: leadintake migrate")


def test_founding_twice_shows_what_the_first_time_made(services: Services) -> None:
    services.migrate()
    first = services.found_company(FoundCompany(name="Solar Savings", with_demo=True))

    second = services.found_company(FoundCompany(name="Solar Savings", with_demo=True))

    assert (second.company, second.schedule, second.offer) == (first.company, first.schedule, first.offer)
    assert (second.private_key, second.admin_password) == (None, None)


def test_nothing_connects_before_the_first_use(tmp_path: Path) -> None:
    """Settings can be looked at, and a program's help be shown, while the database is away."""
    services = build(
        Settings.from_environment(
            {
                "LEADINTAKE_DATA_DIR": str(tmp_path),
                "LEADINTAKE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
                "LEADINTAKE_SECRET_KEY": SECRET_KEY,
            }
        )
    )

    with closing(services), pytest.raises(Unavailable):
        services.list_companies()


def test_embedded_database_lies_in_a_folder_that_only_its_owner_enters(tmp_path: Path) -> None:
    folder = tmp_path / "apart" / "deeper"
    services = build(
        Settings.from_environment(
            {"LEADINTAKE_DATA_DIR": str(tmp_path), "LEADINTAKE_DATABASE_URL": f"sqlite:///{folder}/leads.db"}
        )
    )

    with closing(services):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(folder.iterdir()) == []


def test_settings_reach_the_application(
    environ: dict[str, str], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.migrate()
    founded = services.found_company(FoundCompany(name="Solar Savings", with_demo=True))
    assert founded.schedule is not None
    own = {
        "LEADINTAKE_MAX_TOKENS": "1",
        "LEADINTAKE_MAX_TOKEN_CHARS": "12",
        "LEADINTAKE_MAX_DEPTH": "2",
        "LEADINTAKE_MAX_BODY_BYTES": "1024",
        "LEADINTAKE_TRUSTED_PROXIES": "127.0.0.0/8",
    }
    for name, value in (environ | own).items():
        monkeypatch.setenv(name, value)
    application = wsgi.make_application()
    client = application.test_client()

    def post(**fields: object) -> int:
        headers = {
            "X-Lead-Token": founded.schedule.lead_token if founded.schedule else "",
            "X-Forwarded-For": "198.51.100.1",
        }
        return client.post(LEADS, json={"caller_id": "8004506787", **fields}, headers=headers).status_code

    assert [
        post(),
        post(a="x"),
        post(a="x", b="x"),
        post(a="x" * 13),
        post(a={"b": {"c": 1}}),
        post(a="x" * 1_024),
    ] == [
        200,
        200,
        422,
        422,
        413,
        413,
    ]
    leads = client.get(LEADS, headers={"Authorization": f"Bearer {founded.private_key}"}).get_json()["leads"]
    assert {lead["remote_ip"] for lead in leads} == {"198.51.100.1"}
    application.extensions["leadintake"].services.close()


def test_wait_for_a_commit_is_the_installations_own(tmp_path: Path) -> None:
    """The first waits for the database, the second no longer than it was told to wait for the first."""
    services = build(
        Settings.from_environment(
            {
                "LEADINTAKE_DATA_DIR": str(tmp_path),
                "LEADINTAKE_COMMIT_WAIT_SECONDS": "0.1",
                "LEADINTAKE_DATABASE_TIMEOUT_SECONDS": "20",
            }
        )
    )
    with closing(services), ThreadPoolExecutor(2) as pool:
        services.migrate()
        founded = services.found_company(FoundCompany(name="Solar Savings", with_demo=True))
        assert founded.schedule is not None
        sender = services.identify_lead_token(founded.schedule.lead_token, kind=None)

        def enroll() -> Outcome:
            receipt = a_receipt(id=services.new_id(), company_id=founded.company.id, lead_token_id=sender.lead_token.id)
            return services.enroll_lead(an_enroll_lead(receipt=receipt)).outcome

        with closing(sqlite3.connect(tmp_path / "leadintake.db", isolation_level=None)) as backup:
            backup.execute("BEGIN EXCLUSIVE")
            both = [pool.submit(enroll) for _ in range(2)]
            [refused], [waiting] = wait(both, timeout=5, return_when=FIRST_COMPLETED)
            backup.execute("ROLLBACK")

        assert isinstance(refused.exception(), Unavailable)
        assert waiting.result() is Outcome.CREATED


def test_module_reads_nothing_until_a_server_asks_for_the_application(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    module = importlib.reload(wsgi)
    assert "application" not in vars(module)

    application = module.application

    assert module.application is application
    application.extensions[module.HOUSEKEEPING].set()
    with pytest.raises(AttributeError, match="app"):
        _ = module.app
    application.extensions["leadintake"].services.close()
    del vars(module)["application"]
