"""One intake request read: who sends, what it submits, and what is kept of it.

The order of refusals is part of the contract: first what is too large or in no known carrier, then a lead token
outside the body, then the body, then a lead token inside it. Source: specification, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from leadintake.domain.errors import MalformedBody, MissingLeadToken, Unauthenticated
from leadintake.domain.notice import Notice
from leadintake.domain.owner import OwnerKind
from leadintake.domain.reserving import FieldError
from leadintake.domain.submission import Receipt, SubmissionId
from leadintake.entrypoints.api.body import read_body as read_bytes
from leadintake.entrypoints.api.context import ApiContext, context, remote_ip
from leadintake.entrypoints.api.intake.carriers import EMPTY_BODY, read_body, read_query
from leadintake.entrypoints.api.intake.kept import kept_request
from leadintake.entrypoints.api.intake.lead_tokens import find_lead_tokens
from leadintake.entrypoints.api.intake.unclaimed import keep_sample
from leadintake.entrypoints.schemas.submission import to_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.parameters import TextPairs
    from leadintake.domain.use_cases.identify_sender import Sender
    from leadintake.entrypoints.api.intake.carriers import Body
    from leadintake.entrypoints.api.intake.lead_tokens import FoundCredentials, LeadTokenCandidate

_KINDS = {"schedule_lead_token": OwnerKind.SCHEDULE, "offer_lead_token": OwnerKind.OFFER}
_NO_IDEMPOTENCY_KEYS = (
    Notice(
        "unsupported_parameter",
        "Idempotency-Key",
        "Idempotency keys are not supported yet; a lead that is sent again enrolls nobody twice all the same.",
    ),
)
_TWO_TOKENS = FieldError("ambiguous_parameter", "lead_token", "was given more than once with different values")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Carried:
    """What the request carries.

    Shape: `unreadable` says what is wrong with the body or the query, which then counts as empty; `raw` is that one.
    """

    query: TextPairs
    body: Body
    raw: bytes
    unreadable: MalformedBody | None
    credentials: FoundCredentials


class _Headers:
    """The headers that may carry a credential, at a fifth of what the framework's own look-up costs."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def get(self, key: str, /) -> str | None:
        """Return the header's value."""
        value: str | None = self._environ.get(_ENVIRON_NAMES[key])
        return value


_ENVIRON_NAMES = {"Authorization": "HTTP_AUTHORIZATION", "X-Lead-Token": "HTTP_X_LEAD_TOKEN"}


def read_submission(route: str) -> EnrollLead:
    """Read the current request into a command.

    What is wrong with its parameters goes into the command, so that the verdict is kept with all others. What
    names no owner or cannot be read raises, and a sample of it is kept for the administrator.

    Raises: PayloadTooLarge, UnsupportedMediaType, MalformedBody: as they say.
        MissingLeadToken, UnknownLeadToken: no owner is named.
    """
    here = context()
    carried = _carry(here)
    try:
        sender, errors = _sender(carried, here)
    except (Unauthenticated, MalformedBody) as refusal:
        keep_sample(
            route,
            refusal,
            kept_request(carried.query, carried.body, secrets=carried.credentials.secrets),
            carried.raw if carried.unreadable else b"",
            secrets=carried.credentials.secrets,
        )
        raise
    return _command(carried, here, sender, errors, route)


def _carry(here: ApiContext) -> _Carried:
    limits, environ = here.limits, request.environ
    raw, body, unreadable = b"", EMPTY_BODY, None
    try:
        raw = read_bytes(environ, limits.max_body_bytes)
        body = read_body(environ.get("CONTENT_TYPE"), raw, limits=limits)
    except MalformedBody as refusal:
        # Told only after the lead token outside the body has been judged.
        unreadable = refusal
    try:
        query = read_query(request.query_string) if environ.get("QUERY_STRING") else ()
    except MalformedBody as refusal:
        query, raw, unreadable = (), request.query_string, refusal
    credentials = find_lead_tokens(query, _Headers(environ), body.pairs)
    return _Carried(query=query, body=body, raw=raw, unreadable=unreadable, credentials=credentials)


def _sender(carried: _Carried, here: ApiContext) -> tuple[Sender, tuple[FieldError, ...]]:
    """Return who sends, and what is wrong with saying so twice."""
    outside = carried.credentials.outside
    known = [_identify(candidate, here) for candidate in outside]
    if carried.unreadable is not None:
        raise carried.unreadable
    known += [_identify(candidate, here) for candidate in carried.credentials.lead_tokens if candidate not in outside]
    if not known:
        raise MissingLeadToken
    is_one = all(sender.lead_token.id == known[0].lead_token.id for sender in known)
    return known[0], () if is_one else (_TWO_TOKENS,)


def _identify(candidate: LeadTokenCandidate, here: ApiContext) -> Sender:
    return here.services.identify_lead_token(candidate.text, kind=_KINDS.get(candidate.name))


def _command(
    carried: _Carried, here: ApiContext, sender: Sender, errors: tuple[FieldError, ...], route: str
) -> EnrollLead:
    secrets = carried.credentials.secrets
    receipt = Receipt(
        id=SubmissionId(here.services.new_id()),
        company_id=sender.company.id,
        lead_token_id=sender.lead_token.id,
        received_at=here.services.clock(),
        route=route,
        remote_ip=remote_ip(),
        request=kept_request(carried.query, carried.body, secrets=secrets).as_mapping(),
    )
    return to_command(
        carried.body.submitted(carried.query),
        receipt,
        region=sender.company.region,
        limits=here.limits,
        secrets=secrets,
        errors=errors,
        notices=_NO_IDEMPOTENCY_KEYS if "HTTP_IDEMPOTENCY_KEY" in request.environ else (),
    )
