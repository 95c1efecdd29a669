"""Logs: every line a JSON document, and no credential in any of them, whoever wrote it."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog

from leadintake.entrypoints.logs import configure_logs

from tests.support.apps import UNKNOWN_TOKEN
from tests.support.logs import logs_as_before

CALLER = "+18004506787"
PRIVATE_KEY = f"key_{UNKNOWN_TOKEN.removeprefix('lt_')}"


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was logged."""
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


class TestJson:
    def test_line_is_an_event_with_its_time_and_level(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs(level="info", is_json=True)

        structlog.get_logger("leadintake.test").info("lead_enrolled", lead_id="1")

        [line] = lines(capsys)
        assert (line["event"], line["lead_id"], line["level"]) == ("lead_enrolled", "1", "info")
        assert line["timestamp"].endswith("Z")

    @pytest.mark.parametrize("secret", [UNKNOWN_TOKEN, PRIVATE_KEY])
    def test_credential_is_redacted_however_deep_it_lies(self, capsys: pytest.CaptureFixture[str], secret: str) -> None:
        configure_logs(level="info", is_json=True)

        structlog.get_logger("leadintake.test").info(
            f"saw {secret}",
            url=f"https://x/?lead_token={secret}",
            deep={"list": [{secret: (secret, 1, None)}]},
            odd={secret},
        )

        [line] = lines(capsys)
        assert secret not in json.dumps(line)
        assert (line["event"], line["url"]) == ("saw [redacted]", "https://x/?lead_token=[redacted]")
        assert line["deep"] == {"list": [{"[redacted]": ["[redacted]", 1, None]}]}

    def test_value_of_any_type_is_redacted_as_it_would_be_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs(level="info", is_json=True)

        structlog.get_logger("leadintake.test").info("odd", error=ValueError(UNKNOWN_TOKEN))

        assert lines(capsys)[0]["error"] == "[redacted]"

    def test_librarys_line_goes_the_same_way(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs(level="info", is_json=True)

        logging.getLogger("some.library").warning("GET /?lead_token=%s", UNKNOWN_TOKEN)

        [line] = lines(capsys)
        assert (line["event"], line["level"]) == ("GET /?lead_token=[redacted]", "warning")

    @pytest.mark.parametrize("logger", ["ours", "a library's"])
    def test_exception_is_told_without_what_it_quotes(self, capsys: pytest.CaptureFixture[str], logger: str) -> None:
        """Databases and parsers quote the values that they choke on: a phone number must not end in a log so."""
        configure_logs(level="info", is_json=True)
        ours, library = structlog.get_logger("leadintake.test"), logging.getLogger("some.library")

        try:
            int(f"{CALLER} {UNKNOWN_TOKEN}")
        except ValueError:
            (ours if logger == "ours" else library).exception("it failed")

        [line] = lines(capsys)
        assert (line["event"], line["kind"]) == ("it failed", "ValueError")
        assert "test_exception_is_told" in line["frames"]
        assert CALLER not in json.dumps(line)

    def test_text_that_no_encoding_can_hold_costs_no_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs(level="info", is_json=True)

        structlog.get_logger("leadintake.test").info("odd", text="\ud800")

        assert lines(capsys)[0]["event"] == "odd"

    def test_less_severe_lines_are_left_out(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs(level="warning", is_json=True)

        structlog.get_logger("leadintake.test").info("quiet")
        logging.getLogger("some.library").info("quiet")
        logging.getLogger("some.library").error("loud")

        assert [line["event"] for line in lines(capsys)] == ["loud"]

    def test_migrations_are_quiet_at_every_readiness_probe(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs(level="info", is_json=True)

        logging.getLogger("alembic.runtime.migration").info("Context impl SQLiteImpl.")

        assert lines(capsys) == []


def test_console_is_for_people_and_redacts_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", is_json=False)

    structlog.get_logger("leadintake.test").info("lead_enrolled", token=UNKNOWN_TOKEN)

    shown = capsys.readouterr().err
    assert "lead_enrolled" in shown
    assert UNKNOWN_TOKEN not in shown
    assert not shown.startswith("{")


def test_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tells of a fault must not be one: a thread that logs in passing would end with its line."""
    gone = io.StringIO()
    monkeypatch.setattr("sys.stderr", gone)
    with logs_as_before():
        configure_logs(level="info", is_json=True)
        gone.close()

        structlog.get_logger("leadintake.tests").warning("due_leads_left_over")
