"""docs/cli.md can be followed: its session runs, and every example is one that the commands understand."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from leadintake.entrypoints.cli import exit_statuses

from tests.docs.documents import SOURCE, document
from tests.docs.generated import commands

if TYPE_CHECKING:
    from pathlib import Path

CLI = document("docs/cli.md")
_HERE = 'leadintake() { "$PYTHON" -m leadintake "$@"; }\nset -e\n'
EXAMPLES = [
    line
    for fence in CLI.fences
    if fence.language == "sh"
    for line in fence.text.splitlines()
    if re.search(r"(?:^|\s)leadintake ", line)
]


def test_first_session_succeeds(tmp_path: Path) -> None:
    [session] = [fence.text for fence in CLI.fences if fence.language == "bash"]
    environ = {name: text for name, text in os.environ.items() if not name.startswith("LEADINTAKE_")}
    environ |= {
        "PYTHON": sys.executable,
        "PYTHONPATH": str(SOURCE.parent),
        "LEADINTAKE_DATA_DIR": str(tmp_path / "var"),
    }

    done = subprocess.run(  # noqa: S602  the session is ours, and a reader's shell reads it too
        _HERE + session,
        shell=True,
        check=False,
        capture_output=True,
        text=True,
        env=environ,
    )

    assert done.returncode == 0, done.stderr
    assert "+18004506787" in done.stdout
    assert "All is fine." in done.stdout


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_understood(example: str) -> None:
    """Only the options are read: what they would do is for the commands' own tests."""
    words = shlex.split(re.split(r" [|<]| \|\| ", example)[0])
    words = words[words.index("leadintake") :]

    path, command = next((path, command) for path, command in commands() if words[: len(path.split())] == path.split())
    context = command.make_context(path, words[len(path.split()) :], resilient_parsing=True)
    assert context.args == []


def test_every_exit_status_is_documented() -> None:
    constants = {value for name, value in vars(exit_statuses).items() if name.isupper() and isinstance(value, int)}

    assert {int(row[0]) for row in CLI.table("What holds for every command")} == constants
