"""One intake request read: who sends, what it submits, and what is kept of it.

The order of refusals is part of the contract: first what is too large or in no known carrier, then a lead token
outside the body, then the body, then a lead token inside it. Source: specification, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flask import request

from leadintake.domain.claims import Reach
from leadintake.domain.consent import carries_consent
from leadintake.domain.credential import Permission
from leadintake.domain.errors import MalformedBody, MissingLeadToken, Unauthenticated
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.reserved_names import BOOLEANS
from leadintake.domain.reserving import FieldError
from leadintake.domain.submission import NO_LEAD_TOKEN, Receipt, SubmissionId
from leadintake.domain.use_cases.identify_sender import is_granted
from leadintake.entrypoints.api.answers import CAPTURE
from leadintake.entrypoints.api.context import ApiContext, context, remote_ip
from leadintake.entrypoints.api.credentials import api_key_beside, require_api_key
from leadintake.entrypoints.api.intake.carried import Carried, carry
from leadintake.entrypoints.api.intake.repeats import idempotent
from leadintake.entrypoints.schemas.submission import to_command

if TYPE_CHECKING:
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import Company
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.parameters import Submitted, TextPairs
    from leadintake.domain.use_cases.identify_sender import Sender
    from leadintake.entrypoints.api.intake.lead_tokens import LeadTokenCandidate

LEADS: Final = "leads"
CREATE_OR_UPDATE: Final = "leads/create_or_update"

_EXPLAIN: Final = "explain"
_KINDS: Final = {"schedule_lead_token": OwnerKind.SCHEDULE, "offer_lead_token": OwnerKind.OFFER}
_OWNER_NAMES: Final = {"schedule_id": OwnerKind.SCHEDULE, "offer_id": OwnerKind.OFFER}
_MOST_ID_DIGITS: Final = 12
_MOST_AGENT_CHARS: Final = 1_000
_TWO_TOKENS: Final = FieldError("ambiguous_parameter", "lead_token", "was given more than once with different values")
_ONE_OWNER: Final = FieldError("invalid_parameter", "schedule_id", "or offer_id must name one owner, by its number")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Who sends: a lead token, or on some routes an API key that says under which owner."""

    company: Company
    lead_token_id: LeadTokenId = NO_LEAD_TOKEN
    owner: OwnerRef | None = None
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
    """
    here = context()
    carried = carry(here.limits)
    try:
        known = _known(carried, here, takes_api_key=route == CAPTURE)
    except (Unauthenticated, MalformedBody) as refusal:
        carried.keep_sample(route, refusal)
        raise
    return _command(carried, here, known, route)


def _known(carried: Carried, here: ApiContext, *, takes_api_key: bool) -> _Known:
    """Return who sends, and what is wrong with saying so twice."""
    credentials = carried.credentials
    senders = [_identify(candidate, here) for candidate in credentials.outside]
    if carried.unreadable is not None:
        raise carried.unreadable
    senders += [
        _identify(candidate, here) for candidate in credentials.lead_tokens if candidate not in credentials.outside
    ]
    if not senders:
        if takes_api_key and "HTTP_AUTHORIZATION" in request.environ:
            return _by_api_key(carried, here)
        raise MissingLeadToken
    first = senders[0]
    key = api_key_beside(first.company) if "HTTP_AUTHORIZATION" in request.environ else None
    return _Known(
        company=first.company,
        lead_token_id=first.lead_token.id,
        may_write=key is not None and is_granted(key, Permission.WRITE),
        errors=() if all(sender.lead_token.id == first.lead_token.id for sender in senders) else (_TWO_TOKENS,),
    )


def _identify(candidate: LeadTokenCandidate, here: ApiContext) -> Sender:
    return here.services.identify_lead_token(candidate.text, kind=_KINDS.get(candidate.name))


def _by_api_key(carried: Carried, here: ApiContext) -> _Known:
    """Return the company of the API key, and the owner whose number is among the parameters."""
    key = require_api_key(Permission.WRITE)
    company = here.services.read_directory(key.company_id).company
    named = {
        OwnerRef(_OWNER_NAMES[name], int(value.strip()))
        for name, value in (*carried.query, *carried.body.pairs)
        if name in _OWNER_NAMES and isinstance(value, str) and _is_number(value.strip())
    }
    if len(named) != 1:
        return _Known(company=company, may_write=True, errors=(_ONE_OWNER,))
    return _Known(company=company, owner=named.pop(), may_write=True)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_ID_DIGITS


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
    )
    submitted = carried.submitted()
    asked, explains = _without_explain(submitted.query) if submitted.query else ((), False)
    if len(asked) != len(submitted.query):
        submitted = replace(submitted, query=asked)
    if known.lead_token_id == NO_LEAD_TOKEN:
        submitted = _without_owner(submitted)
    repeats, fault = idempotent(carried.builder, kept, route, here)
    command = to_command(
        submitted,
        receipt,
        region=known.company.region,
        limits=here.limits,
        secrets=carried.credentials.secrets,
        errors=(*known.errors, *fault) if fault else known.errors,
        reach=Reach.OFFER if route == CREATE_OR_UPDATE else Reach.OWNER,
        may_lift=known.may_write,
        explain=explains,
        owner=known.owner,
        typed_phone_fields=() if carried.builder is None else tuple(filter(None, (carried.builder.phone_field,))),
        idempotent=repeats,
    )
    return replace(command, user_agent=_user_agent()) if carries_consent(command.tokens) else command


def _user_agent() -> str | None:
    """Return what the sender says of itself: evidence, where a browser sends the form."""
    said = "".join(character for character in request.user_agent.string if character.isprintable())
    return said[:_MOST_AGENT_CHARS] or None


def _without_explain(query: TextPairs) -> tuple[TextPairs, bool]:
    """Return the query without the wish to have the decision explained, and whether there was one."""
    if not any(name == _EXPLAIN for name, _ in query):
        return query, False
    is_wanted = any(name == _EXPLAIN and BOOLEANS.get(text.strip().lower(), False) for name, text in query)
    return tuple(pair for pair in query if pair[0] != _EXPLAIN), is_wanted


def _without_owner(submitted: Submitted) -> Submitted:
    """Return the parameters without those that an API key names the owner by; they are no lead tokens then."""
    return replace(
        submitted,
        query=tuple(pair for pair in submitted.query if pair[0] not in _OWNER_NAMES),
        body=tuple(pair for pair in submitted.body if pair[0] not in _OWNER_NAMES),
    )
