"""`/api/v1/traffic_sources`: who sends leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation, shown
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.traffic_sources import (
    ONE_TRAFFIC_SOURCE,
    TRAFFIC_SOURCES,
    ChangedTrafficSourceSchema,
    ListTrafficSourcesSchema,
    NewTrafficSourceSchema,
)

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.use_cases.manage_traffic_sources import TrafficSourceData
    from leadintake.domain.use_cases.paging import Wanted

bp = CompanyBlueprint("traffic_sources", "Traffic sources")


@operation(
    bp, "GET", "/traffic_sources", needs=Permission.READ, query=ListTrafficSourcesSchema(), answers=TRAFFIC_SOURCES
)
def list_traffic_sources(key: ApiKey, wanted: Wanted) -> dict[str, Any]:
    """List the company's traffic sources."""
    return listed("traffic_sources", services().list_traffic_sources(key.company_id, wanted), wanted)


@operation(
    bp,
    "POST",
    "/traffic_sources",
    needs=Permission.WRITE,
    body=NewTrafficSourceSchema(),
    answers=ONE_TRAFFIC_SOURCE,
    status=201,
)
def add_traffic_source(key: ApiKey, data: TrafficSourceData) -> dict[str, Any]:
    """Make a traffic source."""
    return shown("traffic_source", services().add_traffic_source(key.company_id, data))


@operation(bp, "GET", "/traffic_sources/<traffic_source_id>", needs=Permission.READ, answers=ONE_TRAFFIC_SOURCE)
def read_traffic_source(key: ApiKey, traffic_source_id: TrafficSourceId) -> dict[str, Any]:
    """Show a traffic source."""
    return shown("traffic_source", services().read_traffic_source(key.company_id, traffic_source_id))


@operation(
    bp,
    "PATCH PUT",
    "/traffic_sources/<traffic_source_id>",
    needs=Permission.WRITE,
    body=ChangedTrafficSourceSchema(),
    answers=ONE_TRAFFIC_SOURCE,
)
def change_traffic_source(key: ApiKey, data: TrafficSourceData, traffic_source_id: TrafficSourceId) -> dict[str, Any]:
    """Change what is given of a traffic source."""
    return shown("traffic_source", services().change_traffic_source(key.company_id, traffic_source_id, data))
