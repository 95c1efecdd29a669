"""What one unit of work sees, may write, and holds for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.errors import NotFound, StaleWrite, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from threading import Lock

    from leadintake.adapters.memory.installation import MemoryInstallation
    from leadintake.adapters.memory.rows import Rows
    from leadintake.domain.company import CompanyId


class Transaction:
    """One unit's way to its company's rows.

    A company has one writer at a time: a unit holds the whole company from its first claim or write to its end.
    Reading waits for nobody, and sees what was committed when the unit began, until the unit holds the company.
    """

    def __init__(self, installation: MemoryInstallation, company_id: CompanyId, *, wait_seconds: float) -> None:
        self._installation = installation
        self._tenant = installation.tenant(company_id)
        self._wait_seconds = wait_seconds
        self._committed = installation.look_at(self._tenant)
        self._view = self._committed.view()
        self._holds: list[Lock] = []
        self._is_open = True

    @property
    def company_id(self) -> CompanyId:
        """Return whose rows these are."""
        return self._tenant.company_id

    @property
    def rows(self) -> Rows:
        """Return what this unit sees: what was committed, under what it has changed itself."""
        self._require_open()
        return self._view

    def hold(self) -> Rows:
        """Return the rows to write to, held until the unit ends.

        Raises: Unavailable: another unit held the company for too long. NotFound: there is no such company.
            StaleWrite: it has begun to erase callers meanwhile.
        """
        self._require_open()
        if self._tenant.writer not in self._holds:
            self._acquire(self._tenant.writer)
            # Whoever has waited decides over what the others have committed meanwhile.
            self._installation.look_away(self._committed)
            seen, self._committed = self._view.directory, self._installation.look_at(self._tenant)
            self._view = self._committed.view()
            now = self._view.directory
            if seen is not None and now is not None and now.has_erased and not seen.has_erased:
                # Who did not know that there are erased callers would not ask for them.
                raise StaleWrite
        if self._view.directory is None:
            raise NotFound
        return self._view

    def hold_for(self, company_ids: Iterable[CompanyId]) -> Rows:
        """Return the rows to write values of these companies to: all of them this unit's own.

        Raises: ValueError: one of them is another company's; nothing crosses.
        """
        if any(company_id != self.company_id for company_id in company_ids):
            message = "a unit of work writes for its own company only"
            raise ValueError(message)
        return self.hold()

    def has_sign_in(self, email: str) -> bool:
        """Say whether anybody in any company signs in with that address; nobody can take it until the unit ends.

        Raises: Unavailable: another unit that adds users took too long.
        """
        self._hold_names()
        return self._installation.has_sign_in(email) or any(user.email == email for user in self.rows.users.values())

    def has_company(self, name: str) -> bool:
        """Say whether any company is called so; no other unit can take the name until this one ends.

        Raises: Unavailable: as for a sign-in.
        """
        self._hold_names()
        return any(company.name == name for company in self._installation.companies())

    def _hold_names(self) -> None:
        if self._installation.names not in self._holds:
            self._acquire(self._installation.names)

    def commit(self) -> None:
        """Publish what was changed, all at once, and end."""
        self._require_open()
        if self._tenant.writer in self._holds:
            self._installation.publish(self._tenant, self._view)
        self.end()

    def end(self) -> None:
        """Forget what is not committed and let go of everything. Ending twice is ending once."""
        if self._is_open:
            self._is_open = False
            self._installation.look_away(self._committed)
            for held in self._holds:
                held.release()

    def _acquire(self, lock: Lock) -> None:
        if not lock.acquire(timeout=self._wait_seconds):
            raise Unavailable
        self._holds.append(lock)

    def _require_open(self) -> None:
        if not self._is_open:
            message = "this unit of work has ended; begin another"
            raise RuntimeError(message)
