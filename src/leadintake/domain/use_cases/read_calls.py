"""Read calls and conversions: one, or a page of those that match."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from leadintake.domain.errors import NotFound
from leadintake.domain.ports import MOST_COUNTED
from leadintake.domain.use_cases.paging import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.company import CompanyId
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.ports import CallFilter, ConversionFilter, UnitOfWork, UnitOfWorkFactory

One = TypeVar("One", "Call", "Conversion")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCalls(Window):
    """Which calls to list; `wanted.after` takes the place of the page's number."""

    company_id: CompanyId
    wanted: CallFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConversions(Window):
    """Which conversions to list; `call_external_id` names the call as `wanted.call_id` does."""

    company_id: CompanyId
    wanted: ConversionFilter
    call_external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Listed(Generic[One]):
    """One page, recorded last first.

    Shape: `total_count` is how many match in all, and no more than that many are counted unless `is_count_exact`;
    `next` is the last one of the page, where the following one begins, None when there is none.
    """

    items: Sequence[One]
    total_count: int
    next: CallId | ConversionId | None

    @property
    def is_count_exact(self) -> bool:
        """Say whether all that match were counted."""
        return self.total_count < MOST_COUNTED


def list_calls(command: ListCalls, *, reading: UnitOfWorkFactory) -> Listed[Call]:
    """Return that page of the company's calls, recorded last first."""
    offset = 0 if command.wanted.after else command.offset
    with reading(command.company_id) as uow:
        # One more than is shown: whether there is a next page is known without counting.
        found = uow.calls.search(command.wanted, offset=offset, limit=command.per_page + 1)
    return _page(found.calls, found.total_count, command.per_page)


def list_conversions(command: ListConversions, *, reading: UnitOfWorkFactory) -> Listed[Conversion]:
    """Return that page of the company's conversions, recorded last first."""
    offset = 0 if command.wanted.after else command.offset
    with reading(command.company_id) as uow:
        wanted = _of_call(command, uow)
        if wanted is None:
            return Listed((), 0, None)
        found = uow.conversions.search(wanted, offset=offset, limit=command.per_page + 1)
    return _page(found.conversions, found.total_count, command.per_page)


def read_call(company_id: CompanyId, call_id: CallId, *, reading: UnitOfWorkFactory) -> Call:
    """Return one call of the company. Raises: NotFound: it has none of that id."""
    with reading(company_id) as uow:
        call = uow.calls.find(call_id)
    if call is None:
        raise NotFound
    return call


def read_conversion(company_id: CompanyId, conversion_id: ConversionId, *, reading: UnitOfWorkFactory) -> Conversion:
    """Return one conversion of the company. Raises: NotFound: it has none of that id."""
    with reading(company_id) as uow:
        conversion = uow.conversions.find(conversion_id)
    if conversion is None:
        raise NotFound
    return conversion


def _of_call(command: ListConversions, uow: UnitOfWork) -> ConversionFilter | None:
    """Return the filter with the call that is named by its external id; None where there is no such call."""
    name = command.call_external_id
    if name is None:
        return command.wanted
    call = uow.calls.of_external_ids([name]).get(name)
    return None if call is None else replace(command.wanted, call_id=call.id)


def _page(found: Sequence[One], total_count: int, per_page: int) -> Listed[One]:
    shown = found[:per_page]
    return Listed(shown, total_count, shown[-1].id if len(found) > len(shown) else None)
