"""Calls and conversions at the command line: recorded, imported, corrected, reversed; once each, to the cent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.conftest import Installation

ADA = "+12025550143"
ABSENT = "0192f1a0-7c3e-7d59-9d2c-000000000000"


def with_lead(installation: Installation) -> dict[str, Any]:
    """Submit Ada's lead, sent by the demo source."""
    answer = installation.json("submit", "--schedule", "1", ADA, "traffic_source_id=1000", "sub_id=creative-A")
    lead: dict[str, Any] = answer["lead"]
    return lead


def test_call_is_recorded_listed_shown_and_corrected(anywhere: Installation) -> None:
    lead = with_lead(anywhere)

    recorded = anywhere.json(
        "call",
        "record",
        "(202) 555-0143",
        "agent=Eve",
        "--duration",
        "61",
        "--revenue",
        "12.5",
        "--external-id",
        "CA17",
    )
    call = recorded["call"]
    assert recorded["outcome"] == "recorded"
    assert (call["lead_id"], call["traffic_source_id"], call["sub_id"]) == (lead["id"], 1000, "creative-A")
    assert (call["revenue"], call["currency"], call["connected"]) == ("12.50", "USD", True)
    assert call["tokens"] == {"agent": "Eve"}

    assert anywhere.json("call", "record", ADA, "--external-id", "CA17")["outcome"] == "unchanged"
    corrected = anywhere.json("call", "correct", call["id"], "--revenue", "15", "--not-connected", "agent=")
    assert corrected["outcome"] == "corrected"
    assert (corrected["call"]["revenue"], corrected["call"]["connected"]) == ("15.00", False)
    assert corrected["call"]["tokens"] == {}
    assert anywhere.json("call", "show", call["id"])["call"] == corrected["call"]
    assert anywhere.json("call", "list", "--source", "1000", "--not-connected")["calls"] == [corrected["call"]]
    assert anywhere.json("call", "list", "--connected")["calls"] == []


def test_conversion_is_recorded_corrected_and_reversed(anywhere: Installation) -> None:
    with_lead(anywhere)
    anywhere.json("source", "update", "1000", "--default-payout", "3.25", "--external-id", "aff-17")
    call = anywhere.json("call", "record", ADA, "--external-id", "CA17")["call"]

    recorded = anywhere.json("conversion", "record", "--call-external-id", "CA17", "--revenue", "250", "--kind", "sale")
    one = recorded["conversion"]
    assert (one["call_id"], one["kind"], one["revenue"], one["payout"]) == (call["id"], "sale", "250.00", "3.25")

    corrected = anywhere.json("conversion", "correct", one["id"], "--revenue", "199.00")
    assert corrected["conversion"]["revenue"] == "199.00"
    assert anywhere.json("conversion", "reverse", one["id"])["outcome"] == "reversed"
    assert anywhere.json("conversion", "reverse", one["id"])["outcome"] == "unchanged"
    assert [each["id"] for each in anywhere.json("conversion", "list", "--reversed")["conversions"]] == [one["id"]]
    assert anywhere.json("conversion", "show", one["id"])["conversion"]["reversed"] is True
    refused = anywhere.run("conversion", "correct", one["id"], "--revenue", "1")
    assert (refused.exit_code, "reversed" in refused.stderr) == (1, True)


def test_for_people_there_are_tables_and_sentences(demo: Installation) -> None:
    with_lead(demo)
    assert "no call yet" in demo.run("call", "list").stderr
    assert "no conversion yet" in demo.run("conversion", "list").stderr

    recorded = demo.run("call", "record", ADA, "--revenue", "12.50")
    stranger = demo.run("conversion", "record", "+12025550199", "--revenue", "1")

    assert recorded.stdout.startswith(f"recorded  {ADA}  source 1000  12.50 USD  call ")
    assert (recorded.exit_code, recorded.stderr) == (0, "")
    assert "no source" in stranger.stdout
    assert "has no lead here" in stranger.stderr
    [shown_id] = [word for word in recorded.stdout.split() if word.count("-") == 4]
    assert "12.50 USD" in demo.run("call", "show", shown_id).stdout
    assert "Source" in demo.run("call", "list").stdout
    one = demo.json("conversion", "list")["conversions"][0]
    assert "conversion" in demo.run("conversion", "show", one["id"]).stdout
    assert "+12025550199" in demo.run("conversion", "list").stdout
    assert "No call matches" in demo.run("call", "list", "--sub-id", "nobody").stderr
    assert "No conversion matches" in demo.run("conversion", "list", "--kind", "nothing").stderr


