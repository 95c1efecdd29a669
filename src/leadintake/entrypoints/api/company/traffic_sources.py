"""`/api/v1/traffic_sources`: who sends leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.domain.use_cases.paging import Page
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation, shown
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.traffic_sources import (
    ONE_TRAFFIC_SOURCE,
    TRAFFIC_SOURCES,
    ChangedTrafficSourceSchema,
    ListTrafficSourcesSchema,
    NewTrafficSourceSchema,
    source_document,
)

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.money import Currency
    from leadintake.domain.use_cases.manage_traffic_sources import TrafficSourceData
    from leadintake.domain.use_cases.paging import Wanted

bp = CompanyBlueprint("traffic_sources", "Traffic sources")


@operation(
    bp, "GET", "/traffic_sources", needs=Permission.READ, query=ListTrafficSourcesSchema(), answers=TRAFFIC_SOURCES
)
def list_traffic_sources(key: ApiKey, wanted: Wanted) -> dict[str, Any]:
    """List the company's traffic sources."""
    found = services().list_traffic_sources(key.company_id, wanted)
    currency = _currency(key)
    documents = Page([source_document(source, currency) for source in found.items], found.total_count)
    return listed("traffic_sources", documents, wanted)


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
    return _one(key, services().add_traffic_source(key.company_id, data))


@operation(bp, "GET", "/traffic_sources/<traffic_source_id>", needs=Permission.READ, answers=ONE_TRAFFIC_SOURCE)
def read_traffic_source(key: ApiKey, traffic_source_id: TrafficSourceId) -> dict[str, Any]:
    """Show a traffic source."""
    return _one(key, services().read_traffic_source(key.company_id, traffic_source_id))


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
    return _one(key, services().change_traffic_source(key.company_id, traffic_source_id, data))


def _one(key: ApiKey, source: TrafficSource) -> dict[str, Any]:
    return shown("traffic_source", source_document(source, _currency(key)))


def _currency(key: ApiKey) -> Currency:
    return services().read_directory(key.company_id).company.currency
