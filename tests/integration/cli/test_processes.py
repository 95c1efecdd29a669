"""The command line as a process of its own: started, piped, interrupted, stopped."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shlex
import signal
import struct
import subprocess
import sys
import termios
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.servers import ROOT, RunningServer, free_port, is_running, python_command, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.integration.cli.conftest import Installation

KITTENS = "+18004506787"
RED = "\x1b[31m"
NEEDED_BY_NO_HELP = {
    "alembic",
    "argon2",
    "cryptography",
    "email_validator",
    "environs",
    "flask",
    "granian",
    "marshmallow",
    "orjson",
    "phonenumbers",
    "psycopg",
    "rich",
    "sqlalchemy",
    "structlog",
    "werkzeug",
}


def environ(installation: Installation, **env: str) -> dict[str, str]:
    return os.environ | installation.environ | {"PYTHONPATH": str(ROOT / "src")} | env


def run(installation: Installation, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        python_command("leadintake", *arguments),
        env=environ(installation, **env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def post(url: str, body: object = None, **headers: str) -> Mapping[str, Any]:
    data = b"" if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method="POST")  # noqa: S310  our own server
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  likewise
        assert answer.status == 200
        return dict(json.load(answer))


def ready_at(server: RunningServer) -> str:
    """Wait until the server says that it is ready, and return where; fail with all that it said if it does not."""
    said: list[str] = []

    def has_said() -> bool:
        said[:] = re.findall(r"leadintake takes leads at (http://\S+)\n", server.output())
        return bool(said) or not is_running(server.pid)

    with suppress(AssertionError):
        wait_until(has_said, what="it says that it is ready")
    assert said, server.output()
    return said[0]


def test_first_steps_work_as_they_are_shown(bare: Installation) -> None:
    """Whatever else they read, people try this first: init, serve, paste the command that was printed."""
    port = free_port()
    first = run(bare, "init", "--demo", LEADINTAKE_PORT=str(port))
    assert (first.returncode, first.stderr) == (0, "")
    again = run(bare, "init", "--demo", "--output", "json")
    founded = json.loads(again.stdout)
    pasted = shlex.split(first.stdout[first.stdout.index("curl -X POST") :].partition("\n\n")[0].replace("\\\n", " "))
    token = founded["schedule"]["lead_token"]
    assert pasted[-1].startswith(f"http://127.0.0.1:{port}/api/v1/leads?lead_token={token}&caller_id=+1800")

    command = python_command("leadintake", "serve", "--port", str(port))
    with RunningServer(command, url=f"http://127.0.0.1:{port}", env=bare.environ) as server:
        assert ready_at(server) == server.url
        created = post(pasted[-1])
        updated = post(
            f"{server.url}/api/v1/leads",
            {
                "lead_token": token,
                "caller_id": KITTENS,
                "expires_in": 60,
                "data": {"interest": "kittens", "email": "john@example.com"},
            },
            **{"Content-Type": "application/json"},
        )
        beside = run(bare, "submit", "--schedule", "1", KITTENS)

        assert (created["outcome"], created["lead"]["tokens"]["interest"]) == ("created", "kittens")
        assert (updated["outcome"], updated["lead"]["id"]) == ("updated", created["lead"]["id"])
        assert beside.stdout.startswith(f"updated  {KITTENS}")
        assert server.terminate() == 0, server.output()
        assert token not in server.output()


def test_serve_brings_an_embedded_database_up_to_date_by_itself(bare: Installation) -> None:
    port = free_port()
    command = python_command("leadintake", "serve", "--port", str(port), "--threads", "2")
    with RunningServer(command, url=f"http://127.0.0.1:{port}", env=bare.environ) as server:
        ready_at(server)

        with urllib.request.urlopen(f"{server.url}/readyz", timeout=30) as answer:  # noqa: S310  our own server
            assert json.load(answer)["status"] == "ready"
        assert "there is no company yet; run: leadintake init" in server.output()
        assert server.terminate() == 0


def test_postgresql_is_served_by_several_workers(bare: Installation, postgres_url: str) -> None:
    """The main process has looked at the database before it started them: they must not share its connections."""
    env = {"LEADINTAKE_DATABASE_URL": postgres_url, "LEADINTAKE_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz"}
    token = json.loads(run(bare, "init", "--demo", "--output", "json", **env).stdout)["schedule"]["lead_token"]
    command = python_command("leadintake", "serve", "--port", "0", "--workers", "2", "--threads", "2")
    with RunningServer(command, url="http://127.0.0.1:0", env=bare.environ | env) as server:
        url = ready_at(server)
        outcomes = [post(f"{url}/api/v1/leads?lead_token={token}&caller_id={KITTENS}")["outcome"] for _ in range(8)]

        assert outcomes == ["created", *["updated"] * 7]
        assert server.terminate() == 0, server.output()


def test_port_zero_takes_a_free_one_and_names_it(demo: Installation) -> None:
    with RunningServer(
        python_command("leadintake", "serve", "--port", "0"), url="http://127.0.0.1:0", env=demo.environ
    ) as server:
        url = ready_at(server)

        assert url != server.url
        assert post(f"{url}/api/v1/leads?lead_token={demo.token}&caller_id={KITTENS}")["success"] is True
        assert server.terminate() == 0


def test_help_imports_none_of_the_big_libraries() -> None:
    """It is what people wait for most often, and completion runs it at every press of the tab key."""
    program = (
        "import sys\n"
        "from leadintake.entrypoints.cli import main\n"
        "for path in ['--help'], ['submit', '--help'], ['token', 'show', '--help']:\n"
        "    main(path, prog_name='leadintake', standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    assert "Usage: leadintake" in ended.stdout
    assert NEEDED_BY_NO_HELP & set(ended.stderr.split()) == set()


def test_completion_knows_the_commands(bare: Installation) -> None:
    ended = run(
        bare,
        _LEADINTAKE_COMPLETE="bash_complete",
        COMP_WORDS="leadintake sch",
        COMP_CWORD="1",
    )

    assert ended.stdout == "plain,schedule\n"


def test_ctrl_c_ends_quietly(demo: Installation) -> None:
    def press_ctrl_c(process: subprocess.Popen[bytes], _terminal: int) -> None:
        process.send_signal(signal.SIGINT)

    status, shown = in_terminal(demo, "submit", KITTENS, when_asked=press_ctrl_c)

    assert (status, shown.strip()) == (130, "Lead token:")


@pytest.mark.parametrize("output", ["table", "json"])
def test_reader_that_has_seen_enough_ends_it_quietly(demo: Installation, output: str) -> None:
    """`leadintake settings | head -1` is no reason for a stack trace."""
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        python_command("leadintake", "settings", "--output", output),
        # Unbuffered, the fault would come at the first line; as people run it, it may come only at the very end.
        env=environ(demo, PYTHONUNBUFFERED=""),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (ended.returncode, ended.stderr) == (1, b"")


def in_terminal(
    installation: Installation,
    *arguments: str,
    columns: int = 80,
    when_asked: Callable[[subprocess.Popen[bytes], int], object] | None = None,
    **env: str,
) -> tuple[int, str]:
    """Run in a terminal of that width, and return the exit status and what appears; `when_asked` is called once."""
    # These would count for more than the terminal's own size, and whoever runs the tests may have them set.
    surroundings = environ(installation, TERM="xterm-256color", **env)
    surroundings = {name: text for name, text in surroundings.items() if name not in {"COLUMNS", "LINES"}}
    terminal, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        python_command("leadintake", *arguments),
        env=surroundings,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    ) as process:
        os.close(its)
        shown = b""
        # The terminal ends with an error when the last who has it open is gone.
        with suppress(OSError):
            while piece := os.read(terminal, 4096):
                shown += piece
                if when_asked and shown.endswith(b": "):
                    when_asked(process, terminal)
                    when_asked = None
    os.close(terminal)
    return process.returncode, shown.decode().replace("\r\n", "\n")


def test_lead_token_can_be_copied_from_a_narrow_terminal(demo: Installation) -> None:
    assert demo.token in in_terminal(demo, "token", "show", "--schedule", "1", "--reveal", columns=30)[1]


def test_table_fits_a_narrow_terminal(demo: Installation) -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", in_terminal(demo, "schedule", "list", columns=30)[1])

    assert max(map(len, shown.splitlines())) <= 30


def test_colours_can_be_switched_off(demo: Installation) -> None:
    """Source: no-color.org."""
    _, coloured = in_terminal(demo, "doctor", LEADINTAKE_RATE_LIMITS="off")
    _, plain = in_terminal(demo, "doctor", LEADINTAKE_RATE_LIMITS="off", NO_COLOR="1")

    assert RED in coloured
    assert RED not in plain
    assert "WRONG" in plain


def test_lead_token_is_asked_for_and_not_shown(demo: Installation) -> None:
    def type_it(_process: subprocess.Popen[bytes], terminal: int) -> None:
        os.write(terminal, demo.token.encode() + b"\n")

    status, shown = in_terminal(demo, "submit", KITTENS, when_asked=type_it)

    assert status == 0
    assert "Lead token: " in shown
    assert "created" in shown
    assert demo.token not in shown


def test_name_that_the_terminal_cannot_show_is_no_fault(demo: Installation) -> None:
    western = {"PYTHONIOENCODING": "iso-8859-1"}
    made = run(demo, "init", "--company", "Ήλιος", **western)
    listed = run(demo, "schedule", "list", **western)

    assert (made.returncode, listed.returncode) == (0, 2), made.stderr
    assert r"\u0389\u03bb\u03b9\u03bf\u03c2" in made.stdout
    assert r"\u0389\u03bb\u03b9\u03bf\u03c2" in listed.stderr
