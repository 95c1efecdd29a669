"""docs/api.md names every member of what the company API takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadintake.entrypoints.schemas.company.contact_fields import NewContactFieldSchema
from leadintake.entrypoints.schemas.company.fields import MOST_PER_PAGE
from leadintake.entrypoints.schemas.company.leads import ChangedLeadSchema
from leadintake.entrypoints.schemas.company.owners import NewScheduleSchema
from leadintake.entrypoints.schemas.company.recorded import MOST_AT_ONCE, NewCallSchema, NewConversionSchema
from leadintake.entrypoints.schemas.company.recorded_answers import ListCallsSchema, ListConversionsSchema
from leadintake.entrypoints.schemas.company.submissions import ListSubmissionsSchema
from leadintake.entrypoints.schemas.company.suppression_lists import MOST_CALLERS

from tests.docs.documents import document

if TYPE_CHECKING:
    from marshmallow import Schema

API = document("docs/api.md")


@pytest.mark.parametrize(
    ("heading", "schema"),
    [
        ("Changing a lead", ChangedLeadSchema),
        ("Schedules and offers", NewScheduleSchema),
        ("Contact fields", NewContactFieldSchema),
        ("Submissions", ListSubmissionsSchema),
        ("Fields of a call", NewCallSchema),
        ("Fields of a conversion", NewConversionSchema),
    ],
)
def test_every_member_is_documented(heading: str, schema: type[Schema]) -> None:
    named = {name for row in API.table(heading) for name in re.findall(r"`(\w+)`", row[0])}

    assert named == set(schema().fields)


def test_every_filter_of_calls_and_conversions_is_documented() -> None:
    table = API.table("Lists of calls and conversions")
    named = {name for row in table for name in re.findall(r"`(\w+)`", row[0])}

    assert named == set(ListCallsSchema().fields) | set(ListConversionsSchema().fields)


def test_limits_are_the_documented_ones() -> None:
    assert f"at most {MOST_PER_PAGE}" in API.section("Company API")
    assert f"up to {MOST_CALLERS} at a time" in API.section("Suppression lists")
    assert f"up to {MOST_AT_ONCE:,} at once" in API.section("Calls and conversions")
