"""Backups of a busy service, put back elsewhere; and what is left of somebody who was erased."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.integration.faults import audit
from tests.support.loads import Load, acknowledged_leads
from tests.support.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.faults.installations import Installation
    from tests.support.postgres import PostgresServer

# In none of the area codes that the load sends.
ADA = "+18004506787"
EMAIL = "ada.lovelace@erasure.example"
WISH = "a-wish-of-ada-alone"
TRACES = [ADA[1:], EMAIL, WISH]


@pytest.fixture
def elsewhere(installation: Installation, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """Lend a place of the same kind where nothing is yet, for whoever has the same secret key."""
    data_dir = tmp_path / "elsewhere"
    secret_key = installation.secret_key or (installation.data_dir / "secret_key").read_text()
    place = replace(installation, data_dir=data_dir, secret_key=secret_key, port=free_port())
    if installation.is_sqlite:
        yield replace(place, database_url=f"sqlite:///{data_dir / 'leadintake.db'}")
        return
    server: PostgresServer = request.getfixturevalue("own_postgres")
    name = f"elsewhere_{uuid4().hex}"
    yield replace(place, database_url=server.create_database(name))
    server.drop_database(name)


@pytest.fixture(autouse=True)
def _own_programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the test server's own pg_dump before an older one of the machine's."""
    if "on_postgresql" in request.node.callspec.params.values():
        server: PostgresServer = request.getfixturevalue("own_postgres")
        monkeypatch.setenv("PATH", f"{server.binaries}{os.pathsep}{os.environ['PATH']}")


def test_backup_of_a_busy_service_has_every_lead_acknowledged_before(
    installation: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    """The promise of a backup; and nobody who submits meanwhile notices it."""
    file = tmp_path / "leads.backup"
    with installation.serving(), Load(installation.port, installation.token, senders=8) as load:
        load.wait_for_acknowledged(200)
        before = acknowledged_leads(list(load.attempts))
        made = installation.run("backup", str(file), "--output", "json")
        load.wait_for_acknowledged(20)
    restored = elsewhere.run("restore", str(file), "--output", "json")

    assert made.returncode == 0, made.stderr
    assert restored.returncode == 0, restored.stderr
    stored = audit.read(elsewhere.database_url)
    ids = {lead.caller: {str(lead.id)} for lead in stored.leads}
    assert {caller: ids.get(caller) for caller in before} == before
    assert json.loads(made.stdout)["rows"]["leads"] == len(stored.leads)
    assert json.loads(restored.stdout)["rows"]["submissions"] == len(stored.submissions)
    assert {attempt.status for attempt in load.attempts if attempt.answer} == {200}
    assert file.stat().st_mode & 0o777 == 0o600
    with elsewhere.serving(), Load(elsewhere.port, elsewhere.token, senders=1, beginning=50_000) as load:
        load.wait_for_acknowledged(1)


def test_nothing_of_an_erased_caller_is_left_in_the_database_s_own_files(
    installation: Installation, tmp_path: Path
) -> None:
    """Freed pages hold what was deleted until somebody writes over it; an erasure must not wait for that."""
    with installation.serving(), Load(installation.port, installation.token, senders=8) as load:
        load.wait_for_acknowledged(100)
        for _ in range(2):
            _submit_ada(installation)
        load.wait_for_acknowledged(100)
        submitted = _traces(installation, tmp_path / "before.backup")
        erased = installation.run("caller-erase", "--yes", ADA, "--output", "json")
        left = _traces(installation, tmp_path / "after.backup")
        load.wait_for_acknowledged(20)

    assert submitted == set(TRACES)
    assert erased.returncode == 0, erased.stderr
    assert left == set()
    ids = {lead.caller: {str(lead.id)} for lead in audit.read(installation.database_url).leads}
    assert ids == acknowledged_leads(load.attempts)


def test_restore_brings_nobody_back_who_was_erased(
    installation: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    """The journal outlives the database: an old backup has the person in it, and is put right before it serves."""
    file = tmp_path / "leads.backup"
    _submit_ada(installation)
    assert installation.run("caller-opt-out", ADA).returncode == 0
    assert installation.run("backup", str(file)).returncode == 0
    assert installation.run("caller-erase", "--yes", ADA).returncode == 0
    elsewhere.data_dir.mkdir()
    shutil.copy(installation.data_dir / "erasures.journal", elsewhere.data_dir)

    restored = elsewhere.run("restore", str(file), "--output", "json")

    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["erasures"] == 1
    assert _traces(elsewhere, tmp_path / "restored.backup") == set()
    again = elsewhere.run("submit", "--schedule", "1", ADA)
    assert (again.returncode, "opted out" in again.stderr) == (1, True)


def test_database_in_use_is_never_replaced(installation: Installation, tmp_path: Path) -> None:
    """Not even by force: the server would go on writing into what is no longer there."""
    file = tmp_path / "leads.backup"
    assert installation.run("backup", str(file)).returncode == 0
    with installation.serving(), Load(installation.port, installation.token, senders=1) as load:
        load.wait_for_acknowledged(5)
        refused = installation.run("restore", "--force", str(file))
        load.wait_for_acknowledged(5)

    assert (refused.returncode, "in use" in refused.stderr) == (1, True)
    audit.check_promises(installation.database_url, load.attempts)


def test_database_with_something_in_it_is_replaced_by_force_only(
    installation: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "leads.backup"
    _submit_ada(installation)
    assert installation.run("backup", str(file)).returncode == 0
    assert elsewhere.run("init", "--company", "Another").returncode == 0

    refused = elsewhere.run("restore", str(file))
    forced = elsewhere.run("restore", "--force", str(file))

    assert (refused.returncode, "not empty" in refused.stderr) == (1, True)
    assert forced.returncode == 0, forced.stderr
    assert [lead.caller for lead in audit.read(elsewhere.database_url).leads] == [ADA]


def test_backup_of_another_installation_s_key_is_refused(
    installation: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    """Its lead tokens would all be dead: better said before the database is replaced than by the senders."""
    file = tmp_path / "leads.backup"
    assert installation.run("backup", str(file)).returncode == 0

    other = replace(elsewhere, secret_key="another secret key, which opens nothing here")
    refused = other.run("restore", str(file))

    assert (refused.returncode, "LEADINTAKE_SECRET_KEY" in refused.stderr) == (1, True)
    assert elsewhere.run("restore", str(file)).returncode == 0


def _submit_ada(installation: Installation) -> None:
    submitted = installation.run("submit", "--schedule", "1", ADA, f"email={EMAIL}", f"wish={WISH}")
    assert submitted.returncode == 0, submitted.stderr


def _traces(installation: Installation, file: Path) -> set[str]:
    """Return what of Ada is in the bytes of the database (SQLite) and of a backup of it."""
    made = installation.run("backup", str(file))
    assert made.returncode == 0, made.stderr
    if installation.is_sqlite:
        place = Path(installation.database_url.removeprefix("sqlite:///"))
        content = b"".join(each.read_bytes() for each in place.parent.glob(f"{place.name}*")) + file.read_bytes()
    else:
        content = subprocess.run(["pg_restore", "--file=-", str(file)], capture_output=True, check=True).stdout  # noqa: S607 - the fixture's
    return {trace for trace in TRACES if trace.encode() in content}
