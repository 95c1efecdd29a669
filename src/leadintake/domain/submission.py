"""Submissions: every request to an intake endpoint, kept as received with what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NewType
from uuid import UUID

from leadintake.domain.credential import LeadTokenId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.notice import Notice
    from leadintake.domain.owner import OwnerRef

SubmissionId = NewType("SubmissionId", UUID)

NO_LEAD_TOKEN: Final = LeadTokenId(UUID(int=0))
"""Stands in a receipt that came by no lead token but by an API key or from the command line; no lead token has it."""


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
    taken out, as values that JSON can carry.
    """

    id: SubmissionId
    company_id: CompanyId
    lead_token_id: LeadTokenId
    received_at: datetime
    route: str
    remote_ip: str | None
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A receipt with its verdict.

    Shape: `code` and `errors` are those of the refusal, None and empty when accepted; `owner` is None when the
    lead token had died meanwhile; `lead_id` is None when no lead was touched. `caller_digest` is the keyed digest of
    whom it was about (`domain.erasure`), None when nobody could read that.
    """

    receipt: Receipt
    outcome: Outcome
    owner: OwnerRef | None = None
    lead_id: LeadId | None = None
    code: str | None = None
    errors: Mapping[str, tuple[str, ...]]
    notices: tuple[Notice, ...] = ()
    caller_digest: bytes | None = None

    @property
    def is_erased(self) -> bool:
        """Say whether what was sent has been blanked for good."""
        return self.receipt.request.get("erased") is True

    def erased(self) -> Submission:
        """Return this submission without anything that could tell whom it was about."""
        receipt = replace(self.receipt, remote_ip=None, request=ERASED_REQUEST)
        return replace(self, receipt=receipt, errors={}, notices=(), caller_digest=None)


ERASED_REQUEST: Final[Mapping[str, Any]] = MappingProxyType({"query": [], "body": "empty", "erased": True})
"""What stands in the place of a request once its caller was erased: a request that carries nothing."""


class UnclaimedReason(StrEnum):
    """Why a request could not be filed under any company."""

    UNKNOWN_LEAD_TOKEN = "unknown_lead_token"  # noqa: S105 - an outcome, not a secret
    MISSING_LEAD_TOKEN = "missing_lead_token"  # noqa: S105 - likewise
    MALFORMED_BODY = "malformed_body"


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
