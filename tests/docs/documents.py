"""The documents as their tests read them: headings, links, code spans, fenced blocks and generated parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "leadintake"

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#+) +(.+?) *$", re.MULTILINE)
_TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
_GENERATED = re.compile(r"(<!-- generated: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """One fenced block; `line` is where its content begins, counted from 1."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Document:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        """Return the path as seen from the repository's root."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """Return all of it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """Return it without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def fences(self) -> tuple[Fence, ...]:
        """Return its fenced blocks in order."""
        return tuple(
            Fence(language=found[1], text=found[2], line=self.text.count("\n", 0, found.start(2)) + 1)
            for found in _FENCE.finditer(self.text)
        )

    @property
    def spans(self) -> list[str]:
        """Return what stands in backticks in the prose."""
        return _SPAN.findall(self.prose)

    @property
    def links(self) -> list[str]:
        """Return where the prose links to."""
        return _LINK.findall(_SPAN.sub("", self.prose))

    @property
    def headings(self) -> list[str]:
        """Return the headings' texts in order."""
        return [found[2] for found in _HEADING.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """Return what a link into this document may end in."""
        return {_slug(heading) for heading in self.headings}

    def section(self, heading: str) -> str:
        """Return what stands under a heading, up to the next one of its level or above."""
        start = next(found for found in _HEADING.finditer(self.text) if found[2] == heading)
        for found in _HEADING.finditer(self.text, start.end()):
            if len(found[1]) <= len(start[1]):
                return self.text[start.end() : found.start()]
        return self.text[start.end() :]

    def table(self, heading: str) -> list[list[str]]:
        """Return the cells of the first table under a heading, without its head."""
        found = _TABLE.search(self.section(heading))
        rows = found[0].splitlines() if found else []
        return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]

    def generated(self) -> dict[str, str]:
        """Return the generated parts by name."""
        return {found[2]: found[3] for found in _GENERATED.finditer(self.text)}

    def with_generated(self, parts: dict[str, str]) -> str:
        """Return the text with its generated parts replaced."""
        return _GENERATED.sub(lambda found: found[1] + parts[found[2]] + found[4], self.text)


def documents() -> Iterator[Document]:
    """Yield every document of the repository."""
    for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))):
        yield Document(path=path)


def document(name: str) -> Document:
    """Return one document by its path from the repository's root."""
    return Document(path=ROOT / name)


def _slug(heading: str) -> str:
    """Return a heading's anchor, as the forges that show Markdown make it."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")
