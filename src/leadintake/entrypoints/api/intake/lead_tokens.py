"""Where a request may carry its lead token.

Source: specification, section 3.1.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from leadintake.domain.reserved_names import CREDENTIAL_NAMES, plan_of, reserved_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadintake.domain.parameters import Pairs, TextPairs, Value

LEAD_TOKEN_PREFIX: Final = "lt_"  # noqa: S105 - what every lead token begins with is no secret
API_KEY_PREFIX: Final = "key_"

_ANY_OWNER: Final = "lead_token"
_LEAD_TOKEN_NAMES: Final = CREDENTIAL_NAMES - {"auth_token"}


class HeaderSource(Protocol):
    """A request's headers, asked by name in any case."""

    def get(self, key: str, /) -> str | None:
        """Return the header's value, None when it was not sent."""


class Place(StrEnum):
    """Where a lead token was found."""

    HEADER = "header"
    BEARER = "bearer"
    QUERY = "query"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTokenCandidate:
    """A text that claims to be a lead token.

    Shape: `name` is the parameter it came under: the two explicit ones accept only that kind of owner. A header's
    is ``lead_token``. The text stays out of the repr, and so out of logs.
    """

    text: str = field(repr=False)
    name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCredentials:
    """What a request carries of credentials.

    Shape: `outside` are the lead tokens of headers and query, which are judged before the body is read; `body`
    those of the body; both in order, none twice. `stray_bearer` is an ``Authorization: Bearer`` that does not
    look like one of ours. `secrets` are all texts that must not be kept, those of an API key included.
    """

    outside: tuple[LeadTokenCandidate, ...] = ()
    body: tuple[LeadTokenCandidate, ...] = ()
    stray_bearer: LeadTokenCandidate | None = None
    api_key: str | None = field(default=None, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def lead_tokens(self) -> tuple[LeadTokenCandidate, ...]:
        """Return every lead token that counts: a stray bearer does only when there is no other."""
        found = self.outside + self.body
        if not found and self.stray_bearer and not self.api_key:
            return (self.stray_bearer,)
        return found


def find_lead_tokens(query: TextPairs, headers: HeaderSource, body: Pairs = ()) -> FoundCredentials:
    """Find the lead tokens of a request, and what else of it is secret.

    Args:
        query: As `read_query` returns it.
        headers: As received.
        body: The body's parameters; leave it out to ask before the body is read.
    """
    bearer, secrets = _authorization((headers.get("Authorization") or "").strip())
    found = []
    if text := (headers.get("X-Lead-Token") or "").strip():
        found.append(LeadTokenCandidate(text=text, name=_ANY_OWNER, place=Place.HEADER))
    of_bearer = LeadTokenCandidate(text=bearer, name=_ANY_OWNER, place=Place.BEARER) if bearer else None
    if of_bearer and bearer.startswith(LEAD_TOKEN_PREFIX):
        found.append(of_bearer)
    found += _candidates(query, Place.QUERY, secrets)
    in_body = _candidates(body, Place.BODY, secrets)
    secrets.update(candidate.text for candidate in (*found, *in_body))
    is_ours = bearer.startswith((LEAD_TOKEN_PREFIX, API_KEY_PREFIX))
    return FoundCredentials(
        outside=tuple(_once(found)),
        body=tuple(_once(in_body)),
        stray_bearer=None if is_ours else of_bearer,
        api_key=bearer if bearer.startswith(API_KEY_PREFIX) else None,
        secrets=frozenset(secrets),
    )


def _authorization(header: str) -> tuple[str, set[str]]:
    """Return the bearer, empty when there is none, and what of the header is secret."""
    scheme, _, credentials = header.partition(" ")
    credentials = credentials.strip()
    if not credentials:
        return "", {header} - {""}
    if scheme.lower() == "bearer":
        return credentials, {credentials}
    return "", {credentials, *_basic_password(credentials)} if scheme.lower() == "basic" else {credentials}


def _basic_password(credentials: str) -> Iterator[str]:
    try:
        _, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return
    if password:
        yield password


def _candidates(pairs: Pairs, place: Place, secrets: set[str]) -> list[LeadTokenCandidate]:
    """Return the lead tokens among the parameters; other credentials are only added to the secrets."""
    found: list[LeadTokenCandidate] = []
    if (plan := plan_of(tuple([name for name, _ in pairs]))) is not None:
        pairs = tuple([pairs[position] for position in plan.credentials])
    for name, value in pairs:
        key = name if name in CREDENTIAL_NAMES else reserved_key(name)
        if key in CREDENTIAL_NAMES:
            texts = list(_texts(value))
            secrets.update(texts)
            if key in _LEAD_TOKEN_NAMES:
                found += [LeadTokenCandidate(text=text, name=key, place=place) for text in texts]
    return found


def _texts(value: Value) -> Iterator[str]:
    """Yield what is text in a value: lists are unwrapped, anything else is no token."""
    items = value if isinstance(value, list) else [value]
    for item in items:
        if isinstance(item, str) and (text := item.strip()):
            yield text


def _once(candidates: Iterable[LeadTokenCandidate]) -> Iterator[LeadTokenCandidate]:
    """Yield each text once for each name it came under: clients repeat what they send."""
    seen: set[tuple[str, str]] = set()
    for candidate in candidates:
        if (candidate.text, candidate.name) not in seen:
            seen.add((candidate.text, candidate.name))
            yield candidate
