"""Explanations: which steps a decision went through, by which rules, and how each of them judged.

A trace is made from the decision and the rules in force, after the fact; who does not ask for one pays nothing. It
names rules and verdicts and no stored value. Source: specification, section 3.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.claims import Claim, Reach
from leadintake.domain.duplicates import SAME_SOURCE
from leadintake.domain.errors import DuplicateLead, OperationsExhausted, PermissionDenied
from leadintake.domain.trace import Step, TraceStep, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.credential import TokenGrant
    from leadintake.domain.decision import Decision
    from leadintake.domain.directory import Directory
    from leadintake.domain.errors import Refusal
    from leadintake.domain.owner import Owner


# The rules in the order in which they are judged. What is found wrong with the parameters is collected, so that a
# fault of one does not keep the others from being looked at.
_JUDGED = (
    (Step.CREDENTIAL, "lead_token"),
    (Step.CREDENTIAL, "token_networks"),
    (Step.CREDENTIAL, "token_origins"),
    (Step.CREDENTIAL, "token_kind"),
    (Step.CREDENTIAL, "token_traffic_source"),
    (Step.PARSE, "parameters"),
    (Step.NORMALISE, "caller_id"),
    (Step.FIELDS, "contact_fields"),
    (Step.LIMITS, "owner_open"),
    (Step.LIMITS, "traffic_source"),
    (Step.LIMITS, "token_operations"),
    (Step.SUPPRESSION, "lifting"),
    (Step.SUPPRESSION, "opt_out"),
    (Step.SUPPRESSION, "block"),
    (Step.SUPPRESSION, "suppression_lists"),
    (Step.DUPLICATES, "duplicate_timeframe"),
    (Step.DUPLICATES, "same_source"),
    (Step.LIMITS, "most_per_ip_a_day"),
    (Step.LIMITS, "daily_cap"),
    (Step.PARSE, "tokens_of_the_lead"),
)
_TOLD = sorted(_JUDGED, key=lambda rule: list(Step).index(rule[0]))
_RULE_OF_CODE = {
    "unknown_lead_token": "lead_token",
    "ip_not_allowed": "token_networks",
    "origin_not_allowed": "token_origins",
    "invalid_caller_id": "caller_id",
    "missing_caller_id": "caller_id",
    "contact_field_invalid": "contact_fields",
    "schedule_paused": "owner_open",
    "traffic_source_required": "traffic_source",
    "traffic_source_paused": "traffic_source",
    "permission_denied": "lifting",
    "caller_opted_out": "opt_out",
    "caller_blocked": "block",
    "caller_suppressed": "suppression_lists",
    "rate_limited": "most_per_ip_a_day",
    "daily_cap_reached": "daily_cap",
}


def explain(decision: Decision, claim: Claim | Refusal, directory: Directory) -> tuple[TraceStep, ...]:
    """Return the trace of a decision.

    Args:
        decision: The verdict.
        claim: What `domain.claims` made of the command.
        directory: What the company had set up then.
    """
    ref, grant = decision.command.owner_in(directory), decision.command.grant_in(directory)
    owner = directory.owner(ref) if ref else None
    refusing = _refusing_rule(decision.refusal, is_claimed=isinstance(claim, Claim)) if decision.refusal else None
    in_force = {
        "lead_token",
        *(_in_force_of(grant, decision.command) if grant else ()),
        *(_in_force(decision, owner, directory) if owner else ()),
    }
    judged = [rule for _, rule in _JUDGED]
    reached = judged[: judged.index(refusing)] if refusing else judged
    trace = []
    for step, rule in _TOLD:
        if rule == refusing:
            verdict = Verdict.REFUSED
        elif owner is not None and rule not in in_force:
            verdict = Verdict.NOT_IN_FORCE
        else:
            verdict = Verdict.PASSED if rule in reached else Verdict.NOT_REACHED
        trace.append(TraceStep(step, rule, verdict))
    last = Verdict.NOT_REACHED if refusing else decision.outcome
    return (*trace, TraceStep(Step.ENROL, _mode(decision), last.value))


def _refusing_rule(refusal: Refusal, *, is_claimed: bool) -> str:
    if isinstance(refusal, DuplicateLead):
        return "same_source" if (SAME_SOURCE,) in refusal.errors.values() else "duplicate_timeframe"
    if isinstance(refusal, OperationsExhausted):
        return "token_operations"
    if is_claimed and refusal.code == "too_many_tokens":
        return "tokens_of_the_lead"
    if not is_claimed and isinstance(refusal, PermissionDenied):
        return "token_traffic_source" if "traffic_source_id" in refusal.errors else "token_kind"
    return _RULE_OF_CODE.get(refusal.code, "parameters")


def _in_force_of(grant: TokenGrant, command: EnrollLead) -> Iterator[str]:
    """Yield the restrictions of the lead token."""
    rules = grant.rules
    if command.is_wish or command.delete_existing:
        yield "token_operations"
    if rules.networks:
        yield "token_networks"
    if rules.origins:
        yield "token_origins"
    if grant.is_publishable:
        yield "token_kind"
    if rules.traffic_source_id is not None:
        yield "token_traffic_source"


def _in_force(decision: Decision, owner: Owner, directory: Directory) -> Iterator[str]:
    """Yield the rules that can judge this command."""
    command, rules = decision.command, owner.rules
    yield from ("parameters", "caller_id")
    if command.is_wish:
        return
    yield from ("owner_open", "opt_out", "block", "tokens_of_the_lead")
    if rules.enforces_contact_fields and directory.fields_of(owner):
        yield "contact_fields"
    grant = command.grant_in(directory)
    has_source = command.traffic_source_id is not None or (grant and grant.rules.traffic_source_id is not None)
    if owner.requires_traffic_source or has_source:
        yield "traffic_source"
    if command.lifts:
        yield "lifting"
    if directory.lists_for(owner):
        yield "suppression_lists"
    if rules.duplicate_timeframe:
        yield "duplicate_timeframe"
    if rules.rejects_same_source:
        yield "same_source"
    if rules.most_per_ip_a_day is not None:
        yield "most_per_ip_a_day"
    if command.daily_cap is not None:
        yield "daily_cap"


def _mode(decision: Decision) -> str:
    """Return by which rule the lead is found and what may be done with it."""
    command = decision.command
    if command.is_wish:
        return "leave_alone"
    if command.update_only:
        return "update_only"
    return "one_live_lead_in_the_offer" if command.reach is Reach.OFFER else "one_live_lead"
