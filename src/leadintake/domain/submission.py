"""Submissions: every request to an intake endpoint, kept as received with what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NewType
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKeyId, LeadTokenId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.notice import Notice
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.rollup import CountedAs
    from leadintake.domain.user import UserId

SubmissionId = NewType("SubmissionId", UUID)
ReplayId = NewType("ReplayId", UUID)


class Outcome(StrEnum):
    """What was done with a submission. Source: specification, section 3.4."""

    CREATED = "created"
    UPDATED = "updated"
    RESTARTED = "restarted"
    IGNORED = "ignored"
    TEST = "test"
    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    REMOVED = "removed"
    MOVED_TO_END_OF_SCHEDULE = "moved_to_end_of_schedule"
    UNCHANGED = "unchanged"
    REPLAYED = "replayed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A request as it came in, before anybody judged it.

    Shape: `request` holds what is needed to read it again (route, method, query, body) with every credential
    taken out, as values that JSON can carry; it is empty, and `remote_ip` is None, once the time for keeping them is
    over. It came by `lead_token_id`, or by `api_key_id`, or with neither from the command line.
    """

    id: SubmissionId
    company_id: CompanyId
    lead_token_id: LeadTokenId | None
    received_at: datetime
    route: str
    remote_ip: str | None
    request: Mapping[str, Any]
    api_key_id: ApiKeyId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A receipt with its verdict.

    Shape: `code` and `errors` are those of the refusal, None and empty when accepted; `owner` is None when the
    lead token had died meanwhile; `lead_id` is None when no lead was touched. `caller_digest` is the keyed digest of
    whom it was about (`domain.erasure`), None when nobody could read that. `counted_as` is what it is counted under for
    good (`domain.counting`), None when it does not count.
    """

    receipt: Receipt
    outcome: Outcome
    owner: OwnerRef | None = None
    lead_id: LeadId | None = None
    code: str | None = None
    errors: Mapping[str, tuple[str, ...]]
    notices: tuple[Notice, ...] = ()
    caller_digest: bytes | None = None
    counted_as: CountedAs | None = None

    @property
    def has_caller(self) -> bool:
        """Say whether a number could be read in it, so that what is kept of it can be found by its caller."""
        if self.outcome is not Outcome.REFUSED:
            return True
        return "caller_id" not in self.errors and self.code not in _READ_NO_CALLER

    @property
    def is_erased(self) -> bool:
        """Say whether what was sent has been blanked for good."""
        return is_erased(self.receipt)

    def erased(self) -> Submission:
        """Return this submission without anything that could tell whom it was about."""
        receipt = replace(self.receipt, remote_ip=None, request=ERASED_REQUEST)
        return replace(self, receipt=receipt, errors={}, notices=(), caller_digest=None)


ERASED_REQUEST: Final[Mapping[str, Any]] = MappingProxyType({"query": [], "body": "empty", "erased": True})
"""What stands in the place of a request once its caller was erased: a request that carries nothing."""


def is_erased(receipt: Receipt) -> bool:
    """Say whether what the request held has been blanked for good."""
    return receipt.request.get("erased") is True


_READ_NO_CALLER = frozenset(
    {"missing_caller_id", "invalid_caller_id", "too_many_tokens", "unknown_lead_token", "not_found", "malformed_body"}
)
"""Codes of refusals that come before anybody has read the caller's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What became of a submission that was judged again.

    Shape: `edits` are the parameters that were set, and None for those that were taken out; None when it was judged
    as it came, and empty once the time for keeping them is over. `caller_digest` is of whom they made it about.
    `owner` and `counted_as` are what its lead is counted under, None where it began none. It was asked for on the word
    of an API key or of a user, with neither at the command line. Everything else is as in
    `Submission`, whose own verdict stays.
    """

    id: ReplayId
    company_id: CompanyId
    submission_id: SubmissionId
    at: datetime
    outcome: Outcome
    lead_id: LeadId | None = None
    code: str | None = None
    errors: Mapping[str, tuple[str, ...]]
    edits: Mapping[str, str | None] | None = None
    caller_digest: bytes | None = None
    owner: OwnerRef | None = None
    counted_as: CountedAs | None = None
    api_key_id: ApiKeyId | None = None
    user_id: UserId | None = None

    @property
    def is_done(self) -> bool:
        """Say whether the submission was taken, so that it is never judged again."""
        return self.outcome is not Outcome.REFUSED

    def erased(self) -> Replay:
        """Return this replay without anything that could tell whom it was about."""
        return replace(self, errors={}, edits=None if self.edits is None else {}, caller_digest=None)


class KeptClass(StrEnum):
    """What submissions have in common that are kept equally long. Source: specification, section 11."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHOUT_CALLER = "without_caller"
    UNCLAIMED = "unclaimed"


class UnclaimedReason(StrEnum):
    """Why a request could not be filed under any company."""

    UNKNOWN_LEAD_TOKEN = "unknown_lead_token"  # noqa: S105 - an outcome, not a secret
    MISSING_LEAD_TOKEN = "missing_lead_token"  # noqa: S105 - likewise
    MALFORMED_BODY = "malformed_body"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedSubmission:
    """A request that names no owner we know: a sample for the administrator, capped in size and number.

    Source: specification, section 11.
    """

    id: SubmissionId
    received_at: datetime
    reason: UnclaimedReason
    route: str
    remote_ip: str | None
    request: Mapping[str, Any]
