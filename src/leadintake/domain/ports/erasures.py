"""Evidence of consent, and what is left of those who were erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from leadintake.domain.company import CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.erasure import ErasedCaller, Erasure
    from leadintake.domain.phone import PhoneNumber


class ConsentLog(Protocol):
    """The evidence of consent that came with submissions, only ever appended."""

    def append_all(self, consents: Collection[Consent]) -> None:
        """Keep this evidence."""

    def of_caller(self, caller: PhoneNumber) -> Sequence[Consent]:
        """Return what came for all leads of that caller, oldest first."""

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy the evidence about a caller, from the commit on; return how much there was."""


class ErasureLog(Protocol):
    """Who was erased, known by keyed digests only, and the receipts of that."""

    def opted_out(self, digests: Collection[bytes]) -> Mapping[bytes, datetime]:
        """Return those of these digests that stand for somebody to be left alone, with when they were erased."""

    def find(self, digests: Collection[bytes]) -> ErasedCaller | None:
        """Return the one who was erased under one of these digests, the latest if there are several, or None."""

    def keep(self, erased: ErasedCaller) -> None:
        """Keep that somebody was erased, in place of what was kept under that digest."""

    def add(self, erasure: Erasure) -> None:
        """Keep a receipt, in place of one of the same identifier."""

    def receipt(self, erasure_id: UUID) -> Erasure | None:
        """Return that receipt, or None."""

    def receipts(self, *, offset: int, limit: int) -> ErasurePage:
        """Return a page of the receipts, newest first: in the order of their identifiers, which count up."""


@dataclass(frozen=True, slots=True)
class ErasurePage:
    """One page of receipts, and how many there are in all."""

    erasures: Sequence[Erasure]
    total_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One erasure as it stands outside the database."""

    company_id: CompanyId
    digest: bytes
    was_opted_out: bool
    erased_at: datetime
    erasure_id: UUID


class ErasureJournal(Protocol):
    """What outlives the database, so that a restored backup brings nobody back."""

    def append_all(self, entries: Sequence[JournalEntry]) -> None:
        """Keep these lines for good; they are on the disk when this returns.

        Raises: Unavailable: they cannot be written; nothing may be erased then.
        """

    def entries(self) -> Sequence[JournalEntry]:
        """Return all lines, oldest first. Raises: Unavailable: they cannot be read."""
