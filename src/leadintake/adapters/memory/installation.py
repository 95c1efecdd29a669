"""All companies, and what lies above them."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import owned_unclaimed
from leadintake.adapters.memory.rows import Rows
from leadintake.domain.company import Company, CompanyId
from leadintake.domain.directory import Directory
from leadintake.domain.errors import NameTaken, NotFound
from leadintake.domain.money import DEFAULT_CURRENCY, Currency
from leadintake.domain.ports import EventsToSeal, Finding, Horizon
from leadintake.domain.sealing import is_free

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from leadintake.domain.credential import ApiKey, ApiKeyId, LeadTokenCredential, LeadTokenId
    from leadintake.domain.posting_page import PostingPage, PostingPageId
    from leadintake.domain.submission import SubmissionId, UnclaimedSubmission
    from leadintake.domain.user import User


class Tenant:
    """One company's committed rows, and the lock of whoever writes them."""

    def __init__(self, company_id: CompanyId, directory: Directory | None = None) -> None:
        self.company_id = company_id
        self.rows = Rows(directory=directory)
        self.writer = Lock()


class MemoryInstallation:
    """`Installation` in memory. What it is told is kept at once; it takes part in no unit of work."""

    def __init__(self) -> None:
        # Held by whoever takes what may be there once in all companies, until that is kept.
        self.names = Lock()
        # Held only for moments, never while waiting for anything: each look and each publication is whole.
        self._guard = Lock()
        self._tenants: dict[CompanyId, Tenant] = {}
        self._lead_tokens: dict[bytes, tuple[CompanyId, LeadTokenId]] = {}
        self._api_keys: dict[bytes, tuple[CompanyId, ApiKeyId]] = {}
        self._unclaimed: dict[SubmissionId, UnclaimedSubmission] = {}
        self._lease: tuple[str, datetime] | None = None

    # --- the port ------------------------------------------------------------------------------------------------

    def companies(self) -> Sequence[Company]:
        """Return all companies, oldest first."""
        with self._guard:
            return self._companies()

    def add_company(self, *, name: str, region: str, time_zone: str, currency: Currency = DEFAULT_CURRENCY) -> Company:
        """Store a company under the next number."""
        with self.names, self._guard:
            if any(company.name == name for company in self._companies()):
                raise NameTaken
            company = Company(
                id=CompanyId(len(self._tenants) + 1),
                name=name,
                region=region,
                time_zone=time_zone,
                currency=currency,
            )
            self._tenants[company.id] = Tenant(company.id, Directory(company=company, version=1))
        return company

    def find_company(self, company_id: CompanyId) -> Company | None:
        """Return that company, or None."""
        with self._guard:
            return next((company for company in self._companies() if company.id == company_id), None)

    def companies_with_due_leads(self, *, at: datetime) -> Sequence[CompanyId]:
        """Return the companies some of whose leads are due."""
        with self._guard:
            return [
                company_id
                for company_id, tenant in sorted(self._tenants.items())
                if any(
                    lead.is_due_to_expire(at=at) or lead.is_due_to_leave_plan(at=at)
                    for lead in tenant.rows.leads.values()
                )
            ]

    def companies_with_answers(self, *, before: datetime) -> Sequence[CompanyId]:
        """Return the companies that keep answers made before then."""
        with self._guard:
            return [
                company_id
                for company_id, tenant in sorted(self._tenants.items())
                if any(record and record.created_at < before for record in tenant.rows.answers.values())
            ]

    def companies_with_deltas(self) -> Sequence[CompanyId]:
        """Return the companies that have anything to fold: none, for what is counted is added up at once."""
        return ()

    def events_to_seal(self, *, from_start: bool = False) -> EventsToSeal:  # noqa: ARG002 - always from the start
        """Return who has events in no segment; a company has one writer, so that nothing comes in before them."""
        with self._guard:
            waiting = [
                company_id
                for company_id, tenant in sorted(self._tenants.items())
                if any(event_id not in tenant.rows.sealed_in for event_id in tenant.rows.events)
            ]
        return EventsToSeal(waiting, Horizon())

    def sealed_until(self) -> int:
        """Return the watermark: there is none, who has what is looked up each time."""
        return 0

    def lease_sealing(self, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take or prolong the lease."""
        with self._guard:
            if not is_free(self._lease, holder, at=at, until=until):
                return False
            self._lease = holder, until
        return True

    def mark_sealed(self, horizon: Horizon) -> None:
        """Move the watermark, of which there is none."""

    def find_lead_token(self, *lookups: bytes) -> LeadTokenCredential | None:
        """Return the lead token of one of these look-ups unless it is revoked, or None."""
        with self._guard:
            places = [self._lead_tokens[lookup] for lookup in lookups if lookup in self._lead_tokens]
            found = [self._tenants[company_id].rows.lead_tokens[token_id] for company_id, token_id in places]
        # A token that was given another look-up is not found by the one before.
        return next((token for token in found if token.revoked_at is None and token.lookup in lookups), None)

    def find_api_key(self, *lookups: bytes) -> ApiKey | None:
        """Return the API key of one of these look-ups unless it is revoked, or None."""
        with self._guard:
            places = [self._api_keys[lookup] for lookup in lookups if lookup in self._api_keys]
            found = [self._tenants[company_id].rows.api_keys[key_id] for company_id, key_id in places]
        return next((key for key in found if key.revoked_at is None), None)

    def find_user(self, email: str) -> User | None:
        """Return who signs in with that address, or None."""
        with self._guard:
            users = [user for tenant in self._tenants.values() for user in tenant.rows.users.values()]
        return next((user for user in users if user.email == email), None)

    def has_users(self) -> bool:
        """Say whether anybody can sign in at all."""
        with self._guard:
            return any(tenant.rows.users for tenant in self._tenants.values())

    def find_posting_page(self, page_id: PostingPageId) -> PostingPage | None:
        """Return the posting page of that address, or None."""
        with self._guard:
            pages = [page for tenant in self._tenants.values() for page in tenant.rows.posting_pages.values()]
        return next((page for page in pages if page is not None and page.id == page_id), None)

    def keep_unclaimed(self, submission: UnclaimedSubmission, *, most: int) -> None:
        """Keep the sample and at most that many in all, dropping the oldest."""
        kept = owned_unclaimed(submission)
        with self._guard:
            self._unclaimed[kept.id] = kept
            for surplus in list(self._unclaimed)[: max(0, len(self._unclaimed) - most)]:
                del self._unclaimed[surplus]

    def unclaimed(self) -> Sequence[UnclaimedSubmission]:
        """Return the samples kept, newest first."""
        with self._guard:
            kept = list(self._unclaimed.values())
        return [owned_unclaimed(sample) for sample in reversed(kept)]

    def forget_unclaimed(self, submission_ids: Collection[SubmissionId]) -> int:
        """Destroy these samples; return how many there were."""
        with self._guard:
            return sum(self._unclaimed.pop(submission_id, None) is not None for submission_id in submission_ids)

    def expect_erased(self, company_id: CompanyId) -> None:
        """Let everybody know that the company has erased callers; who began before is refused when they write."""
        tenant = self.tenant(company_id)
        with tenant.writer, self._guard:
            directory = tenant.rows.directory
            if directory is None:
                raise NotFound
            if directory.has_erased:
                return
            if tenant.rows.readers:
                tenant.rows = tenant.rows.copy()
            tenant.rows.directory = replace(directory, version=directory.version + 1, has_erased=True)

    def scrub(self) -> None:
        """Do nothing: what is in memory has no file."""

    def rebuild(self) -> None:
        """Do nothing, likewise."""

    def inspect(self) -> Sequence[Finding]:
        """Say what is true of every store in memory."""
        return [
            Finding("database_reachable", is_fine=True, detail="The store lives in this process."),
            Finding("schema_current", is_fine=True, detail="The store's form is the program's own."),
            Finding(
                "commits_durable",
                is_fine=False,
                detail="Everything is kept in memory and ends with the process.",
                mend="Keep leads that must last in SQLite or PostgreSQL.",
            ),
        ]

    def inspect_separation(self) -> Sequence[Finding]:
        """Say what keeps the companies of every store in memory apart."""
        return [Finding("companies_apart", is_fine=True, detail="Each company has a place of its own.")]

    # --- for the units of work -----------------------------------------------------------------------------------

    def tenant(self, company_id: CompanyId) -> Tenant:
        """Return the company's place; one that does not exist has an empty place of its own."""
        with self._guard:
            return self._tenants.get(company_id) or Tenant(company_id)

    def look_at(self, tenant: Tenant) -> Rows:
        """Return what is committed; it stays as it is until `look_away`."""
        with self._guard:
            tenant.rows.readers += 1
            return tenant.rows

    def look_away(self, rows: Rows) -> None:
        """Say that these rows are not looked at any more."""
        with self._guard:
            rows.readers -= 1

    def _companies(self) -> list[Company]:
        """Return what each company is called and how it reads, as far as committed."""
        directories = (tenant.rows.directory for tenant in self._tenants.values())
        return [directory.company for directory in directories if directory is not None]

    def publish(self, tenant: Tenant, view: Rows) -> None:
        """Make a unit's changes what is committed. Only for the unit that holds the company and looks at its rows."""
        with self._guard:
            if tenant.rows.readers > 1:
                # Somebody else is reading: they keep what they look at, and everybody after them gets a new copy.
                tenant.rows = tenant.rows.copy()
            tenant.rows.absorb(view)
            for token in view.lead_tokens.maps[0].values():
                self._lead_tokens[token.lookup] = tenant.company_id, token.id
            for key in view.api_keys.maps[0].values():
                self._api_keys[key.lookup] = tenant.company_id, key.id

    def has_sign_in(self, email: str) -> bool:
        """Say whether somebody of any company signs in with that address, as far as committed."""
        with self._guard:
            return any(user.email == email for tenant in self._tenants.values() for user in tenant.rows.users.values())
