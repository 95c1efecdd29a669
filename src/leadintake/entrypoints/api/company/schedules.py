"""`/api/v1/schedules`: the plans that leads go through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation, shown
from leadintake.entrypoints.api.context import context, services
from leadintake.entrypoints.api.intake.replaying import kept_reader
from leadintake.entrypoints.schemas.company.owners import (
    ONE_SCHEDULE,
    SCHEDULES,
    ChangedScheduleSchema,
    ListSchedulesSchema,
    NewScheduleSchema,
)
from leadintake.entrypoints.schemas.company.trials import ONE_TRIAL, TrialSchema, trial_of

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.owner import ScheduleId
    from leadintake.domain.use_cases.manage_schedules import ScheduleData
    from leadintake.domain.use_cases.paging import Wanted

bp = CompanyBlueprint("schedules", "Schedules")


@operation(bp, "GET", "/schedules", needs=Permission.READ, query=ListSchedulesSchema(), answers=SCHEDULES)
def list_schedules(key: ApiKey, wanted: Wanted) -> dict[str, Any]:
    """List the company's schedules."""
    return listed("schedules", services().list_schedules(key.company_id, wanted), wanted)


@operation(bp, "POST", "/schedules", needs=Permission.WRITE, body=NewScheduleSchema(), answers=ONE_SCHEDULE, status=201)
def add_schedule(key: ApiKey, data: ScheduleData) -> dict[str, Any]:
    """Make a schedule."""
    return shown("schedule", services().add_schedule(key.company_id, data))


@operation(bp, "GET", "/schedules/<schedule_id>", needs=Permission.READ, answers=ONE_SCHEDULE)
def read_schedule(key: ApiKey, schedule_id: ScheduleId) -> dict[str, Any]:
    """Show a schedule."""
    return shown("schedule", services().read_schedule(key.company_id, schedule_id))


@operation(
    bp,
    "PATCH PUT",
    "/schedules/<schedule_id>",
    needs=Permission.WRITE,
    body=ChangedScheduleSchema(),
    answers=ONE_SCHEDULE,
)
def change_schedule(key: ApiKey, data: ScheduleData, schedule_id: ScheduleId) -> dict[str, Any]:
    """Change what is given of a schedule."""
    return shown("schedule", services().change_schedule(key.company_id, schedule_id, data))


@operation(bp, "POST", "/schedules/<schedule_id>/try", needs=Permission.WRITE, body=TrialSchema(), answers=ONE_TRIAL)
def try_rules(key: ApiKey, data: dict[str, Any], schedule_id: ScheduleId) -> dict[str, Any]:
    """Say what changed rules would have done to the submissions of the last days; nothing is changed."""
    command = trial_of(data, key.company_id, OwnerRef(OwnerKind.SCHEDULE, schedule_id))
    return shown("trial", services().try_rules(command, kept_reader(context().limits)))
