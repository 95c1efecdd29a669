"""Every refusal, by kind.

A refusal is a value as much as an exception: batches *return* refusals inside decisions, so that one
refused command never fails its neighbours; single use cases *raise* them. Two refusals are equal when
they say the same. Each entrypoint owns one table from kind to its own language (HTTP status, exit status).

    Refusal
    ├── Invalid               can never succeed as written
    │   ├── InvalidCallerId · MissingCallerId · InvalidParameter · AmbiguousParameter
    │   └── TooManyTokens · ContactFieldInvalid · IdempotencyKeyReused · ExternalIdReused
    ├── NotFound              the thing named does not exist (or belongs to somebody else)
    ├── Refused               well formed, but the business says no
    │   ├── CallerOptedOut · CallerBlocked · CallerSuppressed · DuplicateLead · SchedulePaused
    │   ├── TrafficSourceRequired · TrafficSourcePaused
    │   ├── NameTaken · LeadTokenEnded · NotReplayable · LastOwner
    │   └── LeadNotFound · CallNotFound · ConversionReversed
    ├── Conflict              two writers met
    │   └── StaleWrite
    ├── Unauthenticated       no such credential
    │   └── MissingLeadToken · UnknownLeadToken · MissingApiKey · UnknownApiKey · WrongSignIn
    ├── Forbidden             not with this credential
    │   └── PermissionDenied · IpNotAllowed · OriginNotAllowed
    ├── Malformed             unreadable
    │   └── MalformedBody
    ├── TooLarge              over a size limit
    │   └── PayloadTooLarge
    ├── UnsupportedMediaType  a carrier we do not read
    ├── RateLimited           too often
    │   ├── TooManyFromAddress · TooManyRequests · DailyCapReached · OperationsExhausted
    │   └── TooManySignIns
    └── Unavailable           try again later; nothing was done, or the retry is absorbed
        └── OutcomeUnknown
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from leadintake.domain.budget import Counted, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NO_ERRORS: Mapping[str, Sequence[str]] = MappingProxyType({})


class Refusal(Exception):
    """Base of all refusals; carries no submitted value and no credential.

    Args:
        detail: One sentence for a person. Defaults to the class's own.
        errors: Field name → messages, for refusals that are about fields.
        error_codes: Field name → a code for each of its messages. Defaults to the class's own code for all of them.
    """

    code: ClassVar[str] = "refused"
    default_detail: ClassVar[str] = "The request was refused."

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Mapping[str, Sequence[str]] = NO_ERRORS,
        error_codes: Mapping[str, Sequence[str]] = NO_ERRORS,
    ) -> None:
        """Keep the sentence and the messages by field."""
        self.detail = detail or self.default_detail
        self.errors = {name: tuple(messages) for name, messages in errors.items()}
        self._error_codes = {name: tuple(codes) for name, codes in error_codes.items()}
        super().__init__(self.detail)

    @property
    def error_codes(self) -> dict[str, tuple[str, ...]]:
        """Return the code of each message in `errors`, by field and in the same order."""
        return self._error_codes or {name: (self.code,) * len(messages) for name, messages in self.errors.items()}

    def __eq__(self, other: object) -> bool:
        """Say whether the other refusal tells the client the same."""
        if not isinstance(other, Refusal):
            return NotImplemented
        return (self.code, self.detail, self.errors, self.error_codes) == (
            other.code,
            other.detail,
            other.errors,
            other.error_codes,
        )

    def __hash__(self) -> int:
        """Hash by what can be hashed of the above."""
        return hash((self.code, self.detail))


class Invalid(Refusal):
    """The request can never succeed as written."""

    code = "invalid_parameter"


class NotFound(Refusal):
    """The thing named does not exist, or belongs to another company: both look alike."""

    code = "not_found"
    default_detail = "There is no such thing here; check the id."


class Refused(Refusal):
    """Well formed, but the business says no."""


class Conflict(Refusal):
    """Two writers met."""

    code = "conflict"


class Unauthenticated(Refusal):
    """No such credential."""


class Forbidden(Refusal):
    """The credential does not allow this."""


class Malformed(Refusal):
    """The request cannot be read."""


class TooLarge(Refusal):
    """The request is over a size limit."""


class UnsupportedMediaType(Refusal):
    """The body comes in a carrier that is not read."""

    code = "unsupported_media_type"
    default_detail = "Send the lead as JSON, as a form, as multipart/form-data or in the query string."


class RateLimited(Refusal):
    """Too many requests for now.

    Shape: `standings` are the budgets that were asked, none where nothing can be said of them.
    """

    code = "rate_limited"
    default_detail = "Too many requests; wait and try again."
    retry_after_seconds: int = 1
    standings: tuple[Standing, ...] = ()


class TooManyFromAddress(RateLimited):
    """As many leads have begun from this address today as the owner takes in a day."""

    default_detail = "As many leads came from this address within a day as are taken here; try again later."
    retry_after_seconds = 3600


class TooManyRequests(RateLimited):
    """More requests came within a minute than this sender may make."""

    default_detail = "Too many requests within a minute; wait as long as Retry-After says."

    def __init__(self, detail: str | None = None, *, standings: Sequence[Standing] = ()) -> None:
        """Keep how the budgets stand; the slowest of those that are used up says when to try again."""
        super().__init__(detail)
        self.standings = tuple(standings)
        self.retry_after_seconds = max((each.more_in_seconds for each in standings if each.is_over), default=1)


class DailyCapReached(RateLimited):
    """The lead token has brought as many new leads as are taken by it in a day."""

    code = "daily_cap_reached"
    default_detail = "As many new leads as are taken by this lead token in a day are in; the next day takes more."

    def __init__(self, detail: str | None = None, *, most: int = 0, retry_after_seconds: int = 3600) -> None:
        """Keep when the company's next day begins."""
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
        self.standings = (
            Standing(
                counted=Counted.DAILY_CAP,
                quota=most,
                left=0,
                more_in_seconds=retry_after_seconds,
                is_over=True,
                window_seconds=None,
            ),
        )


