"""`/api/v1/suppression_lists`: callers whom the company contacts for none of its offers, or not for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation, shown
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.suppression_lists import (
    CALLERS,
    CHANGED_ENTRIES,
    ONE_SUPPRESSION_LIST,
    SUPPRESSION_LISTS,
    CallersSchema,
    ChangedSuppressionListSchema,
    ListCallersSchema,
    ListSuppressionListsSchema,
    NewSuppressionListSchema,
)

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.suppression import SuppressionListId
    from leadintake.domain.use_cases.manage_suppression_lists import ChangedEntries, SuppressionListData
    from leadintake.domain.use_cases.paging import Wanted, Window

ALL = "/suppression_lists"
ONE = f"{ALL}/<list_id>"
ENTRIES = f"{ONE}/callers"

bp = CompanyBlueprint("suppression_lists", "Suppression lists")


@operation(bp, "GET", ALL, needs=Permission.READ, query=ListSuppressionListsSchema(), answers=SUPPRESSION_LISTS)
def list_suppression_lists(key: ApiKey, wanted: Wanted) -> dict[str, Any]:
    """List the company's suppression lists."""
    return listed("suppression_lists", services().list_suppression_lists(key.company_id, wanted), wanted)


@operation(
    bp,
    "POST",
    ALL,
    needs=Permission.WRITE,
    body=NewSuppressionListSchema(),
    answers=ONE_SUPPRESSION_LIST,
    status=201,
)
def add_suppression_list(key: ApiKey, data: SuppressionListData) -> dict[str, Any]:
    """Make a suppression list."""
    return shown("suppression_list", services().add_suppression_list(key.company_id, data))


@operation(bp, "GET", ONE, needs=Permission.READ, answers=ONE_SUPPRESSION_LIST)
def read_suppression_list(key: ApiKey, list_id: SuppressionListId) -> dict[str, Any]:
    """Show a suppression list."""
    return shown("suppression_list", services().read_suppression_list(key.company_id, list_id))


@operation(
    bp, "PATCH PUT", ONE, needs=Permission.WRITE, body=ChangedSuppressionListSchema(), answers=ONE_SUPPRESSION_LIST
)
def change_suppression_list(key: ApiKey, data: SuppressionListData, list_id: SuppressionListId) -> dict[str, Any]:
    """Change what is given of a suppression list; its entries stay."""
    return shown("suppression_list", services().change_suppression_list(key.company_id, list_id, data))


@operation(bp, "DELETE", ONE, needs=Permission.WRITE, answers=ONE_SUPPRESSION_LIST)
def remove_suppression_list(key: ApiKey, list_id: SuppressionListId) -> dict[str, Any]:
    """Forget a suppression list with all its entries."""
    return shown("suppression_list", services().remove_suppression_list(key.company_id, list_id))


@operation(bp, "GET", ENTRIES, needs=Permission.READ, query=ListCallersSchema(), answers=CALLERS)
def list_callers(key: ApiKey, window: Window, list_id: SuppressionListId) -> dict[str, Any]:
    """List who is on a suppression list, in order of their numbers."""
    return listed("callers", services().list_suppressed_callers(key.company_id, list_id, window), window)


@operation(bp, "POST", ENTRIES, needs=Permission.WRITE, body=CallersSchema(), answers=CHANGED_ENTRIES)
def suppress_callers(key: ApiKey, data: dict[str, Any], list_id: SuppressionListId) -> dict[str, Any]:
    """Put callers on a suppression list, all of them or none."""
    return _entries(services().suppress_callers(key.company_id, list_id, data["callers"]))


@operation(bp, "POST", f"{ENTRIES}/remove", needs=Permission.WRITE, body=CallersSchema(), answers=CHANGED_ENTRIES)
def release_callers(key: ApiKey, data: dict[str, Any], list_id: SuppressionListId) -> dict[str, Any]:
    """Take callers off a suppression list, all of them or none."""
    return _entries(services().release_callers(key.company_id, list_id, data["callers"]))


@operation(bp, "DELETE", f"{ENTRIES}/<caller_id>", needs=Permission.WRITE, answers=CHANGED_ENTRIES)
def release_caller(key: ApiKey, list_id: SuppressionListId, caller_id: str) -> dict[str, Any]:
    """Take one caller off a suppression list."""
    return _entries(services().release_callers(key.company_id, list_id, [caller_id]))


def _entries(changed: ChangedEntries) -> dict[str, Any]:
    """Return what was done to a list."""
    callers = [caller.e164 for caller in changed.callers]
    return {"callers": callers, "metadata": {"root": "callers", "total_count": changed.total_count}}
