"""The tab key: scripts for shells, and what they complete."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.documents import SOURCE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.conftest import Installation

_COMPLETE = """
eval "$(leadintake completion bash)"
complete -p leadintake >/dev/null
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_leadintake_completion leadintake
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(folder: Path, words: str) -> list[str]:
    """Return what bash offers after these words once it has sourced our script."""
    script = folder / "leadintake"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m leadintake "$@"\n')
    script.chmod(0o755)
    environ = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(SOURCE.parent)}
    done = subprocess.run(
        [str(shutil.which("bash")), "--norc", "-ec", _COMPLETE.format(words=words)],
        check=False,
        capture_output=True,
        text=True,
        env=environ,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("leadintake sched", ["schedule"]),
        ("leadintake suppression-list re", ["release", "remove"]),
        ("leadintake schedule update 1 --duplicate-s", ["--duplicate-scope"]),
        ("leadintake schedule update 1 --duplicate-scope c", ["company"]),
        ("leadintake schedule create x --action w", ["wait", "webhook"]),
        ("leadintake contact-field add x --type b", ["boolean"]),
        ("leadintake contact-field add x --pattern us", ["us_zip"]),
        ("leadintake leads list --status li", ["live"]),
        ("leadintake completion f", ["fish"]),
    ],
)
def test_bash_completes(tmp_path: Path, words: str, offered: list[str]) -> None:
    assert completed(tmp_path, words) == offered


@pytest.mark.parametrize(
    ("shell", "part"), [("bash", "complete -o"), ("zsh", "#compdef leadintake"), ("fish", "complete ")]
)
def test_every_shell_has_a_script(bare: Installation, shell: str, part: str) -> None:
    result = bare.run("completion", shell)

    assert (result.exit_code, result.stderr) == (0, "")
    assert part in result.stdout
    assert "_LEADINTAKE_COMPLETE" in result.stdout


def test_other_shells_are_bad_usage(bare: Installation) -> None:
    assert bare.run("completion", "powershell").exit_code == 2
