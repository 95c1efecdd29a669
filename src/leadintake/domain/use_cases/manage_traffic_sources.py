"""Look after the traffic sources of a company: who sends it leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from leadintake.domain.errors import InvalidParameter, NameTaken, NotFound
from leadintake.domain.money import BadAmount, read_amount
from leadintake.domain.use_cases.paging import Page, is_named, page_of, paused_at, require_free

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.money import Amount
    from leadintake.domain.ports import Clock, UnitOfWorkFactory
    from leadintake.domain.use_cases.paging import Wanted


class TrafficSourceData(TypedDict, total=False):
    """What is said about a traffic source: only what is there is set, and `name` must be there to begin with.

    Shape: None takes `external_id` or `default_payout` away; the payout is text, for the company knows its currency.
    """

    name: str
    paused: bool
    external_id: str | None
    default_payout: str | None


def list_traffic_sources(company_id: CompanyId, wanted: Wanted, *, reading: UnitOfWorkFactory) -> Page[TrafficSource]:
    """Return that page of the company's traffic sources, in order of their numbers."""
    with reading(company_id) as uow:
        sources = uow.directory.current().traffic_sources.values()
    return page_of((each for each in sources if _matches(each, wanted)), wanted)


def read_traffic_source(
    company_id: CompanyId, source_id: TrafficSourceId, *, reading: UnitOfWorkFactory
) -> TrafficSource:
    """Return one traffic source. Raises: NotFound: the company has none of that number."""
    with reading(company_id) as uow:
        return _source(uow.directory.current(), source_id)


def add_traffic_source(
    company_id: CompanyId, data: TrafficSourceData, *, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> TrafficSource:
    """Make a traffic source under the company's next number.

    Raises: NameTaken: the company has one of that name or that external id. InvalidParameter: naming the payout.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        _check(uow.directory.current(), data)
        company = uow.directory.current().company
        source = _changed(uow.directory.add_traffic_source(name=data["name"]), data, company, at=clock())
        uow.directory.save_traffic_source(source)
        uow.commit()
    return source


def change_traffic_source(
    company_id: CompanyId,
    source_id: TrafficSourceId,
    data: TrafficSourceData,
    *,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> TrafficSource:
    """Change what is given of a traffic source, and return it as it is then.

    Raises: NotFound: the company has none of that number. NameTaken: another one has that name or that external id.
        InvalidParameter: naming the payout.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        directory = uow.directory.current()
        before = _source(directory, source_id)
        _check(directory, data, but_for=source_id)
        source = _changed(before, data, directory.company, at=clock())
        uow.directory.save_traffic_source(source)
        uow.commit()
    return source


def _source(directory: Directory, source_id: TrafficSourceId) -> TrafficSource:
    if (source := directory.traffic_sources.get(source_id)) is None:
        raise NotFound
    return source


def _matches(source: TrafficSource, wanted: Wanted) -> bool:
    return (wanted.name is None or is_named(source.name, wanted.name)) and wanted.paused in {
        None,
        source.paused_at is not None,
    }


def _check(directory: Directory, data: TrafficSourceData, *, but_for: TrafficSourceId | None = None) -> None:
    if "name" in data:
        require_free(data["name"], (each.name for each in directory.traffic_sources.values() if each.id != but_for))
    external_id = data.get("external_id")
    others = (each.external_id for each in directory.traffic_sources.values() if each.id != but_for)
    if external_id is not None and external_id in others:
        raise NameTaken(errors={"external_id": ["is already taken"]})


def _changed(source: TrafficSource, data: TrafficSourceData, company: Company, *, at: datetime) -> TrafficSource:
    return replace(
        source,
        name=data.get("name", source.name),
        paused_at=paused_at(source.paused_at, paused=data.get("paused"), at=at),
        external_id=data.get("external_id", source.external_id),
        default_payout=_payout(data["default_payout"], company) if "default_payout" in data else source.default_payout,
    )


def _payout(text: str | None, company: Company) -> Amount | None:
    """Return the amount. Raises: InvalidParameter: it cannot be one in the company's currency."""
    try:
        return None if text is None else read_amount(text, company.currency)
    except BadAmount as bad:
        raise InvalidParameter(errors={"default_payout": [str(bad)]}) from bad
