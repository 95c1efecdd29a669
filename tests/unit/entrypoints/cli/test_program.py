"""Whatever ends a command becomes an exit status and a sentence."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from leadintake.config import SettingsError
from leadintake.domain import errors
from leadintake.domain.errors import Refusal
from leadintake.entrypoints.cli import main
from leadintake.entrypoints.cli.exit_statuses import status_of
from leadintake.entrypoints.cli.program import Failed, Program

from tests.support.apps import UNKNOWN_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result


def ended_by(error: BaseException | int | None, *, env: dict[str, str] | None = None) -> Result:
    """Run a command that ends so."""

    @click.group(cls=Program)
    def program() -> None: ...

    @program.command()
    def end() -> int | None:
        if isinstance(error, BaseException):
            raise error
        return error

    return CliRunner(env={"LEADINTAKE_LOG_LEVEL": None, **(env or {})}).invoke(program, ["end"])


def every_kind(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    yield kind
    for child in kind.__subclasses__():
        yield from every_kind(child)


@pytest.mark.parametrize("kind", list(every_kind()))
def test_every_refusal_has_an_exit_status(kind: type[Refusal]) -> None:
    result = ended_by(kind())

    assert result.exit_code == (2 if issubclass(kind, errors.Invalid) else 1) == status_of(kind)
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {kind.default_detail}")


def test_refusal_names_each_field_at_fault() -> None:
    refusal = errors.InvalidParameter(errors={"expires_in": ["is not a number"], "test": ["is not yes or no"]})

    assert ended_by(refusal).stderr.splitlines()[1:] == ["  expires_in is not a number", "  test is not yes or no"]


def test_refusal_whose_sentence_says_it_all_is_one_line() -> None:
    assert ended_by(errors.InvalidCallerId()).stderr == "Error: caller_id is not a valid phone number\n"


def test_settings_are_refused_all_at_once() -> None:
    """Mending one to be told of the next is what makes people give up."""
    result = ended_by(SettingsError({"LEADINTAKE_PORT": ("Is no number.",), "LEADINTAKE_HOST": ("Is none.",)}))

    assert result.exit_code == 2
    assert result.stderr.splitlines()[1:] == ["  LEADINTAKE_PORT: Is no number.", "  LEADINTAKE_HOST: Is none."]


@pytest.mark.parametrize(
    ("ended", "status"),
    [(None, 0), (0, 0), (1, 1), (Failed("no."), 1), (click.UsageError("so not."), 2), (KeyboardInterrupt(), 130)],
    ids=str,
)
def test_exit_status_is_what_the_command_says(ended: BaseException | int | None, status: int) -> None:
    assert ended_by(ended).exit_code == status


def test_ctrl_c_is_quiet() -> None:
    assert ended_by(KeyboardInterrupt()).output.strip() == ""


def test_our_bug_is_owned_up_to_without_its_text() -> None:
    """The text of an exception may quote what was submitted."""
    result = ended_by(LookupError("+12025550143"))

    assert result.exit_code == 70
    assert result.stderr == "Error: internal error. LEADINTAKE_LOG_LEVEL=debug shows where it happened.\n"


def test_our_bug_shows_where_it_happened_to_who_asks_but_no_credential() -> None:
    result = ended_by(LookupError(f"cannot find {UNKNOWN_TOKEN}"), env={"LEADINTAKE_LOG_LEVEL": "debug"})

    assert result.exit_code == 70
    assert "test_program.py" in result.stderr
    assert "LookupError: cannot find [redacted]" in result.stderr
    assert UNKNOWN_TOKEN not in result.stderr


def test_version_is_told() -> None:
    result = CliRunner().invoke(main, ["--version"])

    assert (result.exit_code, result.stdout.split()[0]) == (0, "leadintake")


def test_output_may_go_to_a_text_in_memory() -> None:
    """Programs that run the command line inside themselves read it so."""
    text = StringIO()
    with redirect_stdout(text), pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert (ended.value.code, text.getvalue().split()[0]) == (0, "leadintake")


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_help_teaches_by_example(path: tuple[str, ...]) -> None:
    """People copy a line that works sooner than they read a list of options."""
    result = CliRunner().invoke(main, [*path, "--help"])

    assert result.exit_code == 0
    assert f"leadintake {' '.join(path)}" in result.stdout or "Commands:" in result.stdout
    assert "\b" not in result.stdout


@pytest.mark.parametrize(
    "path", [path for path in commands() if path not in {("serve",), ("completion",)}], ids=" ".join
)
def test_every_command_that_prints_a_result_prints_it_for_programs_too(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])

    assert re.search(r"--output \[table\|json(\|csv)?\]", result.stdout) or "Commands:" in result.stdout


def test_unknown_command_is_bad_usage() -> None:
    result = CliRunner().invoke(main, ["enrol"])

    assert result.exit_code == 2
    assert "No such command" in result.stderr
