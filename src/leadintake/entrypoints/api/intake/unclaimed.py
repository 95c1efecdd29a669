"""Samples of requests that name no owner, for the administrator who wonders where the leads are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import structlog

from leadintake.domain.credential import SECRET_PATTERN
from leadintake.domain.errors import (
    Conflict,
    MalformedBody,
    MissingLeadToken,
    PayloadTooLarge,
    Refusal,
    Unavailable,
    UnsupportedMediaType,
)
from leadintake.domain.redaction import REDACTED, Secrets
from leadintake.domain.submission import SubmissionId, UnclaimedReason, UnclaimedSubmission
from leadintake.entrypoints.api.context import remote_ip, services

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadintake.entrypoints.api.intake.kept import KeptRequest

log = structlog.get_logger("leadintake.intake")

_MOST_SAMPLE_CHARS: Final = 4_000
# More than is kept: a credential across the cut must still be seen whole. The last word may be half of one.
_MOST_CHARS_LOOKED_AT: Final = 2 * _MOST_SAMPLE_CHARS
_LAST_WORD: Final = re.compile(r"\S+\Z")
_MOST_CHARS_OF_LAST_WORD: Final = 100
# In what cannot be read, a credential can only be told by its looks or by the name in front of it: in JSON, in JSON
# inside JSON, in a form, and in a part of a multipart body, whose value stands below its name. Nothing in it is ever
# tried twice, so the scan is linear whatever comes.
_NAMED_CREDENTIAL: Final = re.compile(
    r"((?:lead|auth)[_-]token[\]\"'\\]*+(?:\s*+(?:[:=]|%3d)\s*+|[^\S\n]*+\n\s*+)[\"'\\]*+)"
    r"(?:\\u[0-9a-f]{4}|[^\"'&\s,}\\])++",
    re.IGNORECASE,
)
_JSON_ESCAPE: Final = re.compile(r"\\u00([0-7][0-9a-f])", re.IGNORECASE)


def keep_sample(
    route: str, refusal: Refusal, kept: KeptRequest, unreadable: bytes, *, secrets: Collection[str]
) -> None:
    """Keep a sample of a refused request; failing to is no reason for another answer.

    Args:
        route: The endpoint's name.
        refusal: Why it cannot be filed under a company.
        kept: Its parameters, credentials redacted.
        unreadable: Its body or its query, if that could not be read.
        secrets: The request's credentials, as far as they are known.
    """
    sample = UnclaimedSubmission(
        id=SubmissionId(services().new_id()),
        received_at=services().clock(),
        reason=_reason(refusal),
        route=route,
        remote_ip=remote_ip(),
        request=_capped(kept, _readable(unreadable, Secrets(secrets))),
    )
    try:
        services().keep_unclaimed(sample)
    except (Unavailable, Conflict):
        log.warning("sample_not_kept", reason=sample.reason.value)


def _reason(refusal: Refusal) -> UnclaimedReason:
    if isinstance(refusal, PayloadTooLarge):
        return UnclaimedReason.PAYLOAD_TOO_LARGE
    if isinstance(refusal, UnsupportedMediaType):
        return UnclaimedReason.UNSUPPORTED_MEDIA_TYPE
    if isinstance(refusal, MalformedBody):
        return UnclaimedReason.MALFORMED_BODY
    if isinstance(refusal, MissingLeadToken):
        return UnclaimedReason.MISSING_LEAD_TOKEN
    return UnclaimedReason.UNKNOWN_LEAD_TOKEN


def _capped(kept: KeptRequest, unreadable: str) -> dict[str, Any]:
    """Return what is kept, cut down to a sample's size."""
    request = kept.as_mapping()
    if unreadable:
        request["unreadable"] = unreadable[:_MOST_SAMPLE_CHARS]
    whole = str(request)
    return request if len(whole) <= 2 * _MOST_SAMPLE_CHARS else {"cut": whole[:_MOST_SAMPLE_CHARS]}


def _readable(unreadable: bytes, secrets: Secrets) -> str:
    """Return the beginning of what could not be read, as text without credentials."""
    text = unreadable[:_MOST_CHARS_LOOKED_AT].decode("utf-8", "replace").replace("\0", "")
    if len(unreadable) > _MOST_CHARS_LOOKED_AT:
        text = text[:-_MOST_CHARS_OF_LAST_WORD] + _LAST_WORD.sub("", text[-_MOST_CHARS_OF_LAST_WORD:])
    text = _redacted(text, secrets)
    # A credential in disguise must not be kept either; then the text is kept as it reads without the disguise.
    plain = unquote(_JSON_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text), errors="replace").replace("\0", "")
    redacted = _redacted(plain, secrets)
    return text if redacted == plain else redacted


def _redacted(text: str, secrets: Secrets) -> str:
    return _NAMED_CREDENTIAL.sub(rf"\1{REDACTED}", SECRET_PATTERN.sub(REDACTED, secrets.redact(text)))
