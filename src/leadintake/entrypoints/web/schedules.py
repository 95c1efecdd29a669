"""``/schedules``: the plans that leads go through."""

from __future__ import annotations

from typing import Any

from flask import request

from leadintake.domain.owner import OwnerKind, ScheduleId
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.owners import ChangedScheduleSchema, NewScheduleSchema
from leadintake.entrypoints.web import lead_token_pages, owner_pages
from leadintake.entrypoints.web.owner_pages import RULES, OwnerPages
from leadintake.entrypoints.web.signed_in import pages

bp = pages("schedule_pages", __name__, url_prefix="/schedules")


def plan() -> dict[str, Any]:
    """Return the plan that a form says, whose steps stand in rows; a row without a name is none."""
    names, kinds = request.form.getlist("action_name"), request.form.getlist("action_kind")
    rows = zip(names, kinds, strict=False)
    return {"actions": [{"name": name, "kind": kind} for name, kind in rows if name.strip()]} if names else {}


PAGES = OwnerPages(
    kind=OwnerKind.SCHEDULE,
    bp=bp,
    new=NewScheduleSchema(),
    changed=ChangedScheduleSchema(),
    shown=(*RULES, "offer_id"),
    list_them=lambda company_id, wanted: services().list_schedules(company_id, wanted),
    add=lambda company_id, data: services().add_schedule(company_id, data),
    change=lambda company_id, number, data: services().change_schedule(company_id, ScheduleId(number), data),
    besides=plan,
)
owner_pages.register(PAGES)
lead_token_pages.register(PAGES)
