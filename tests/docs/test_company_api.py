"""docs/api.md names every member of what the company API takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadintake.entrypoints.schemas.company.contact_fields import NewContactFieldSchema
from leadintake.entrypoints.schemas.company.fields import MOST_PER_PAGE
from leadintake.entrypoints.schemas.company.leads import ChangedLeadSchema
from leadintake.entrypoints.schemas.company.owners import NewScheduleSchema
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
    ],
)
def test_every_member_is_documented(heading: str, schema: type[Schema]) -> None:
    named = {name for row in API.table(heading) for name in re.findall(r"`(\w+)`", row[0])}

    assert named == set(schema().fields)


def test_limits_are_the_documented_ones() -> None:
    assert f"at most {MOST_PER_PAGE}" in API.section("Company API")
    assert f"up to {MOST_CALLERS} at a time" in API.section("Suppression lists")
