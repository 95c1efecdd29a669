"""The parts of the documents that the code writes are as the code would write them now."""

from __future__ import annotations

import pytest

from tests.docs.documents import Document, documents
from tests.docs.generated import parts

WRITTEN = [(document, name) for document in documents() for name in document.generated()]


@pytest.mark.parametrize(
    ("document", "name"), [pytest.param(document, name, id=f"{document.name}:{name}") for document, name in WRITTEN]
)
def test_generated_part_is_current(document: Document, name: str) -> None:
    """A parameter, a code, a setting or a command that no document names would not exist for a reader."""
    assert document.generated()[name] == parts()[name], "mend it with: python -m tests.docs.generated"


def test_every_generated_part_is_in_one_document() -> None:
    assert sorted(name for _, name in WRITTEN) == sorted(parts())
