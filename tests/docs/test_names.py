"""The code that the documents name exists: a map with wrong names is worse than none."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.docs.documents import ROOT, SOURCE, document, documents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.docs.documents import Document

# Decisions speak of the code as it was when they were taken.
DOCUMENTS = [pytest.param(one, id=one.name) for one in documents() if "adr" not in one.path.parts]
MAP = document("docs/architecture.md")

_CALL = re.compile(r"([\w.]+)\(\)")
_CLASS = re.compile(r"(?:[A-Z][a-z]+){2,}|Claim|Decision|Directory|Installation|Snapshot")
# Words of others that look like classes of ours.
_FOREIGN = {"SQLite", "PostgreSQL"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_functions_that_are_named_exist(document: Document) -> None:
    for span in document.spans:
        if call := _CALL.fullmatch(span):
            assert call[1] in every_name(), f"{document.name} names {span}"


def test_classes_of_the_map_exist() -> None:
    named = {span for span in MAP.spans if _CLASS.fullmatch(span)} - _FOREIGN

    assert named
    assert named - every_name() == set()


def test_each_step_of_the_map_is_where_it_says() -> None:
    """The map is read with an editor open: the function has to stand in the file that it names."""
    steps = MAP.table("One lead, followed through the code")

    assert len(steps) > 10
    for _, file, function, _ in steps:
        assert function.strip("`").removesuffix("()") in names_in(SOURCE / file.strip("`"))


def test_import_contracts_are_all_in_the_map() -> None:
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = re.findall(r'^id = "([\w-]+)"$', config, re.MULTILINE)
    named = [name for row in MAP.table("Layers") for name in row[0].split(", ")]

    assert sorted(named) == sorted(contracts)


@cache
def every_name() -> frozenset[str]:
    return frozenset(name for path in SOURCE.rglob("*.py") for name in names_in(path))


def names_in(path: Path) -> frozenset[str]:
    """Return what a file defines: functions, classes, their methods with and without the class's name."""
    return frozenset(_names(ast.parse(path.read_text(encoding="utf-8"))))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield inner.name
                    yield f"{node.name}.{inner.name}"
        if isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            yield from (target.id for target in targets if isinstance(target, ast.Name))
