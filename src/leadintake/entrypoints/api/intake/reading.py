"""One intake request read: who sends, what it submits, and what is kept of it.

The order of refusals is part of the contract: first what is too large or in no known carrier, then a lead token
outside the body, then the body, then a lead token inside it. Source: specification, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flask import request

from leadintake.domain.consent import carries_consent
from leadintake.domain.credential import Permission
from leadintake.domain.errors import MalformedBody, MissingLeadToken, Unauthenticated
from leadintake.domain.quota import DailyCap
from leadintake.domain.reserving import FieldError
from leadintake.domain.submission import Receipt, SubmissionId
from leadintake.domain.use_cases.identify_sender import is_granted
from leadintake.entrypoints.api.answers import CAPTURE
from leadintake.entrypoints.api.context import ApiContext, context, page_origin, remote_ip
from leadintake.entrypoints.api.credentials import api_key_beside, identify, known_api_key
from leadintake.entrypoints.api.intake.carried import Carried, carry
from leadintake.entrypoints.api.intake.repeats import idempotent
from leadintake.entrypoints.api.intake.sent import CREATE_OR_UPDATE, LEADS, ONE_OWNER, enrolling, owners_named
from leadintake.entrypoints.api.limiting import count

if TYPE_CHECKING:
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKeyId, LeadTokenCredential, LeadTokenId
    from leadintake.domain.owner import OwnerRef

__all__ = ["CREATE_OR_UPDATE", "LEADS", "read_submission"]

_MOST_AGENT_CHARS: Final = 1_000
_TWO_TOKENS: Final = FieldError("ambiguous_parameter", "lead_token", "was given more than once with different values")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Who sends: a lead token, or on some routes an API key that says under which owner."""

    company: Company
    lead_token_id: LeadTokenId | None = None
    lead_token: LeadTokenCredential | None = None
    api_key_id: ApiKeyId | None = None
    owner: OwnerRef | None = None
    has_api_key: bool = False
    may_write: bool = False
    errors: tuple[FieldError, ...] = ()


def read_submission(route: str) -> EnrollLead:
    """Read the current request into a command.

    What is wrong with its parameters goes into the command, so that the verdict is kept with all others. What
    names no owner or cannot be read raises, and a sample of it is kept for the administrator.

    Args:
        route: `LEADS`, `CAPTURE` or `CREATE_OR_UPDATE`.

    Raises: PayloadTooLarge, UnsupportedMediaType, MalformedBody: as they say.
        MissingLeadToken, UnknownLeadToken, UnknownApiKey: no owner is named. PermissionDenied: not by that API key.
        TooManyRequests: the request is one too many, and no wish to be left alone.
    """
    here = context()
    carried = carry(here.limits, route)
    try:
        known = _known(carried, here, takes_api_key=route == CAPTURE)
    except (Unauthenticated, MalformedBody) as refusal:
        carried.keep_sample(route, refusal)
        raise
    command = _command(carried, here, known, route)
    if not command.is_wish:
        count(here.services, known.company.id, known.lead_token)
    if known.lead_token is None or known.lead_token.rules.daily_cap is None:
        return command
    cap = DailyCap(most=known.lead_token.rules.daily_cap, time_zone=known.company.time_zone)
    return replace(command, daily_cap=cap)


def _known(carried: Carried, here: ApiContext, *, takes_api_key: bool) -> _Known:
    """Return who sends, and what is wrong with saying so twice."""
    credentials = carried.credentials
    senders = [identify(candidate) for candidate in credentials.outside]
    if carried.unreadable is not None:
        raise carried.unreadable
    senders += [identify(candidate) for candidate in credentials.lead_tokens if candidate not in credentials.outside]
    if not senders:
        if takes_api_key and "HTTP_AUTHORIZATION" in request.environ:
            return _by_api_key(carried, here)
        raise MissingLeadToken
    first = senders[0]
    key = api_key_beside(first.company) if "HTTP_AUTHORIZATION" in request.environ else None
    return _Known(
        company=first.company,
        lead_token_id=first.lead_token.id,
        lead_token=first.lead_token,
        has_api_key=key is not None,
        may_write=key is not None and is_granted(key, Permission.WRITE),
        errors=() if all(sender.lead_token.id == first.lead_token.id for sender in senders) else (_TWO_TOKENS,),
    )


def _by_api_key(carried: Carried, here: ApiContext) -> _Known:
    """Return the company of the API key, and the owner whose number is among the parameters."""
    key = known_api_key(Permission.WRITE)
    company = here.services.read_directory(key.company_id).company
    named = owners_named((*carried.query, *carried.body.pairs))
    owner = named.pop() if len(named) == 1 else None
    errors = () if owner is not None else (ONE_OWNER,)
    return _Known(company=company, api_key_id=key.id, owner=owner, has_api_key=True, may_write=True, errors=errors)


def _command(carried: Carried, here: ApiContext, known: _Known, route: str) -> EnrollLead:
    kept = carried.kept().as_mapping()
    receipt = Receipt(
        id=SubmissionId(here.services.new_id()),
        company_id=known.company.id,
        lead_token_id=known.lead_token_id,
        received_at=here.services.clock(),
        route=route,
        remote_ip=remote_ip(),
        request=kept,
        api_key_id=known.api_key_id,
    )
    repeats, fault = idempotent(carried.builder, kept, route, here, is_whole=known.has_api_key)
    command = enrolling(
        carried.submitted(),
        receipt,
        company=known.company,
        limits=here.limits,
        builder=carried.builder,
        secrets=carried.credentials.secrets,
        errors=(*known.errors, *fault) if fault else known.errors,
        may_lift=known.may_write,
        sees_whole_lead=known.has_api_key,
        owner=known.owner,
        origin=page_origin(),
        idempotent=repeats,
    )
    return replace(command, user_agent=_user_agent()) if carries_consent(command.tokens) else command


def _user_agent() -> str | None:
    """Return what the sender says of itself: evidence, where a browser sends the form."""
    said = "".join(character for character in request.user_agent.string if character.isprintable())
    return said[:_MOST_AGENT_CHARS] or None
