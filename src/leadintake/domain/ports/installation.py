"""What lies above the companies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from leadintake.domain.money import DEFAULT_CURRENCY, Currency

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.credential import ApiKey, LeadTokenCredential
    from leadintake.domain.ports.events import EventsToSeal, Horizon
    from leadintake.domain.posting_page import PostingPage, PostingPageId
    from leadintake.domain.submission import SubmissionId, UnclaimedSubmission
    from leadintake.domain.user import User


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at in the installation.

    Shape: `check` is a stable name, `mend` says what to do, empty when `is_fine`.
    """

    check: str
    is_fine: bool
    detail: str
    mend: str = ""


class Installation(Protocol):
    """What lies above the companies: the only place that may look across them."""

    def companies(self) -> Sequence[Company]:
        """Return all companies, oldest first."""

    def add_company(self, *, name: str, region: str, time_zone: str, currency: Currency = DEFAULT_CURRENCY) -> Company:
        """Store a company under the next number. Raises: NameTaken."""

    def find_company(self, company_id: CompanyId) -> Company | None:
        """Return that company, or None."""

    def companies_with_due_leads(self, *, at: datetime) -> Sequence[CompanyId]:
        """Return the companies some of whose leads are due (`LeadRepository.due_to_expire`), lowest number first."""

    def companies_with_answers(self, *, before: datetime) -> Sequence[CompanyId]:
        """Return the companies that keep answers made before then (`IdempotencyLedger`), lowest number first."""

    def companies_with_deltas(self) -> Sequence[CompanyId]:
        """Return the companies that have anything to fold (`RollupRepository`), lowest number first."""

    def events_to_seal(self, *, from_start: bool = False) -> EventsToSeal:
        """Return who has events that came in after the watermark and behind all that is still under way.

        Args:
            from_start: Look at every event there is, as after a move to another server.
        """

    def sealed_until(self) -> int:
        """Return the watermark: every event of a lower place is in a segment."""

    def lease_sealing(self, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take or prolong the lease of whoever seals, and say whether it is the holder's now.

        A lease spares others the work; that a chain never forks does not depend on it.
        """

    def mark_sealed(self, horizon: Horizon) -> None:
        """Move the watermark to the end of the horizon: every event before it is in a segment."""

    def find_lead_token(self, *lookups: bytes) -> LeadTokenCredential | None:
        """Return the lead token of one of these look-ups unless it is revoked, or None."""

    def find_api_key(self, *lookups: bytes) -> ApiKey | None:
        """Return the API key of one of these look-ups unless it is revoked, or None."""

    def find_user(self, email: str) -> User | None:
        """Return who signs in with that address, which is in lower case, or None."""

    def has_users(self) -> bool:
        """Say whether anybody can sign in at all."""

    def find_posting_page(self, page_id: PostingPageId) -> PostingPage | None:
        """Return the posting page of that address, or None."""

    def keep_unclaimed(self, submission: UnclaimedSubmission, *, most: int) -> None:
        """Keep the sample and at most that many in all, dropping the oldest."""

    def unclaimed(self) -> Sequence[UnclaimedSubmission]:
        """Return the samples kept, newest first."""

    def forget_unclaimed(self, submission_ids: Collection[SubmissionId]) -> int:
        """Destroy these samples; return how many there were. One that is not there is no matter."""

    def expect_erased(self, company_id: CompanyId) -> None:
        """Let everybody know that the company has erased callers (`Directory.has_erased`).

        From its return on no unit is under way, or will be, that does not ask for them.
        Raises: NotFound: there is no such company. Unavailable: units that do not know took too long to end.
        """

    def scrub(self) -> None:
        """Take what was erased out of the store's own files too, as far as the store can do so at once."""

    def rebuild(self) -> None:
        """Write the store's files anew where that is what it takes for nothing erased to be left in them.

        Who writes waits meanwhile. Raises: Unavailable: others wrote all the time.
        """

    def inspect(self) -> Sequence[Finding]:
        """Look at the store: reachable, its schema current, its settings durable. Never raises."""

    def inspect_separation(self) -> Sequence[Finding]:
        """Look at what keeps the companies apart behind the filters; leads are taken whatever it says.

        Raises: Unavailable: the store cannot be reached.
        """