class OperationsExhausted(RateLimited):
    """The lead token has asked for as many caller operations today as it may."""

    default_detail = "This lead token has asked for as many caller operations today as it may; try again tomorrow."
    retry_after_seconds = 3600


class TooManySignIns(RateLimited):
    """So many sign-ins have failed for this user, or from this address, that the next one must wait."""

    default_detail = "Too many sign-ins have failed; wait before the next one."

    def __init__(self, detail: str | None = None, *, retry_after_seconds: int = 1) -> None:
        """Keep how long the next one must wait."""
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Refusal):
    """Nothing can be done just now; trying again is safe."""

    code = "unavailable"
    default_detail = "The service cannot reach its database just now; try again in a few seconds."


class InvalidCallerId(Invalid):
    """The caller's number is not a number that exists."""

    code = "invalid_caller_id"
    default_detail = "caller_id is not a valid phone number"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Mapping[str, Sequence[str]] = NO_ERRORS,
        error_codes: Mapping[str, Sequence[str]] = NO_ERRORS,
    ) -> None:
        """Name the field even when the caller of this class does not."""
        super().__init__(
            detail, errors=errors or {"caller_id": ["is not a valid phone number"]}, error_codes=error_codes
        )


class MissingCallerId(Invalid):
    """No caller's number was given."""

    code = "missing_caller_id"
    default_detail = "caller_id is required: send the lead's phone number"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Mapping[str, Sequence[str]] = NO_ERRORS,
        error_codes: Mapping[str, Sequence[str]] = NO_ERRORS,
    ) -> None:
        """Name the field even when the caller of this class does not."""
        super().__init__(detail, errors=errors or {"caller_id": ["is required"]}, error_codes=error_codes)


class InvalidParameter(Invalid):
    """One or more parameters have a value that cannot be used."""

    default_detail = "One or more parameters are not valid."


class AmbiguousParameter(Invalid):
    """A reserved name was given twice with different values."""

    code = "ambiguous_parameter"
    default_detail = "A platform field was given more than once with different values."


class TooManyTokens(Invalid):
    """More lead tokens than the limit."""

    code = "too_many_tokens"
    default_detail = "The submission has more lead tokens than the limit."


class ContactFieldInvalid(Invalid):
    """Lead tokens are not what the offer's contact fields ask for."""

    code = "contact_field_invalid"
    default_detail = "One or more lead tokens are not what the offer's contact fields ask for."


class IdempotencyKeyReused(Invalid):
    """The idempotency key came before, with another payload."""

    code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another submission; make a new key for each."


class ExternalIdReused(Invalid):
    """Something else was recorded under that external id before."""

    code = "external_id_reused"
    default_detail = (
        "Under this external_id something else was recorded; correct that, or send another external_id for another one."
    )


class LeadNotFound(Refused):
    """What is told of is about a lead that the company does not have."""

    code = "lead_not_found"
    default_detail = "There is no such lead here; name it by its id, or name the caller."


class CallNotFound(Refused):
    """What is told of came of a call that nobody has recorded here."""

    code = "call_not_found"
    default_detail = "There is no such call here; record it first, or name the lead or the caller."


class ConversionReversed(Refused):
    """The conversion was reversed: there is nothing left to correct."""

    code = "conversion_reversed"
    default_detail = "The conversion was reversed and counts no more; record another one."


