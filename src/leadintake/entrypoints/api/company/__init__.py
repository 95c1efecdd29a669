"""The company API: what holders of an API key read, set up and change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.entrypoints.api.company import (
    api_keys,
    calls,
    company,
    contact_fields,
    conversions,
    erasures,
    lead_tokens,
    leads,
    offers,
    reports,
    schedules,
    submissions,
    suppression_lists,
    traffic_sources,
)

if TYPE_CHECKING:
    from leadintake.entrypoints.api.company.operations import CompanyBlueprint

BLUEPRINTS: tuple[CompanyBlueprint, ...] = (
    company.bp,
    leads.bp,
    schedules.bp,
    offers.bp,
    contact_fields.bp,
    traffic_sources.bp,
    suppression_lists.bp,
    submissions.bp,
    lead_tokens.bp,
    api_keys.bp,
    erasures.bp,
    calls.bp,
    conversions.bp,
    reports.bp,
)
