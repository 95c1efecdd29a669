"""Every command while the database is away: it says so and what to do, and never calls it our bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from leadintake.entrypoints.cli import main

from tests.integration.faults.locking import locked_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.faults.installations import Installation

DONE, REFUSED, BAD_USAGE = 0, 1, 2
CALLER = "+18004506787"
# A few that must be among those that ask the database; commands that come later need not be added.
ASK_THE_DATABASE = {
    ("init",),
    ("migrate",),
    ("serve",),
    ("submit",),
    ("doctor",),
    ("caller-opt-out",),
    ("caller-show",),
    ("leads", "list"),
    ("leads", "show"),
    ("schedule", "create"),
    ("offer", "list"),
    ("source", "create"),
    ("submissions", "list"),
}
WHAT_TO_DO = (
    "the database does not answer; start the database, or correct LEADINTAKE_DATABASE_URL",
    "cannot reach its database just now; try again in a few seconds. What is wrong, `leadintake doctor` may tell",
    "-> start the database, or correct LEADINTAKE_DATABASE_URL",
)
A_VALUE_FOR = {"integer": "1", "integer range": "1", "uuid": "01234567-89ab-7def-8123-456789abcdef"}


def commands(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command that does something, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))
        else:
            yield (*above, name), command


def arguments_of(command: click.Command) -> list[str]:
    """Return what the command cannot do without."""
    given: list[str] = []
    for parameter in command.params:
        is_wanted = parameter.required or isinstance(parameter, click.Argument)
        if is_wanted and isinstance(parameter, click.Option):
            given.append(parameter.opts[0])
        if is_wanted:
            given.append(_value_of(parameter))
    return given


def _value_of(parameter: click.Parameter) -> str:
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    if "caller" in str(parameter.name) or "number" in str(parameter.name):
        return CALLER
    if "lead_id" in str(parameter.name):
        return A_VALUE_FOR["uuid"]
    return A_VALUE_FOR.get(parameter.type.name, "1")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Settings that name a database where there is none."""
    return {
        "LEADINTAKE_DATA_DIR": str(tmp_path / "data"),
        "LEADINTAKE_DATABASE_URL": f"postgresql://leads@/leads?host={tmp_path}",
        "LEADINTAKE_SECRET_KEY": "a-secret-key-that-opens-nothing-else-0123456789",
        "LEADINTAKE_LEAD_TOKEN": "lt_0123456789ABCDEFGHIJKLMNOPQRST_0Sm4vN",
    }


def test_every_command_says_what_to_do_while_the_database_is_away(environ: dict[str, str]) -> None:
    """Whoever is told "internal error" looks for the fault in the wrong place; scripts go by the status."""
    told = set()
    for name, command in commands(main):
        result = CliRunner(env=environ).invoke(main, [*name, *arguments_of(command)], prog_name="leadintake")

        assert result.exit_code in {DONE, REFUSED, BAD_USAGE}, (name, result.output, result.exception)
        assert "Traceback" not in result.output
        if any(what_to_do in result.output for what_to_do in WHAT_TO_DO):
            assert result.exit_code == REFUSED, name
            told.add(name)

    assert told >= ASK_THE_DATABASE


def test_command_that_meets_a_locked_database_says_how_far_it_came(installation: Installation) -> None:
    """A backup may hold everybody up for a while; whoever started a file of thousands must know what to do."""
    environ = {**installation.environ, "LEADINTAKE_DATABASE_TIMEOUT_SECONDS": "0.5"}
    order = ["caller-opt-out", CALLER]
    with locked_out(installation):
        held_up = CliRunner(env=environ).invoke(main, order, prog_name="leadintake")
    again = CliRunner(env=environ).invoke(main, order, prog_name="leadintake")

    assert held_up.exit_code == REFUSED
    assert "It was broken off there. Do it again: what is done already is left as it is." in held_up.output
    assert WHAT_TO_DO[1] in held_up.output
    assert again.exit_code == DONE, again.output


def test_import_that_meets_a_locked_database_says_how_far_it_came(installation: Installation, tmp_path: Path) -> None:
    environ = {**installation.environ, "LEADINTAKE_DATABASE_TIMEOUT_SECONDS": "0.5"}
    file = tmp_path / "calls.csv"
    file.write_text(f"external_id,caller_id\nCA17,{CALLER}\n")
    order = ["call", "import", str(file)]
    with locked_out(installation):
        held_up = CliRunner(env=environ).invoke(main, order, prog_name="leadintake")
    again = CliRunner(env=environ).invoke(main, order, prog_name="leadintake")

    assert held_up.exit_code == REFUSED
    assert "It was broken off there. Import it again" in held_up.output
    assert WHAT_TO_DO[1] in held_up.output
    assert again.exit_code == DONE, again.output
