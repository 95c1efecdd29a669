"""Traces: the steps of a decision as they are told to whoever asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The steps of a decision, in the order in which they are told."""

    CREDENTIAL = "credential"
    LIMITS = "limits"
    PARSE = "parse"
    NORMALISE = "normalise"
    FIELDS = "fields"
    SUPPRESSION = "suppression"
    DUPLICATES = "duplicates"
    ENROL = "enrol"


class Verdict(StrEnum):
    """How a rule judged; the last step tells the outcome instead."""

    PASSED = "passed"
    REFUSED = "refused"
    NOT_REACHED = "not_reached"
    NOT_IN_FORCE = "not_in_force"


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One rule of one step, and its verdict."""

    step: Step
    rule: str
    verdict: str
