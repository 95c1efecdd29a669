"""An `Installation` that remembers for a few seconds what every request asks: whose lead token is this?

It is safe to be a little late here: each batch checks the lead token again, in the transaction that enrolls, so a
revoked token dies at once whatever is remembered. Unknown tokens are never remembered: a new one works at once.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

from leadintake.domain.errors import Unavailable
from leadintake.domain.money import DEFAULT_CURRENCY, Currency

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence
    from datetime import datetime

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.credential import ApiKey, LeadTokenCredential
    from leadintake.domain.ports import EventsToSeal, Finding, Horizon, Installation
    from leadintake.domain.posting_page import PostingPage, PostingPageId
    from leadintake.domain.submission import SubmissionId, UnclaimedSubmission
    from leadintake.domain.user import User

Key = TypeVar("Key", bound="Hashable")
Found = TypeVar("Found")

_MOST_REMEMBERED = 10_000
REMEMBERED_SECONDS = 5.0


class _Memory(Generic[Key, Found]):
    """Answers for a few seconds; None is not remembered."""

    def __init__(self, ask: Callable[[Key], Found | None], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._answers: dict[Key, tuple[float, Found]] = {}

    def get(self, key: Key) -> Found | None:
        """Return the remembered answer, or ask."""
        now = monotonic()
        remembered = self._answers.get(key)
        if remembered is not None and remembered[0] > now:
            return remembered[1]
        answer = self._answer(key)
        if answer is not None:
            if len(self._answers) >= _MOST_REMEMBERED:
                self._answers.clear()
            self._answers[key] = (now + self._seconds, answer)
        return answer

    def _answer(self, key: Key) -> Found | None:
        try:
            return self._ask(key)
        except Unavailable:
            # A restarted database leaves dead connections in the pool; the first fault clears them.
            return self._ask(key)


class MemoisedInstallation:
    """`Installation` over another one; only the look-ups of lead tokens and companies are remembered."""

    def __init__(self, installation: Installation, *, seconds: float = REMEMBERED_SECONDS) -> None:
        self._installation = installation
        self._lead_tokens: _Memory[tuple[bytes, ...], LeadTokenCredential] = _Memory(
            lambda lookups: installation.find_lead_token(*lookups), seconds
        )
        self._companies = _Memory(installation.find_company, seconds)

    def find_lead_token(self, *lookups: bytes) -> LeadTokenCredential | None:
        """Return the lead token as it was some seconds ago at most."""
        return self._lead_tokens.get(lookups)

    def find_company(self, company_id: CompanyId) -> Company | None:
        """Return the company as it was some seconds ago at most."""
        return self._companies.get(company_id)

    def find_api_key(self, *lookups: bytes) -> ApiKey | None:
        """Ask: nothing checks an API key again, so a revoked one must not be remembered."""
        return self._installation.find_api_key(*lookups)

    def find_user(self, email: str) -> User | None:
        """Ask: a password that was changed must count at once."""
        return self._installation.find_user(email)

    def has_users(self) -> bool:
        """Ask."""
        return self._installation.has_users()

    def find_posting_page(self, page_id: PostingPageId) -> PostingPage | None:
        """Ask: a page that was switched off must be gone at once."""
        return self._installation.find_posting_page(page_id)

    def companies(self) -> Sequence[Company]:
        """Ask."""
        return self._installation.companies()

    def companies_with_due_leads(self, *, at: datetime) -> Sequence[CompanyId]:
        """Ask."""
        return self._installation.companies_with_due_leads(at=at)

    def companies_with_answers(self, *, before: datetime) -> Sequence[CompanyId]:
        """Ask."""
        return self._installation.companies_with_answers(before=before)

    def companies_with_deltas(self) -> Sequence[CompanyId]:
        """Return the companies that have anything to fold."""
        return self._installation.companies_with_deltas()

    def events_to_seal(self, *, from_start: bool = False) -> EventsToSeal:
        """Ask."""
        return self._installation.events_to_seal(from_start=from_start)

    def sealed_until(self) -> int:
        """Ask."""
        return self._installation.sealed_until()

    def lease_sealing(self, holder: str, *, at: datetime, until: datetime) -> bool:
        """Pass on."""
        return self._installation.lease_sealing(holder, at=at, until=until)

    def mark_sealed(self, horizon: Horizon) -> None:
        """Pass on."""
        self._installation.mark_sealed(horizon)

    def add_company(self, *, name: str, region: str, time_zone: str, currency: Currency = DEFAULT_CURRENCY) -> Company:
        """Pass on."""
        return self._installation.add_company(name=name, region=region, time_zone=time_zone, currency=currency)

    def keep_unclaimed(self, submission: UnclaimedSubmission, *, most: int) -> None:
        """Pass on."""
        self._installation.keep_unclaimed(submission, most=most)

    def unclaimed(self) -> Sequence[UnclaimedSubmission]:
        """Ask."""
        return self._installation.unclaimed()

    def forget_unclaimed(self, submission_ids: Collection[SubmissionId]) -> int:
        """Pass on."""
        return self._installation.forget_unclaimed(submission_ids)

    def expect_erased(self, company_id: CompanyId) -> None:
        """Pass on."""
        self._installation.expect_erased(company_id)

    def scrub(self) -> None:
        """Pass on."""
        self._installation.scrub()

    def rebuild(self) -> None:
        """Pass on."""
        self._installation.rebuild()

    def inspect(self) -> Sequence[Finding]:
        """Ask."""
        return self._installation.inspect()

    def inspect_separation(self) -> Sequence[Finding]:
        """Ask."""
        return self._installation.inspect_separation()
