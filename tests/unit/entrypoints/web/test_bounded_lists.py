"""Lists in pages look at so many rows and no more, and say what they have not looked at."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from leadintake.domain.lead import LeadId
from leadintake.domain.submission import SubmissionId
from leadintake.domain.use_cases.read_leads import ListedLeads
from leadintake.domain.use_cases.read_submissions import ListedSubmissions
from leadintake.entrypoints.api import create_app
from leadintake.entrypoints.web.filters import AMONG

from tests.support.visitors import Visitor, a_visitor
from tests.unit.entrypoints.web.test_leads import seen

if TYPE_CHECKING:
    from leadintake.domain.use_cases.read_leads import ListLeads
    from leadintake.domain.use_cases.read_submissions import ListSubmissions

    from tests.support.apps import World

END = UUID("019ca945-0a00-7000-8000-000000000001")


def over(world: World, **use_cases: Any) -> Visitor:  # noqa: ANN401 - as `Services` has them
    """Return a visitor of the same world with other use cases in it."""
    return a_visitor(replace(world, app=create_app(replace(world.services, **use_cases))))


@pytest.mark.parametrize("query", ["", "?sub_id=nobody", "?owner=offer:1", "?status=completed", f"?cursor={END}"])
def test_leads_are_listed_within_bounds(world: World, query: str) -> None:
    asked: list[ListLeads] = []

    def listed(command: ListLeads) -> ListedLeads:
        asked.append(command)
        return world.services.list_leads(command)

    assert over(world, list_leads=listed).get(f"/leads{query}").status_code == 200
    assert [command.among for command in asked] == [AMONG]


@pytest.mark.parametrize("query", ["", "?show=all", "?show=accepted&owner=offer:1", "?code=no_such_code"])
def test_submissions_are_listed_and_counted_within_bounds(world: World, query: str) -> None:
    asked: list[ListSubmissions] = []

    def listed(command: ListSubmissions) -> ListedSubmissions:
        asked.append(command)
        return world.services.list_submissions(command)

    def counted(command: ListSubmissions) -> dict[str, int]:
        asked.append(command)
        return {}

    assert over(world, list_submissions=listed, count_codes=counted).get(f"/submissions{query}").status_code == 200
    assert {command.among for command in asked} == {AMONG}


def test_what_was_not_looked_at_is_said(world: World) -> None:
    """That nothing is there may be said only where somebody has looked."""
    visitor = over(
        world,
        list_leads=lambda _command: ListedLeads([], 0, None, LeadId(END)),
        list_submissions=lambda _command: ListedSubmissions([], 0, None, SubmissionId(END)),
    )

    for path, query in (("/leads", "sub_id=nobody"), ("/submissions", "owner=offer%3A1")):
        text = visitor.get(f"{path}?{query}").text
        assert "among those looked at" in seen(text)
        assert re.search(rf'href="{path}\?{query}&amp;cursor={END}" rel="next">Look further back', text)
