"""`leadintake audit …` and `leadintake doctor --audit`, on both databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import NullPool, create_engine, text

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation

WRONG_HASH = "a" * 64


def submit(installation: Installation, count: int = 3) -> None:
    numbers = [f"+1202555{number:04}" for number in range(143, 143 + count)]
    assert installation.run("submit", "--schedule", "1", *numbers).exit_code == 0


def head_of(installation: Installation) -> dict[str, Any]:
    [head] = installation.json("audit", "head")["heads"]
    return dict(head)


def wrong(installation: Installation, *options: str) -> dict[str, dict[str, Any]]:
    """Return what an audit finds wrong, by check."""
    result = installation.run("doctor", "--audit", *options, "--output", "json")
    document = json.loads(result.stdout)
    found = {finding["check"]: finding for finding in document["findings"] if not finding["ok"]}
    assert (result.exit_code, document["is_fine"]) == ((1, False) if found else (0, True)), result.output
    assert all(finding["mend"] for finding in found.values())
    return found


def change(installation: Installation, statement: str) -> None:
    """Change the database past the product."""
    url = installation.database_url or f"sqlite:///{installation.folder / 'leadintake.db'}"
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text(statement))


def test_what_has_happened_is_sealed_once_and_found_sound(anywhere: Installation) -> None:
    submit(anywhere)

    assert anywhere.json("audit", "seal") == {"sealed": 3}
    assert anywhere.run("audit", "seal", "--from-start").stdout == "0 event(s) sealed.\n"
    assert wrong(anywhere) == {}
    table = anywhere.run("doctor", "--audit").stdout
    assert "3 events in 1 segments" in table
    assert table.endswith("\nAll is fine.\n")


def test_head_is_shown_as_it_is_noted(anywhere: Installation) -> None:
    before = head_of(anywhere)
    submit(anywhere)
    anywhere.run("audit", "seal")

    after = head_of(anywhere)
    assert (before["number"], before["hash"], before["head"], before["sealed_at"]) == (0, None, None, None)
    assert after["head"] == f"1:1:{after['hash']}"
    assert (after["number"], after["events"]) == (1, 3)
    assert after["head"] in anywhere.run("audit", "head", "--company", "1").stdout
    assert wrong(anywhere, "--head", after["head"]) == {}


def test_changed_event_is_found(anywhere: Installation) -> None:
    submit(anywhere)
    anywhere.run("audit", "seal")

    change(anywhere, "UPDATE events SET kind = 'lead.removed' WHERE caller = '+12025550144'")

    assert list(wrong(anywhere)) == ["event_changed"]
    shown = anywhere.run("doctor", "--audit").stdout
    assert "company 1: event " in shown
    assert "-> compare with a backup" in shown
    assert "+1202" not in shown


def test_chain_that_ends_before_the_noted_head_is_found(anywhere: Installation) -> None:
    submit(anywhere)
    anywhere.run("audit", "seal")

    assert list(wrong(anywhere, "--head", f"1:7:{WRONG_HASH}")) == ["segment_missing"]
    assert list(wrong(anywhere, "--head", f"1:1:{WRONG_HASH}")) == ["head_changed"]


def test_what_is_not_sealed_yet_is_told(anywhere: Installation) -> None:
    submit(anywhere, 2)

    assert "company 1: unsealed: 2, the oldest for" in anywhere.run("doctor", "--audit").stdout


def test_doctor_without_audit_does_not_go_through_the_events(demo: Installation) -> None:
    """It is asked often, and an audit takes its time."""
    checks = {finding["check"] for finding in demo.json("doctor")["findings"]}

    assert not checks & {"events_as_sealed", "events_waiting"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--head", "1:1:short", "--audit"), "leadintake audit head"),
        (("--head", f"1:0:{WRONG_HASH}", "--audit"), "leadintake audit head"),
        (("--head", f"9:1:{WRONG_HASH}", "--audit"), "no company 9"),
        (("--company", "nobody", "--audit"), "there is no company nobody"),
        (("--head", f"1:1:{WRONG_HASH}"), "--audit"),
        (("--company", "1"), "--audit"),
    ],
)
def test_bad_usage_is_told(demo: Installation, options: tuple[str, ...], said: str) -> None:
    result = demo.run("doctor", *options)

    assert result.exit_code == 2
    assert said in result.stderr