@pytest.mark.parametrize("noun", ["call", "conversion"])
def test_what_is_not_there_is_told_with_where_to_look(demo: Installation, noun: str) -> None:
    for verb in ("show", "correct"):
        more = ["--revenue", "1"] if verb == "correct" else []
        result = demo.run(noun, verb, ABSENT, *more)

        assert result.exit_code == 1
        assert f"leadintake {noun} list" in result.stderr


def test_what_is_wrong_is_told_of_the_options(demo: Installation) -> None:
    result = demo.run("call", "record", ADA, "--revenue", "12.505", "--duration", "long", "--started-at", "soon")

    assert result.exit_code == 2
    assert "--revenue" in result.stderr
    assert "has more decimals than USD" in result.stderr
    assert "--duration must be a whole number" in result.stderr
    assert "--started-at is not a time" in result.stderr
    assert demo.json("call", "list")["calls"] == []
    assert demo.run("call", "record").exit_code == 2
    assert demo.run("call", "record", ADA, "agent").exit_code == 2
    nothing = demo.run("call", "correct", ABSENT)
    assert (nothing.exit_code, "nothing to change" in nothing.stderr) == (2, True)


CSV = """\ufeffexternal_id,caller_id,started_at,duration_seconds,disposition,revenue,tokens.agent
CA1,'+12025550143,2026-03-01T12:00:00Z,61,sale,12.50,Eve
CA2,(202) 555-0144,2026-03-01 12:05:00,0,"no answer",,

CA3,12,2026-03-01T12:00:00Z,61,sale,12.50,Eve
CA1,+12025550143,,,,12.50,
CA1,+12025550143,,,,13.00,
CA4,+12025550143,,,,,,surplus
"""


def test_file_is_imported_line_by_line(anywhere: Installation, tmp_path: Path) -> None:
    with_lead(anywhere)
    file = tmp_path / "calls.csv"
    file.write_text(CSV, encoding="utf-8")

    tried = anywhere.run("call", "import", str(file), "--dry-run", "--output", "json")
    assert anywhere.json("call", "list")["calls"] == []
    done = anywhere.run("call", "import", str(file), "--output", "json")
    again = anywhere.run("call", "import", str(file), "--output", "json")

    summary = json.loads(done.stdout)
    assert json.loads(tried.stdout) == summary | {"dry_run": True}
    assert (summary["total"], summary["done"], summary["unchanged"], summary["failed"]) == (6, 2, 1, 3)
    assert [(one["line"], one["code"]) for one in summary["failures"]] == [
        (5, "invalid_caller_id"),
        (7, "external_id_reused"),
        (8, "invalid_parameter"),
    ]
    assert done.exit_code == tried.exit_code == again.exit_code == 2
    assert (json.loads(again.stdout)["done"], json.loads(again.stdout)["unchanged"]) == (0, 3)
    calls = {call["external_id"]: call for call in anywhere.json("call", "list")["calls"]}
    assert set(calls) == {"CA1", "CA2"}
    assert (calls["CA1"]["caller_id"], calls["CA1"]["traffic_source_id"]) == (ADA, 1000)
    assert (calls["CA1"]["revenue"], calls["CA1"]["tokens"]) == ("12.50", {"agent": "Eve"})
    assert (calls["CA2"]["connected"], calls["CA2"]["started_at"]) == (False, "2026-03-01T12:05:00Z")


