"""The facts that reports count: submissions, replays, calls and conversions, each as a row of figures."""

# ruff: noqa: S608 - the statement is put together from our own names; what was given is a parameter

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.adapters.sql.layers import MEASURES, PARTS
from leadintake.domain.rollup import beginning_of
from leadintake.domain.submission import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.adapters.sql.words import Words
    from leadintake.domain.company import CompanyId
    from leadintake.domain.rollup import Quarter


def facts_that_count(words: Words, *, is_with_leads: bool) -> str:
    """Return the statement of everything that counts: what `domain.counting` adds, one row for each thing."""
    zeros = dict.fromkeys(MEASURES, "0")
    stood = (
        "(submissions.outcome = :refused AND NOT EXISTS (SELECT 1 FROM replays "
        "WHERE replays.company_id = :company_id AND replays.submission_id = submissions.id "
        f"AND replays.done = {words.true}))"
    )
    as_number = "CASE WHEN {} THEN 1 ELSE 0 END"
    of_submission = zeros | {
        "submissions": "1",
        "leads": as_number.format("submissions.outcome = :created"),
        "refused": as_number.format(stood),
        "duplicates": as_number.format(f"submissions.code = :duplicate AND {stood}"),
    }
    of_call = zeros | {
        "calls": "1",
        "connected_calls": as_number.format("calls.connected"),
        "talk_seconds": "calls.duration_seconds",
        "revenue": "calls.revenue",
        "payout": "calls.payout",
    }
    of_conversion = zeros | {
        "conversions": "1",
        "revenue": "conversions.revenue",
        "payout": "conversions.payout",
    }

    def select(table: str, at: str, figures: Mapping[str, str], source: str, condition: str) -> str:
        lead = f"{table}.lead_id, " if is_with_leads else ""
        parts = ", ".join(f"{table}.{part} AS {part}" for part in PARTS)
        counted = ", ".join(f"{figure} AS {name}" for name, figure in figures.items())
        return (
            f"SELECT {words.quarter.format(column=at)} AS quarter, {parts}, {lead}{counted} FROM {source} "
            f"WHERE {table}.company_id = :company_id AND {at} >= :begins_at AND {at} < :ends_at AND {condition}"
        )

    return " UNION ALL ".join(
        (
            select(
                "submissions",
                "submissions.received_at",
                of_submission,
                "submissions",
                f"submissions.counted = {words.true}",
            ),
            select(
                "replays",
                "submissions.received_at",
                zeros | {"leads": "1"},
                "replays JOIN submissions ON submissions.company_id = replays.company_id "
                "AND submissions.id = replays.submission_id",
                "replays.owner_kind IS NOT NULL",
            ),
            select("calls", "calls.started_at", of_call, "calls", "1 = 1"),
            select(
                "conversions",
                "conversions.occurred_at",
                of_conversion,
                "conversions",
                "conversions.reversed_at IS NULL",
            ),
        )
    )


def facts_of(company_id: CompanyId, begin: Quarter, end: Quarter, words: Words) -> dict[str, Any]:
    """Return the parameters of that statement: whose facts, and from which quarter to before which."""
    return {
        "company_id": company_id,
        "begins_at": words.instant(beginning_of(begin)),
        "ends_at": words.instant(beginning_of(end)),
        "refused": Outcome.REFUSED.value,
        "created": Outcome.CREATED.value,
        "duplicate": "duplicate_lead",
    }
