"""Leads as a file: all that match, as they are filtered, or none and the reason."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.lead import LeadId
from leadintake.domain.use_cases.read_leads import ListedLeads
from leadintake.domain.user import Role
from leadintake.entrypoints.web.filters import AMONG
from leadintake.entrypoints.web.lead_file import COLUMNS, MOST_LEADS, MOST_LOOKED_AT, MOST_TOKEN_COLUMNS, OTHER_TOKENS

from tests.support.visitors import Visitor, a_visitor
from tests.unit.entrypoints.web.test_bounded_lists import END, over
from tests.unit.entrypoints.web.test_leads import ADA, BEN, seen, submitted

if TYPE_CHECKING:
    from leadintake.domain.use_cases.read_leads import ListLeads

    from tests.support.apps import World


@pytest.fixture
def visitor(world: World) -> Visitor:
    return a_visitor(world, Role.VIEWER)


def file_of(visitor: Visitor, query: str = "") -> list[dict[str, str]]:
    """Return the lines of the file, by the names of its columns."""
    answer = visitor.get(f"/leads/csv{query}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(StringIO(answer.text, newline=""), strict=True))


def test_file_has_what_is_known_of_each_lead(world: World, visitor: Visitor) -> None:
    lead = submitted(
        world, email="Ada@Example.org", interest="kittens", traffic_source_id=1000, sub_id="a", expires_in=60
    )

    answer = visitor.get("/leads/csv")
    [line] = file_of(visitor)

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="leads-2026-03-01.csv"'
    assert line == {
        "lead_id": str(lead.id),
        "caller_id": ADA,
        "country": "US",
        "status": "scheduled",
        "owner_kind": "schedule",
        "owner_id": "1",
        "owner_name": "Call at once",
        "traffic_source_id": "1000",
        "traffic_source_name": "Kitten banners",
        "sub_id": "a",
        "email": "Ada@Example.org",
        "created_at": "2026-03-01T12:00:00Z",
        "updated_at": "2026-03-01T12:00:00Z",
        "next_action_at": "2026-03-01T12:00:00Z",
        "expires_at": "2026-03-01T13:00:00Z",
        "token:email": "Ada@Example.org",
        "token:interest": "kittens",
    }


def test_file_is_filtered_as_the_list_is_which_leads_to_it(world: World, visitor: Visitor) -> None:
    submitted(world, sub_id="a & b")
    submitted(world, caller_id=BEN)

    page = visitor.get("/leads?sub_id=a+%26+b&owner=schedule:1")

    assert 'href="/leads/csv?owner=schedule%3A1&amp;sub_id=a+%26+b"' in page.text
    assert [line["caller_id"] for line in file_of(visitor, "?sub_id=a+%26+b&owner=schedule:1")] == [ADA]
    assert [line["caller_id"] for line in file_of(visitor)] == [BEN, ADA]
    assert file_of(visitor, "?status=failure") == []
    assert "/leads/csv" not in visitor.get("/leads?status=failure").text


def test_file_has_every_page(world: World, visitor: Visitor) -> None:
    for number in range(30):
        submitted(world, caller_id=f"+1202555{number + 1000}")

    assert len({line["caller_id"] for line in file_of(visitor)}) == 30


def test_file_goes_on_where_a_part_ends(world: World) -> None:
    """Parts end with a page, and with what was looked at for one."""
    lead = submitted(world)
    parts = iter([ListedLeads([lead], 1, lead.id), ListedLeads([], 0, None, lead.id), ListedLeads([lead], 1, None)])
    asked: list[ListLeads] = []

    def listed(command: ListLeads) -> ListedLeads:
        asked.append(command)
        return next(parts)

    assert len(file_of(over(world, list_leads=listed))) == 2
    assert [command.after for command in asked] == [None, lead.id, lead.id]


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", " =1", "＝1"])
def test_file_holds_no_formulas(world: World, visitor: Visitor, text: str) -> None:
    submitted(world, sub_id=text, email=text, interest=text)

    [line] = file_of(visitor)

    assert {line["sub_id"], line["email"], line["token:interest"]} <= {f"'{text}", f"'{text.strip()}"}


def test_rare_lead_tokens_share_a_column_when_there_are_many(world: World, visitor: Visitor) -> None:
    """A sender who makes up names as they go cannot make the file unusable, and nothing of it is left out."""
    common = {f"t{number:03}": "1" for number in range(MOST_TOKEN_COLUMNS)}
    submitted(world, **common)
    submitted(world, caller_id=BEN, **common, rare="=x", t999="2")

    rare, plain = file_of(visitor)

    assert list(rare) == [*COLUMNS, *(f"token:{name}" for name in sorted(common)), OTHER_TOKENS]
    assert (rare[OTHER_TOKENS], plain[OTHER_TOKENS]) == ('{"rare":"=x","t999":"2"}', "")


@pytest.mark.parametrize("leads", [MOST_LEADS, MOST_LEADS + 1])
def test_file_is_whole_or_none(world: World, leads: int) -> None:
    lead = submitted(world)
    left = leads

    def listed(command: ListLeads) -> ListedLeads:
        nonlocal left
        assert (command.per_page, command.among) == (AMONG, AMONG)
        part, left = min(left, AMONG), left - min(left, AMONG)
        return ListedLeads([lead] * part, part, lead.id if left else None)

    answer = over(world, list_leads=listed).get("/leads/csv")

    if leads > MOST_LEADS:
        assert answer.status_code == 422
        assert "a file has at most 50,000 leads: choose fewer days" in seen(answer.text)
    else:
        assert answer.text.count("\r\n") == MOST_LEADS + 1


def test_no_more_is_looked_at_than_is_said(world: World) -> None:
    asked: list[Any] = []

    def listed(command: ListLeads) -> ListedLeads:
        asked.append(command)
        return ListedLeads([], 0, None, LeadId(END))

    answer = over(world, list_leads=listed).get("/leads/csv?sub_id=nobody")

    assert answer.status_code == 422
    assert "at most 1,000,000 leads that are looked at: choose fewer days" in seen(answer.text)
    assert len(asked) == MOST_LOOKED_AT // AMONG


def test_what_makes_no_sense_is_told_beside_its_field(visitor: Visitor) -> None:
    answer = visitor.get("/leads/csv?from=yesterday")

    assert answer.status_code == 422
    assert "is no day" in seen(answer.text)
