"""What one intake request carries: its query, its body, its credentials, each read as far as it can be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flask import request

from leadintake.domain.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType
from leadintake.entrypoints.api.body import read_body as read_bytes
from leadintake.entrypoints.api.intake.builders import recognise
from leadintake.entrypoints.api.intake.carriers import EMPTY_BODY, read_body, read_query
from leadintake.entrypoints.api.intake.kept import kept_request
from leadintake.entrypoints.api.intake.lead_tokens import find_lead_tokens
from leadintake.entrypoints.api.intake.sent import submitted_by
from leadintake.entrypoints.api.intake.unclaimed import keep_sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.errors import Refusal
    from leadintake.domain.parameters import Limits, Submitted, TextPairs
    from leadintake.entrypoints.api.intake.builders import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body
    from leadintake.entrypoints.api.intake.kept import KeptRequest
    from leadintake.entrypoints.api.intake.lead_tokens import FoundCredentials

_ENVIRON_NAMES = {"Authorization": "HTTP_AUTHORIZATION", "X-Lead-Token": "HTTP_X_LEAD_TOKEN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What the request carries.

    Shape: `unreadable` says what is wrong with the body or the query, which then counts as empty; `raw` is that one.
    `builder` is the body as the form builder that sent it means it, None for any other sender.
    """

    query: TextPairs
    body: Body
    raw: bytes = field(repr=False)
    unreadable: MalformedBody | PayloadTooLarge | UnsupportedMediaType | None
    credentials: FoundCredentials
    builder: BuilderSubmission | None = None

    def submitted(self) -> Submitted:
        """Return the parameters."""
        return submitted_by(self.query, self.body, self.builder)

    def kept(self) -> KeptRequest:
        """Return what is kept of the request: as it was sent, without its credentials."""
        return kept_request(self.query, self.body, secrets=self.credentials.secrets)

    def keep_sample(self, route: str, refusal: Refusal) -> None:
        """Keep a sample of a request that names nobody we know."""
        raw = self.raw if self.unreadable else b""
        keep_sample(route, refusal, self.kept(), raw, secrets=self.credentials.secrets)


def carry(limits: Limits, route: str, *, may_lack_body: bool = False) -> Carried:
    """Read the current request's parameters and credentials.

    Args:
        limits: How much it may hold.
        route: Where it came in.
        may_lack_body: Whatever is wrong with the body is told in the value, for nothing of it may be needed.

    Raises: PayloadTooLarge, UnsupportedMediaType: as they say, and a sample is kept. What cannot be read is told in
        the value, because the credential outside the body is judged before it.
    """
    environ = request.environ
    raw, body = b"", EMPTY_BODY
    unreadable: MalformedBody | PayloadTooLarge | UnsupportedMediaType | None = None
    try:
        raw = read_bytes(environ, limits.max_body_bytes)
        body = read_body(environ.get("CONTENT_TYPE"), raw, limits=limits)
    except MalformedBody as refusal:
        unreadable = refusal
    except (PayloadTooLarge, UnsupportedMediaType) as refusal:
        if not may_lack_body:
            _keep_sample_of_uncarried(route, refusal, raw)
            raise
        unreadable = refusal
    try:
        query = read_query(request.query_string) if environ.get("QUERY_STRING") else ()
    except MalformedBody as refusal:
        query, raw, unreadable = (), request.query_string, refusal
    credentials = find_lead_tokens(query, _Headers(environ), body.pairs)
    builder = recognise(body)
    if builder is not None and builder.secrets:
        credentials = replace(credentials, secrets=credentials.secrets | builder.secrets)
    return Carried(query=query, body=body, raw=raw, unreadable=unreadable, credentials=credentials, builder=builder)


def _keep_sample_of_uncarried(route: str, refusal: Refusal, raw: bytes) -> None:
    """Keep a sample of a request whose body is not read: its query, and the body's beginning unless it is too large."""
    environ = request.environ
    try:
        query = read_query(request.query_string) if environ.get("QUERY_STRING") else ()
    except MalformedBody:
        query = ()
    secrets = find_lead_tokens(query, _Headers(environ)).secrets
    unread = b"" if isinstance(refusal, PayloadTooLarge) else raw
    keep_sample(route, refusal, kept_request(query, EMPTY_BODY, secrets=secrets), unread, secrets=secrets)


class _Headers:
    """The headers that may carry a credential, at a fifth of what the framework's own look-up costs."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def get(self, key: str, /) -> str | None:
        """Return the header's value."""
        value: str | None = self._environ.get(_ENVIRON_NAMES[key])
        return value
