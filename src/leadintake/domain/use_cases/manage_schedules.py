"""Look after the schedules of a company: the plans that its leads go through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from leadintake.domain.errors import NotFound
from leadintake.domain.use_cases.paging import Page, is_named, page_of, paused_at, require_free, require_offer

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.minting import Mint
    from leadintake.domain.owner import Action, OfferId, Schedule, ScheduleId
    from leadintake.domain.ports import Clock, UnitOfWorkFactory
    from leadintake.domain.use_cases.manage_offers import RulesData
    from leadintake.domain.use_cases.paging import Wanted


class ScheduleData(TypedDict, total=False):
    """What is said about a schedule: only what is there is set, and `name` must be there to begin with."""

    name: str
    offer_id: OfferId | None
    actions: tuple[Action, ...]
    end_actions: tuple[Action, ...]
    requires_traffic_source: bool
    paused: bool
    rules: RulesData


def list_schedules(company_id: CompanyId, wanted: Wanted, *, reading: UnitOfWorkFactory) -> Page[Schedule]:
    """Return that page of the company's schedules, in order of their numbers."""
    with reading(company_id) as uow:
        schedules = uow.directory.current().schedules.values()
    return page_of((each for each in schedules if _matches(each, wanted)), wanted)


def read_schedule(company_id: CompanyId, schedule_id: ScheduleId, *, reading: UnitOfWorkFactory) -> Schedule:
    """Return one schedule. Raises: NotFound: the company has none of that number."""
    with reading(company_id) as uow:
        return _schedule(uow.directory.current(), schedule_id)


def add_schedule(
    company_id: CompanyId, data: ScheduleData, *, unit_of_work: UnitOfWorkFactory, clock: Clock, mint: Mint
) -> Schedule:
    """Make a schedule under the company's next number, and the lead token that names it.

    Raises: NameTaken: the company has a schedule of that name. InvalidParameter: it has no such offer.
    """
    with unit_of_work(company_id) as uow:
        # Held, so that of two who add the same name at the same moment the second is told.
        uow.directory.hold()
        _check(uow.directory.current(), data)
        bare = uow.directory.add_schedule(name=data["name"], actions=(), offer_id=data.get("offer_id"))
        schedule = _changed(bare, data, at=clock())
        uow.directory.save_schedule(schedule)
        # Without one nobody could send leads to it.
        uow.directory.add_lead_token(mint.lead_token(company_id, schedule.ref))
        uow.commit()
    return schedule


def change_schedule(
    company_id: CompanyId,
    schedule_id: ScheduleId,
    data: ScheduleData,
    *,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> Schedule:
    """Change what is given of a schedule, and return it as it is then.

    Raises: NotFound: the company has none of that number. NameTaken, InvalidParameter: as in `add_schedule`.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        directory = uow.directory.current()
        before = _schedule(directory, schedule_id)
        _check(directory, data, but_for=schedule_id)
        schedule = _changed(before, data, at=clock())
        uow.directory.save_schedule(schedule)
        uow.commit()
    return schedule


def _schedule(directory: Directory, schedule_id: ScheduleId) -> Schedule:
    if (schedule := directory.schedules.get(schedule_id)) is None:
        raise NotFound
    return schedule


def _matches(schedule: Schedule, wanted: Wanted) -> bool:
    return (
        (wanted.name is None or is_named(schedule.name, wanted.name))
        and wanted.offer_id in {None, schedule.offer_id}
        and wanted.paused in {None, schedule.paused_at is not None}
    )


def _check(directory: Directory, data: ScheduleData, *, but_for: ScheduleId | None = None) -> None:
    require_offer(directory, data.get("offer_id"))
    if "name" in data:
        require_free(data["name"], (each.name for each in directory.schedules.values() if each.id != but_for))


def _changed(schedule: Schedule, data: ScheduleData, *, at: datetime) -> Schedule:
    return replace(
        schedule,
        name=data.get("name", schedule.name),
        offer_id=data.get("offer_id", schedule.offer_id),
        actions=data.get("actions", schedule.actions),
        end_actions=data.get("end_actions", schedule.end_actions),
        requires_traffic_source=data.get("requires_traffic_source", schedule.requires_traffic_source),
        paused_at=paused_at(schedule.paused_at, paused=data.get("paused"), at=at),
        rules=replace(schedule.rules, **data.get("rules", {})),
    )
