"""What the contracts stand on: a store, and a company of one's own in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import pytest

from leadintake.domain.ports import UnitOfWork

from tests.support.builders import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadintake.domain.company import Company
    from leadintake.domain.ports import Installation, UnitOfWorkFactory

Result = TypeVar("Result")

Begin: TypeAlias = Callable[[], AbstractContextManager[UnitOfWork]]
"""Begins a unit of work in the company of the test."""

PATIENCE_SECONDS = 20
"""Longer than anything takes that ends at all."""
A_MOMENT = 0.15
"""Long enough for what does not have to wait to be over."""


class Store(Protocol):
    """A store with all its ports."""

    @property
    def unit_of_work(self) -> UnitOfWorkFactory:
        """Begin a unit that may write."""

    @property
    def reading(self) -> UnitOfWorkFactory:
        """Begin a unit that only reads."""

    @property
    def installation(self) -> Installation:
        """Return what lies above the companies."""


def found(store: Store) -> Company:
    """Return a company that nobody else uses."""
    return store.installation.add_company(name=f"Company {new_id()}", region="US", time_zone="UTC")


class StoreContract:
    """Base of all contracts.

    A subclass's module has the fixtures `store`, which tests may share; `impatient_store`, which waits for next to
    nothing; `twin_store`, another process's way to the same data; and `empty_store`, which no other test has touched.
    A refusal may come from the call that meets it or from leaving the unit; so the tests look around the unit.
    """

    @pytest.fixture
    def company(self, store: Store) -> Company:
        return found(store)

    @pytest.fixture
    def begin(self, store: Store, company: Company) -> Begin:
        return lambda: store.unit_of_work(company.id)


@contextmanager
def threads(count: int = 1) -> Iterator[ThreadPoolExecutor]:
    """Lend threads that are waited for, whatever happens."""
    with ThreadPoolExecutor(count) as pool:
        yield pool


def is_waiting(future: Future[Result]) -> bool:
    """Say whether that thread is still held up after a moment."""
    return not wait([future], A_MOMENT).done
