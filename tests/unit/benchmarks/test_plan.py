from __future__ import annotations

import pytest

from benchmarks.plan import GROWTH, PAGES, POSTGRESQL, SQLITE, read_plan


def test_everything_is_measured_unless_told_otherwise() -> None:
    plan = read_plan([])

    assert plan.parts == {POSTGRESQL, SQLITE, GROWTH, PAGES}
    assert plan.connections == (1, 8, 32)


def test_quick_run_leaves_growth_out() -> None:
    """A million leads take longer than a minute."""
    assert read_plan(["--quick"]).parts == {POSTGRESQL, SQLITE}


def test_pages_alone_are_measured_on_both_databases() -> None:
    assert read_plan(["--only", "pages"]).databases == (POSTGRESQL, SQLITE)


def test_growth_alone_is_measured_on_both_databases() -> None:
    assert read_plan(["--only", "growth"]).databases == (POSTGRESQL, SQLITE)


def test_growth_stays_with_the_database_that_is_named() -> None:
    plan = read_plan(["--only", "growth", "--only", "sqlite"])

    assert plan.databases == (SQLITE,)


def test_settings_are_taken_with_or_without_their_prefix() -> None:
    plan = read_plan(["--set", "batch_leaders=2", "--set", "LEADINTAKE_BATCH_SIZE=32"])

    assert plan.settings == {"BATCH_LEADERS": "2", "BATCH_SIZE": "32"}


@pytest.mark.parametrize("wrong", [["--require", "fast"], ["--set", "BATCH_SIZE"], ["--connections", "0"]])
def test_bad_usage_ends_with_two_and_names_the_mistake(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_plan(wrong)

    assert ended.value.code == 2
    assert wrong[1] in capsys.readouterr().err