def test_json_lines_are_imported_from_standard_input(demo: Installation) -> None:
    with_lead(demo)
    lines = [
        {"caller_id": ADA, "revenue": 250.10, "kind": "sale", "external_id": 4711},
        {"caller_id": ADA, "revenue": "1"},
    ]
    text = "\n".join([*map(json.dumps, lines), "no json", "[1]", '{"caller_id": "+12025550143", "revenue": NaN}'])

    result = demo.run("conversion", "import", "-", standard_input=text)

    assert result.exit_code == 2
    assert "line 3: line is no JSON object" in result.stderr
    assert "line 4" in result.stderr
    assert "line 5" in result.stderr
    assert "1 conversions had no external_id" in result.stderr
    assert result.stdout.splitlines()[0].split() == ["Recorded", "2"]
    assert sorted(one["revenue"] for one in demo.json("conversion", "list")["conversions"]) == ["1.00", "250.10"]


def test_many_lines_go_in_several_commits(demo: Installation, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    rows = [f"order-{number};+1202555{number:04};1.01" for number in range(1_201)]
    file.write_text("\n".join(["external_id;caller_id;revenue", *rows]))

    summary = json.loads(demo.run("conversion", "import", str(file), "--output", "json").stdout)

    assert (summary["total"], summary["done"] + summary["failed"]) == (1_201, 1_201)
    assert demo.json("conversion", "list")["metadata"]["total_count"] == summary["done"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is nothing in it"),
        ("caller_id,colour\n+12025550143,red\n", "colour"),
        ("\udcff\udcfe", "not UTF-8"),
    ],
)
def test_file_that_cannot_be_read_is_bad_usage(demo: Installation, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))

    result = demo.run("call", "import", str(file))

    assert result.exit_code == 2
    assert said in result.stderr
    assert demo.run("call", "import", str(tmp_path / "nowhere.csv")).exit_code == 2


def test_first_argument_may_be_a_lead_token(demo: Installation) -> None:
    lead = with_lead(demo)

    call = demo.json("call", "record", "agent=Eve", "--lead", lead["id"])["call"]

    assert (call["lead_id"], call["tokens"]) == (lead["id"], {"agent": "Eve"})


def test_lines_that_are_no_csv_fail_by_themselves(demo: Installation) -> None:
    cell = "x" * 200_000
    result = demo.run("call", "import", "-", standard_input=f"\n\ncaller_id\n{cell}\n{ADA}\n", LOG_LEVEL="error")
    blank = demo.run("call", "import", "-", standard_input=f'\n{{"caller_id": "{ADA}"}}\n\n')

    assert (result.exit_code, "is no CSV" in result.stderr) == (2, True)
    assert (blank.exit_code, blank.stdout.splitlines()[0].split()) == (0, ["Recorded", "1"])
    assert demo.json("call", "list")["metadata"]["total_count"] == 2


def test_failures_beyond_a_page_are_counted(demo: Installation) -> None:
    result = demo.run("call", "import", "-", standard_input="caller_id\n" + "12\n" * 30)

    assert "… and 10 more" in result.stderr


def test_sources_external_id_and_payout_are_set_and_taken_away(demo: Installation) -> None:
    made = demo.json("source", "create", "Puppy ads", "--external-id", "aff-17", "--default-payout", "12.5")
    assert (made["traffic_source"]["external_id"], made["traffic_source"]["default_payout"]) == ("aff-17", "12.50")

    taken = demo.run("source", "update", "1000", "--external-id", "aff-17")
    assert (taken.exit_code, "is already taken" in taken.stderr) == (1, True)
    assert demo.run("source", "update", "1000", "--default-payout", "a lot").exit_code == 2
    assert "12.50 USD" in demo.run("source", "show", "1001").stdout
    cleared = demo.json("source", "update", "1001", "--no-external-id", "--no-default-payout")
    assert (cleared["traffic_source"]["external_id"], cleared["traffic_source"]["default_payout"]) == (None, None)
