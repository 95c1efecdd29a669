"""What is printed can be copied and parsed, whatever it holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from leadintake.entrypoints.cli.output import print_json, print_pairs, print_table, warn

if TYPE_CHECKING:
    import pytest


def test_json_carries_instants_identifiers_and_mappings(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"at": datetime(2026, 3, 1, tzinfo=UTC), "id": UUID(int=1), "of": MappingProxyType({"a": 1})})

    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-03-01T00:00:00Z",
        "id": "00000000-0000-0000-0000-000000000001",
        "of": {"a": 1},
    }


def test_names_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Square brackets and colons are markup and emoji to the library underneath."""
    print_table(("Name",), [("[red]Solar[/red] :sun:",)])
    print_pairs([("Name", "[b]x[/b]")])

    assert capsys.readouterr().out == "Name\n[red]Solar[/red] :sun:\nName  [b]x[/b]\n"


def test_name_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("Name",), [("Solar\x1b[2J",)])
    print_pairs([("Name", "Solar\x1b]0;owned\x07")])
    warn("Solar\x1b[2J")

    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err


def test_without_a_terminal_nothing_is_folded(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that reads the lines must find each whole."""
    print_table(("Name", "Meaning"), [("x", "word " * 100)])

    assert len(capsys.readouterr().out.splitlines()) == 2


def test_missing_value_is_shown_as_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_pairs([("Offer", None)])

    assert capsys.readouterr().out == "Offer\n"
