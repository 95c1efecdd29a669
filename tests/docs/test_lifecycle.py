"""docs/lead-lifecycle.md draws the table that the domain enforces."""

from __future__ import annotations

import re

from leadintake.domain.event import EventKind
from leadintake.domain.lead import LIVE, TRANSITIONS, LeadStatus

from tests.docs.documents import document

LIFECYCLE = document("docs/lead-lifecycle.md")
[PICTURE] = [fence.text for fence in LIFECYCLE.fences if fence.language == "mermaid"]


def test_every_status_is_explained() -> None:
    explained = [row[0].strip("`") for row in LIFECYCLE.table("Statuses")]

    assert explained == [status.value for status in LeadStatus]


def test_picture_shows_every_step_among_live_leads() -> None:
    drawn = {(found[1], found[2]) for found in re.finditer(r"(\w+) --> (\w+)", block("live"))}

    # A status that leads to itself is a restart, which the text tells of.
    assert drawn == {(one.value, other.value) for one in LIVE for other in TRANSITIONS[one] & LIVE if one != other}


def test_picture_shows_every_end() -> None:
    ended = {status.value for status in LeadStatus} - {status.value for status in LIVE} - {"removed"}

    assert set(block("ended").split()) == ended
    assert "live --> ended" in PICTURE
    assert "live --> removed" in PICTURE
    assert "ended --> removed" in PICTURE


def test_every_event_is_explained() -> None:
    told = {name for row in LIFECYCLE.table("What moves a lead today") for name in re.findall(r"`([^`]+)`", row[2])}

    assert told == {kind.value for kind in EventKind}


def block(name: str) -> str:
    """Return what the picture holds inside one box."""
    return PICTURE.partition(f"state {name} {{")[2].partition("}")[0]
