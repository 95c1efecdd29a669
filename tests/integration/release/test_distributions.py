"""What is released: the same bytes each time, and enough to install, run and test with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from leadintake import __version__

from tests.docs.documents import document

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
CONSUMERS = ROOT / "tests" / "integration" / "consumers"
WHEEL = f"leadintake-{__version__}-py3-none-any.whl"
SDIST = f"leadintake-{__version__}.tar.gz"
# pytest and what it needs; everything else is the product's own.
OF_PYTEST = {"iniconfig", "packaging", "pluggy", "pytest"}
INI = """
[pytest]
pythonpath = .
addopts = --import-mode=importlib --strict-markers
markers = xdist_group
filterwarnings = error
"""
_BLOCK = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==.*?(?=^\S|\Z)", re.DOTALL | re.MULTILINE)

# One worker: an environment is made once, which takes the better part of a minute.
pytestmark = [pytest.mark.xdist_group("release"), pytest.mark.timeout(900)]


def build(root: Path, to: Path, *, umask: int = 0o022) -> Path:
    """Build what is released from a source tree, and return the folder."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(to), "--target", "sdist", "--target", "wheel"],
        cwd=root,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1767225600"},
        umask=umask,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return to


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


class Environment:
    """A virtual environment that knows nothing of the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._uv = shutil.which("uv")
        subprocess.run([sys.executable, "-m", "venv", *(["--without-pip"] if self._uv else []), folder], check=True)

    def install(self, *arguments: str | Path) -> None:
        """Install with uv where it is, else with the environment's own pip."""
        self._pip("install", "--quiet", *arguments)

    def check(self) -> None:
        """Insist that everything that is installed has what it needs."""
        self._pip("check")

    def run(self, *command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment, which fails if the command does."""
        return self._run(self.folder / "bin" / command[0], *command[1:], cwd=cwd, env=self.variables(variables))

    def variables(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return the environment variables that a command is started with."""
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(("LEADINTAKE_", "PYTHON"))}
        return inherited | {"PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"} | dict(more)

    def _pip(self, subcommand: str, *arguments: str | Path) -> None:
        python = self.folder / "bin" / "python"
        if self._uv:
            self._run(self._uv, "pip", subcommand, "--python", python, *arguments)
        else:
            self._run(python, "-m", "pip", subcommand, *arguments)

    def _run(self, *command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
        words = [str(word) for word in command]
        done = subprocess.run(words, check=False, capture_output=True, text=True, **options)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture(scope="module")
def environment(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the wheel beside nothing but its declared dependencies."""
    environment = Environment(tmp_path_factory.mktemp("environment"))
    environment.install("--require-hashes", "--requirement", ROOT / "requirements" / "run.txt")
    environment.install("--no-deps", released / WHEEL)
    environment.check()
    return environment


def test_same_tree_makes_the_same_bytes(released: Path, tmp_path: Path) -> None:
    """Whoever has the source can tell that what was released was made of it and of nothing else."""
    again = build(ROOT, tmp_path / "dist", umask=0o077)

    for name in (WHEEL, SDIST):
        assert (again / name).read_bytes() == (released / name).read_bytes(), name


def test_sdist_makes_the_same_wheel(released: Path, tmp_path: Path) -> None:
    with tarfile.open(released / SDIST) as archive:
        archive.extractall(tmp_path, filter="data")

    again = build(tmp_path / SDIST.removesuffix(".tar.gz"), tmp_path / "dist")

    assert (again / WHEEL).read_bytes() == (released / WHEEL).read_bytes()


def test_wheel_holds_the_package_and_nothing_else(released: Path) -> None:
    with zipfile.ZipFile(released / WHEEL) as wheel:
        names = wheel.namelist()
        entry_points = wheel.read(f"leadintake-{__version__}.dist-info/entry_points.txt").decode()

    tops = {name.partition("/")[0] for name in names}
    assert tops == {"leadintake", f"leadintake-{__version__}.dist-info"}
    assert {"leadintake/py.typed", "leadintake/adapters/sql/migrations/env.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]
    assert "[pytest11]\nleadintake = leadintake.pytest_plugin" in entry_points


def test_version_stands_in_one_place(environment: Environment, tmp_path: Path) -> None:
    assert environment.run("leadintake", "--version", cwd=tmp_path).stdout == f"leadintake {__version__}\n"
    assert "version" not in re.findall(r"^(\w+) =", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)


def test_first_steps_of_the_readme_work_as_installed(environment: Environment, tmp_path: Path) -> None:
    """With nothing but the wheel and what it declares: a demo company, a server, and the two posts."""
    here = {"LEADINTAKE_DATA_DIR": str(tmp_path / "data")}
    founded = json.loads(
        environment.run("leadintake", "init", "--demo", "--output", "json", cwd=tmp_path, **here).stdout
    )
    command = [str(environment.folder / "bin" / "leadintake"), "serve", "--port", "0", "--output", "json"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment.variables(here), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            posts = [
                fence.text.replace("http://127.0.0.1:8000", url)
                for fence in document("README.md").fences
                if fence.text.startswith("curl ")
            ]

            answers = [
                json.loads(
                    subprocess.run(
                        ["sh", "-c", post],  # noqa: S607  the reader's own
                        check=True,
                        capture_output=True,
                        env=environment.variables({"LEAD_TOKEN": founded["schedule"]["lead_token"]}),
                    ).stdout
                )
                for post in posts
            ]
        finally:
            server.terminate()
            status = server.wait(60)

    assert [answer.get("outcome", answer.get("code")) for answer in answers] == [
        "created",
        "updated",
        "invalid_caller_id",
    ]
    assert answers[0]["lead"]["tokens"] == {"email": "john@example.com", "interest": "kittens"}
    assert status == 0


def test_somebody_else_s_suite_runs_with_the_plugin(environment: Environment, tmp_path: Path) -> None:
    """The publisher's suite, copied to where nothing of the repository is, against memory and an installation."""
    suite = tmp_path / "tests" / "integration" / "consumers"
    suite.mkdir(parents=True)
    for path in CONSUMERS.glob("*.py"):
        shutil.copy(path, suite)
    (tmp_path / "pytest.ini").write_text(INI)
    wanted = (ROOT / "requirements" / "test.txt").read_text(encoding="utf-8")
    blocks = {found[1]: found[0] for found in _BLOCK.finditer(wanted)}
    (tmp_path / "pytest.txt").write_text("".join(blocks[name] for name in sorted(OF_PYTEST)))
    environment.install("--require-hashes", "--no-deps", "--requirement", tmp_path / "pytest.txt")
    environment.check()

    done = environment.run("python", "-m", "pytest", "-q", "-k", "not postgres", cwd=tmp_path)

    [passed] = re.findall(r"^(\d+) passed, \d+ deselected", done.stdout, re.MULTILINE)
    assert int(passed) >= 20
