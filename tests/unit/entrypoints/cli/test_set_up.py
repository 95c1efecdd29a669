"""What is wrong with a field is told of the option that sets it."""

from __future__ import annotations

import click

from leadintake.entrypoints.cli.set_up import option_of


def test_field_without_an_option_keeps_its_own_name() -> None:
    """A message that names nothing would be worse than one that names a field of the API."""
    command = click.Command("create", params=[click.Option(["--action", "actions"]), click.Argument(["name"])])

    with click.Context(command):
        names = [option_of(field) for field in ("actions.0.kind", "name", "body", "other.1")]

    assert names == ["--action 1 kind", "NAME", "body", "other.1"]