class CallerOptedOut(Refused):
    """The caller has asked not to be contacted."""

    code = "caller_opted_out"
    default_detail = "The caller has opted out; only an API key with write permission can lift that."


class CallerBlocked(Refused):
    """The company has blocked the caller."""

    code = "caller_blocked"
    default_detail = "The caller is blocked; only an API key with write permission can lift that."


class CallerSuppressed(Refused):
    """The caller is on a suppression list of the company or of the offer."""

    code = "caller_suppressed"
    default_detail = "The caller is on a suppression list that holds here; only the company can take them off."


class DuplicateLead(Refused):
    """The owner does not take this caller again so soon, or from the same traffic source."""

    code = "duplicate_lead"
    default_detail = "The caller was submitted before, and duplicates are refused here."


class SchedulePaused(Refused):
    """The owner of the lead token takes no leads for now."""

    code = "schedule_paused"
    default_detail = "The schedule or offer behind this lead token is paused; resume it, or send the lead elsewhere."


class TrafficSourceRequired(Refused):
    """The owner takes leads only from known traffic sources."""

    code = "traffic_source_required"
    default_detail = "A known traffic_source_id is required here."


class TrafficSourcePaused(Refused):
    """The traffic source takes part in nothing for now."""

    code = "traffic_source_paused"
    default_detail = "The traffic source is paused; resume it, or leave traffic_source_id out."


class NameTaken(Refused):
    """Something of that name is already there."""

    code = "name_taken"
    default_detail = "That name is already taken."


class NotReplayable(Refused):
    """What is kept of the submission is not enough to judge it again."""

    code = "not_replayable"
    default_detail = "This submission cannot be judged again; send the lead anew."


class LeadTokenEnded(Refused):
    """The lead token has ended, or has a successor: there is nothing to change or to replace any more."""

    code = "lead_token_ended"
    default_detail = "The lead token has ended or has been rotated already; make another one, or take its successor."


class LastOwner(Refused):
    """The company would be left without anybody who can manage its users."""

    code = "last_owner"
    default_detail = "This is the company's only owner: make somebody else an owner first."


class StaleWrite(Conflict):
    """Somebody else wrote the record first."""

    code = "stale_write"
    default_detail = "The record has changed since it was read; read it again."


class LeadHasNoSchedule(Refused):
    """The lead is an offer's, and an offer has no plan to come to the end of."""

    code = "lead_has_no_schedule"
    default_detail = "The lead is an offer's: it has no schedule to come to the end of."


class MissingLeadToken(Unauthenticated):
    """No lead token came with the request."""

    code = "missing_lead_token"
    default_detail = "Send the lead token: an X-Lead-Token header, Authorization: Bearer, or the lead_token parameter."


class UnknownLeadToken(Unauthenticated):
    """The lead token is unknown, malformed, revoked or expired: all look alike."""

    code = "unknown_lead_token"
    default_detail = "The lead token is not known here; copy it again (`leadintake token show --reveal` prints it)."


class MissingApiKey(Unauthenticated):
    """No API key came with the request."""

    code = "missing_api_key"
    default_detail = "Send an API key: HTTP Basic public:private, or Authorization: Bearer with the private key."


class UnknownApiKey(Unauthenticated):
    """The API key is unknown, malformed or revoked: all look alike."""

    code = "unknown_api_key"
    default_detail = "The API key is not known here; check both its halves."


class WrongSignIn(Unauthenticated):
    """No active user has this e-mail address and password: all that can be wrong looks alike."""

    code = "wrong_sign_in"
    default_detail = "The e-mail address or the password is not right."


class PermissionDenied(Forbidden):
    """The credential is good, but not for this."""

    code = "permission_denied"
    default_detail = "This credential does not allow that."


class IpNotAllowed(Forbidden):
    """The lead token is restricted to networks, and the request comes from elsewhere."""

    code = "ip_not_allowed"
    default_detail = "This lead token is not taken from this address; whoever made it can add the address to it."


class OriginNotAllowed(Forbidden):
    """The lead token is restricted to pages of certain origins, and the request comes from none of them."""

    code = "origin_not_allowed"
    default_detail = "This lead token is not taken from this page's origin; whoever made it can add the origin to it."


class MalformedBody(Malformed):
    """The body is not what its content type says, or nothing at all."""

    code = "malformed_body"
    default_detail = "The body could not be read."


class PayloadTooLarge(TooLarge):
    """The body, or one part of it, is over its limit."""

    code = "payload_too_large"
    default_detail = "The body is larger than this service accepts."


class OutcomeUnknown(Unavailable):
    """The commit was not confirmed in time; a retry of the same lead is absorbed."""

    code = "outcome_unknown"
    default_detail = "The lead may or may not be in; send it again: a repeat is never enrolled twice."
