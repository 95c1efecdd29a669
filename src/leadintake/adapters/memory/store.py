"""Everything in memory: the whole service runs on it, without a file, a server or a clock."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from leadintake.adapters.memory.installation import MemoryInstallation
from leadintake.adapters.memory.transaction import Transaction
from leadintake.adapters.memory.unit_of_work import MemoryUnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from leadintake.domain.company import CompanyId


class MemoryStore:
    """A store of its own for as long as somebody holds on to it.

    Args:
        wait_seconds: How long a unit waits for another that writes in the same company.
    """

    def __init__(self, *, wait_seconds: float = 5.0) -> None:
        self._installation = MemoryInstallation()
        self._wait_seconds = wait_seconds

    @property
    def installation(self) -> MemoryInstallation:
        """Return what lies above the companies."""
        return self._installation

    @contextmanager
    def unit_of_work(self, company_id: CompanyId) -> Iterator[MemoryUnitOfWork]:
        """Begin a unit of work in a company; this method is a `UnitOfWorkFactory`."""
        transaction = Transaction(self._installation, company_id, wait_seconds=self._wait_seconds)
        try:
            yield MemoryUnitOfWork(transaction)
        finally:
            transaction.end()

    def reading(self, company_id: CompanyId) -> AbstractContextManager[MemoryUnitOfWork]:
        """Begin a unit that only reads, which waits for nobody: here every unit that has not written yet is one."""
        return self.unit_of_work(company_id)
