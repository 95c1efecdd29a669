"""The documents' own order: the glossary, the settings that are named, the decisions, the changelog."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadintake import __version__
from leadintake.config import FILE_SUFFIX, SETTINGS
from leadintake.domain.credential import Permission
from leadintake.domain.event import EventKind
from leadintake.domain.owner import ActionKind, OwnerKind
from leadintake.domain.submission import Outcome
from leadintake.domain.user import Role
from leadintake.entrypoints.cli.installation import LEAD_TOKEN_VARIABLE

from tests.docs.documents import ROOT, SOURCE, Document, document, documents
from tests.support.postgres import URL_VARIABLE

if TYPE_CHECKING:
    from enum import StrEnum

GLOSSARY = document("docs/glossary.md")
CHANGELOG = document("CHANGELOG.md")
INDEX = document("docs/adr/README.md")
DECISIONS = [one for one in documents() if re.match(r"\d{4}-", one.path.name)]
_MOST_LINES_OF_A_PAGE = 60
_KINDS_OF_CHANGE = ["Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]


@pytest.mark.parametrize("words", [OwnerKind, ActionKind, Permission, Role, Outcome, EventKind])
def test_glossary_has_every_word_of_a_closed_set(words: type[StrEnum]) -> None:
    """The code uses the glossary's words and no others."""
    spans = set(GLOSSARY.spans)
    terms = {row.partition("|")[0].strip() for row in re.findall(r"^\| (.+)$", GLOSSARY.text, re.MULTILINE)}

    assert {word.value for word in words} - spans - terms == set()


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in documents()])
def test_settings_that_are_named_exist(one: Document) -> None:
    known = {setting.name for setting in SETTINGS} | {LEAD_TOKEN_VARIABLE, URL_VARIABLE}

    for name in re.findall(r"(?<![A-Z_])LEADINTAKE_[A-Z_]*[A-Z]", one.text):
        assert name.removesuffix(FILE_SUFFIX) in known, f"{one.name} names {name}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(one.path.name[:4]) for one in DECISIONS]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("one", [pytest.param(one, id=one.path.stem) for one in DECISIONS])
def test_decision_is_one_page_of_the_same_parts(one: Document) -> None:
    title, *parts = one.headings

    assert title.startswith(f"{one.path.name[:4]}: ")
    assert parts == ["Status", "Context", "Decision", "Options turned down", "Consequences"]
    assert len(one.text.splitlines()) <= _MOST_LINES_OF_A_PAGE


def test_index_lists_every_decision_by_its_title() -> None:
    listed = dict(re.findall(r"^\| \[(\d{4})\]\([^)]+\) \| (.+) \|$", INDEX.text, re.MULTILINE))

    assert listed == dict(one.headings[0].split(": ", 1) for one in DECISIONS)


def test_decisions_that_the_code_names_exist() -> None:
    titles = dict(one.headings[0].split(": ", 1) for one in DECISIONS)
    sources = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")]
    named = [found for text in sources for found in re.findall(r'ADR (\d{4})(?:, "([^"]+)")?', text)]

    assert named
    for number, title in named:
        assert number in titles
        assert title in {"", titles[number]}


def test_changelog_has_this_version_and_room_for_the_next() -> None:
    versions = [heading for heading in CHANGELOG.headings if heading == "Unreleased" or heading[:1].isdigit()]

    assert versions[0] == "Unreleased"
    assert __version__ in versions[1]
    for heading in re.findall(r"^### (.+)$", CHANGELOG.text, re.MULTILINE):
        assert heading in _KINDS_OF_CHANGE


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    for one in documents():
        for text in (*one.spans, *(fence.text for fence in one.fences)):
            for target in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE):
                assert target in targets, f"{one.name} names make {target}"
