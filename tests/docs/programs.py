"""What runs the documents' examples: shells, and the languages that senders write in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.docs.curl import BASE_URL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.docs.documents import Document, Fence

SOURCE = Path(__file__).resolve().parents[2] / "src"
DATABASE = "postgresql://leadintake:secret@db.example.com/leadintake"

_END_OF_A_BLOCK = "\x1e"
_PATIENCE_SECONDS = 280

# The first that a block matches is why no test runs it; one that matches none has to be run, in a fence called `bash`.
NOT_RUN: Sequence[tuple[str, str]] = (
    (r"^make ", "a chore of the repository, which guards itself by it"),
    (r"^\.venv/bin/python -m tests", "changes the documents that are being tested"),
    (r"^sudo ", "changes the machine that it runs on"),
    (r"^docker |^printf .*\.env$", "there is no container engine where the tests run"),
    (r"^(createuser|PGOPTIONS)", "PostgreSQL's own programs against a server of one's own"),
    (r"^gunicorn ", "runs until it is stopped; tests/integration/server serves the same application"),
    (r"^leadintake serve", "runs until it is stopped; tests/integration/cli/test_serve_in_memory.py runs it"),
    (r"^\d+ \d+ \* \* \*", "a line for cron"),
    (r"^export (LEAD_TOKEN|API_KEY)=\S+\.\.\.", "a credential of the reader's own, which the tests set"),
    (r"^export LEADINTAKE_DATA_DIR=|\bvar/secret_key", "the folder of `make run`, which the tests do not touch"),
    (r"--head \d", "holds a head that was noted from another installation"),
    (r"^LEADINTAKE_\w+=\S+$", "lines of a file of settings"),
    (r"YOUR_TOKEN", "a credential of the reader's own stands in it"),
)


def reason_not_to_run(block: str) -> str | None:
    """Return why no test runs a block, or None."""
    return next((why for pattern, why in NOT_RUN if re.search(pattern, block, re.MULTILINE)), None)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An installation with the demo company that is served, and what a reader has set."""

    url: str
    environ: Mapping[str, str]
    folder: Path


def blocks_of(document: Document) -> list[tuple[Fence, Fence | None]]:
    """Return the blocks of a document that are run, each with the answer that is shown behind it, or None."""
    following = dict(zip(document.fences, (*document.fences[1:], None), strict=True))
    return [
        (fence, shown if (shown := following[fence]) and shown.language in {"json", "text"} else None)
        for fence in document.fences
        if fence.language == "bash"
    ]


def run_session(blocks: Sequence[Fence], here: Installed) -> Iterator[str]:
    """Run blocks one after the other in one shell, as a reader pastes them, and yield what each prints.

    Raises: AssertionError: a command failed, and what it said.
    """
    leadintake = f'leadintake() {{ "{sys.executable}" -m leadintake "$@"; }}\nset -e\n'
    # curl says what it is doing only when that goes wrong.
    silent = 'curl() { command curl --silent --show-error "$@"; }\n'
    script = leadintake + silent + "".join(f"{block.text}printf '%b' '\\036'\n" for block in blocks)
    done = subprocess.run(
        ["bash", "-c", script.replace(BASE_URL, here.url)],  # noqa: S607  the reader's own
        cwd=here.folder,
        env=dict(here.environ),
        check=False,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )
    printed = done.stdout.split(_END_OF_A_BLOCK)
    assert done.returncode == 0, f"after {len(printed) - 1} of {len(blocks)} blocks:\n{done.stdout}\n{done.stderr}"
    yield from printed


def run_program(fence: Fence, url: str, folder: Path, *, lead_token: str) -> str:
    """Run a program in the language that its fence says, and return what it prints.

    Raises: AssertionError: it failed. LookupError: its interpreter is not on this machine.
    """
    interpreter, suffix = {
        "python": (sys.executable, ".py"),
        "js": (shutil.which("node"), ".mjs"),
        "php": (shutil.which("php"), ".php"),
    }[fence.language]
    if interpreter is None:
        raise LookupError(f"there is no interpreter of {fence.language} here")
    path = folder / f"example{suffix}"
    path.write_text(fence.text.replace(BASE_URL, url), encoding="utf-8")
    environ = os.environ | {"LEAD_TOKEN": lead_token, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [interpreter, str(path)],
        cwd=folder,
        env=environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def is_test(fence: Fence) -> bool:
    """Say whether a block of Python is for pytest."""
    return fence.language == "python" and "\ndef test_" in fence.text


def last_document(printed: str) -> Any:  # noqa: ANN401  any JSON
    """Return the JSON that stands in the last line that was printed."""
    return json.loads(printed.strip().splitlines()[-1])
