"""Look after the suppression lists of a company, and after who is on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

from leadintake.domain.errors import InvalidCallerId, InvalidParameter, NotFound
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.use_cases.paging import Page, is_named, page_of, require_free, require_offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import OfferId
    from leadintake.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.suppression import SuppressedCaller, SuppressionList, SuppressionListId
    from leadintake.domain.use_cases.paging import Wanted, Window


class SuppressionListData(TypedDict, total=False):
    """What is said about a list: only what is there is set, and `name` must be there to begin with."""

    name: str
    offer_id: OfferId | None


@dataclass(frozen=True, slots=True)
class ChangedEntries:
    """What was done to a list: the callers meant, in order and none twice, and how many the list has now."""

    callers: Sequence[PhoneNumber]
    total_count: int


def list_suppression_lists(
    company_id: CompanyId, wanted: Wanted, *, reading: UnitOfWorkFactory
) -> Page[SuppressionList]:
    """Return that page of the company's suppression lists, in order of their numbers."""
    with reading(company_id) as uow:
        lists = uow.directory.current().suppression_lists.values()
    return page_of((each for each in lists if _matches(each, wanted)), wanted)


def read_suppression_list(
    company_id: CompanyId, list_id: SuppressionListId, *, reading: UnitOfWorkFactory
) -> SuppressionList:
    """Return one list. Raises: NotFound: the company has none of that number."""
    with reading(company_id) as uow:
        return _list(uow.directory.current(), list_id)


def add_suppression_list(
    company_id: CompanyId, data: SuppressionListData, *, unit_of_work: UnitOfWorkFactory
) -> SuppressionList:
    """Make an empty list. Raises: NameTaken: the company has one of that name. InvalidParameter: no such offer."""
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        _check(uow.directory.current(), data)
        added = uow.directory.add_suppression_list(name=data["name"], offer_id=data.get("offer_id"))
        uow.commit()
    return added


def change_suppression_list(
    company_id: CompanyId,
    list_id: SuppressionListId,
    data: SuppressionListData,
    *,
    unit_of_work: UnitOfWorkFactory,
) -> SuppressionList:
    """Change what is given of a list, and return it as it is then; its entries stay.

    Raises: NotFound: the company has none of that number. NameTaken, InvalidParameter: as in `add_suppression_list`.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        directory = uow.directory.current()
        before = _list(directory, list_id)
        _check(directory, data, but_for=list_id)
        changed = replace(before, name=data.get("name", before.name), offer_id=data.get("offer_id", before.offer_id))
        uow.directory.save_suppression_list(changed)
        uow.commit()
    return changed


def remove_suppression_list(
    company_id: CompanyId, list_id: SuppressionListId, *, unit_of_work: UnitOfWorkFactory
) -> SuppressionList:
    """Forget a list with its entries, and return what it was. Raises: NotFound."""
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        removed = _list(uow.directory.current(), list_id)
        uow.directory.remove_suppression_list(list_id)
        uow.commit()
    return removed


def list_suppressed_callers(
    company_id: CompanyId, list_id: SuppressionListId, window: Window, *, reading: UnitOfWorkFactory
) -> Page[SuppressedCaller]:
    """Return that page of a list's entries, in order of the callers' numbers. Raises: NotFound: no such list."""
    with reading(company_id) as uow:
        found = uow.suppression.search(list_id, offset=window.offset, limit=window.per_page)
    return Page(found.entries, found.total_count)


def suppress_callers(
    company_id: CompanyId,
    list_id: SuppressionListId,
    callers: Sequence[str],
    *,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> ChangedEntries:
    """Put callers on a list, all of them or none; who is on it already stays as of when they were added.

    Raises: NotFound: no such list. InvalidParameter: naming every text that is no phone number by its place.
    """
    with unit_of_work(company_id) as uow:
        numbers = _numbers(uow, list_id, callers)
        uow.suppression.add(list_id, numbers, at=clock())
        total_count = uow.suppression.search(list_id, offset=0, limit=0).total_count
        uow.commit()
    return ChangedEntries(numbers, total_count)


def release_callers(
    company_id: CompanyId, list_id: SuppressionListId, callers: Sequence[str], *, unit_of_work: UnitOfWorkFactory
) -> ChangedEntries:
    """Take callers off a list, all of them or none; who is not on it is no matter.

    Raises: NotFound: no such list. InvalidParameter: naming every text that is no phone number by its place.
    """
    with unit_of_work(company_id) as uow:
        numbers = _numbers(uow, list_id, callers)
        uow.suppression.remove(list_id, numbers)
        total_count = uow.suppression.search(list_id, offset=0, limit=0).total_count
        uow.commit()
    return ChangedEntries(numbers, total_count)


def _list(directory: Directory, list_id: SuppressionListId) -> SuppressionList:
    if (found := directory.suppression_lists.get(list_id)) is None:
        raise NotFound
    return found


def _matches(each: SuppressionList, wanted: Wanted) -> bool:
    return (wanted.name is None or is_named(each.name, wanted.name)) and wanted.offer_id in {None, each.offer_id}


def _check(directory: Directory, data: SuppressionListData, *, but_for: SuppressionListId | None = None) -> None:
    require_offer(directory, data.get("offer_id"))
    if "name" in data:
        require_free(data["name"], (each.name for each in directory.suppression_lists.values() if each.id != but_for))


def _numbers(uow: UnitOfWork, list_id: SuppressionListId, callers: Sequence[str]) -> list[PhoneNumber]:
    """Read the callers' numbers in the company's region, for a list that is there."""
    directory = uow.directory.current()
    _list(directory, list_id)
    region = directory.company.region
    numbers: dict[PhoneNumber, None] = {}
    errors: dict[str, Sequence[str]] = {}
    for place, text in enumerate(callers):
        try:
            numbers[PhoneNumber.parse(text, region)] = None
        except InvalidCallerId as refusal:
            errors[f"callers.{place}"] = refusal.errors["caller_id"]
    if errors:
        raise InvalidParameter(errors=errors)
    return list(numbers)
