"""What the documents tell a reader to type does what they say: on a real installation, with a real shell.

A fence called `bash` is run, all of a document in order. One called `sh` is not; tests/docs/test_not_run.py says why.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.documents import documents
from tests.docs.programs import (
    DATABASE,
    SOURCE,
    Installed,
    blocks_of,
    is_test,
    last_document,
    run_program,
    run_session,
)
from tests.docs.test_examples import differences, is_curl, is_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadintake.testing import ServedLeadintake

    from tests.docs.documents import Document, Fence

DOCUMENTS = list(documents())
# Its session is run by its own test.
COMMANDS = "docs/cli.md"
OF_POSTGRESQL = "docs/how-to/postgresql.md"
ON_POSTGRESQL = pytest.mark.xdist_group("postgres_documents")
SESSIONS = [
    pytest.param(one, id=one.name, marks=ON_POSTGRESQL if one.name == OF_POSTGRESQL else ())
    for one in DOCUMENTS
    if one.name != COMMANDS and is_session(one)
]
PROGRAMS = ("python", "js", "php")


def fences(*languages: str, for_pytest: bool = False) -> list[Any]:
    return [
        pytest.param(one, fence, id=f"{one.name}:{fence.line}")
        for one in DOCUMENTS
        for fence in one.fences
        if fence.language in languages and is_test(fence) is for_pytest
    ]


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Callable[..., Installed]]:
    """Install as a reader has it after the first steps; with a server, unless the document brings its own database."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("LEADINTAKE_")}
    environ = inherited | {"PYTHONPATH": str(SOURCE), "LEADINTAKE_DATA_DIR": str(tmp_path / "data")}
    leadintake = [sys.executable, "-m", "leadintake"]
    servers: list[subprocess.Popen[str]] = []

    def install(*, is_served: bool) -> Installed:
        if not is_served:
            return Installed(url="", environ=environ, folder=tmp_path)
        init = subprocess.run(
            [*leadintake, "init", "--demo", "--output", "json"], env=environ, check=True, capture_output=True, text=True
        )
        founded = json.loads(init.stdout)
        serve = [*leadintake, "serve", "--port", "0", "--output", "json"]
        server = subprocess.Popen(serve, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        servers.append(server)
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        credentials = {
            "LEAD_TOKEN": founded["schedule"]["lead_token"],
            "API_KEY": f"{founded['api_key']['public']}:{founded['api_key']['private']}",
        }
        return Installed(url=ready["url"], environ=environ | credentials, folder=tmp_path)

    yield install
    for server in servers:
        with server:
            server.terminate()


# Dozens of commands, each a process, on a machine that may be busy.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("one", SESSIONS)
def test_session_runs_as_written(
    one: Document, installed: Callable[..., Installed], request: pytest.FixtureRequest
) -> None:
    is_served = one.name != OF_POSTGRESQL
    here = installed(is_served=is_served)
    blocks = blocks_of(one)
    to_run = [fence for fence, _ in blocks]
    if not is_served:
        url = request.getfixturevalue("postgres_url").replace("postgresql+psycopg", "postgresql")
        to_run = [replaced(fence, DATABASE, url) for fence in to_run]

    for (fence, shown), printed in zip(blocks, run_session(to_run, here), strict=False):
        if shown is None or not is_curl(fence):
            continue
        answered = last_document(printed)
        assert differences(json.loads(shown.text), answered) == [], f"{one.name}:{shown.line}"


def replaced(fence: Fence, old: str, new: str) -> Fence:
    return replace(fence, text=fence.text.replace(old, new))


@pytest.mark.parametrize(("one", "fence"), fences(*PROGRAMS))
def test_program_prints_what_is_shown(
    one: Document, fence: Fence, leadintake_server: ServedLeadintake, tmp_path: Path
) -> None:
    try:
        printed = run_program(fence, leadintake_server.url, tmp_path, lead_token=leadintake_server.lead_token)
    except LookupError as missing:
        pytest.skip(str(missing))

    following = one.fences[one.fences.index(fence) + 1 :]
    if following and following[0].language == "text":
        assert printed == following[0].text


@pytest.mark.parametrize(("one", "fence"), fences("python", for_pytest=True))
def test_tests_of_the_documents_pass(one: Document, fence: Fence, tmp_path: Path) -> None:
    (tmp_path / "test_of_the_reader.py").write_text(fence.text, encoding="utf-8")
    environ = os.environ | {"PYTHONPATH": str(SOURCE)}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-W", "error", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env=environ,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, f"{one.name}:{fence.line}\n{done.stdout}"
    assert f"{fence.text.count('def test_')} passed" in done.stdout


@pytest.mark.parametrize(("one", "fence"), fences("nginx"))
def test_nginx_takes_its_configuration(one: Document, fence: Fence, tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("not run: there is no nginx here to ask")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = f"-keyout {key} -out {certificate}"
    subprocess.run(
        f"openssl req -x509 -nodes -newkey rsa:2048 -subj /CN=leads.example.com {made}".split(),
        check=True,
        capture_output=True,
    )
    text = fence.text.replace("/var/log/nginx", str(tmp_path))
    text = re.sub("# ssl_certificate, .*", f"ssl_certificate {certificate}; ssl_certificate_key {key};", text)
    configuration = tmp_path / "nginx.conf"
    # Somebody who is not root, or has only unpacked it, has no place of nginx's own to write to.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in kinds)
    head = f"pid {tmp_path}/pid;\nerror_log {tmp_path}/errors;\nevents {{}}\n"
    configuration.write_text(f"{head}http {{\n{places}{text}}}\n")

    done = subprocess.run(
        [nginx, "-t", "-c", configuration, "-p", tmp_path], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, f"{one.name}:{fence.line}: {done.stderr}"
