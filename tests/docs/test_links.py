"""What the documents point to is there."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from tests.docs.documents import ROOT, SOURCE, Document, documents

DOCUMENTS = [pytest.param(document, id=document.name) for document in documents()]

# The hosts of the examples. Whatever else a document sends a reader to has to be added here:
# so no address of a workplace, or of an index that somebody's machine uses, gets in by accident.
HOSTS = {"127.0.0.1", "leads.example.com", "db.example.com", "shop.example"}

_ADDRESS = re.compile(r"\b[a-z]+(?:\+[a-z]+)?://([^\s`)|/\"']+)")
_FILE = re.compile(r"[\w./-]+\.(?:py|md|toml|txt|yaml|yml|service|mako)|[\w./-]+/")
_SHIPPED = re.compile(r"(?<![\w./-])(?:deploy|requirements|docs|tests|tools)/[\w./-]+\w")
_FOLDERS_OF_PEOPLE = re.compile(r"(?<![\w.$~])/(?:home|root|Users|tmp)\b")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: Document) -> None:
    for link in document.links:
        path, _, anchor = link.partition("#")
        if urlsplit(link).scheme:
            continue
        target = (document.path.parent / path).resolve() if path else document.path

        assert target.exists(), f"{document.name} links to {link}"
        assert target.is_relative_to(ROOT), f"{document.name} links out of the repository: {link}"
        if anchor:
            assert anchor in Document(path=target).anchors, f"{document.name} links to {link}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document: Document) -> None:
    for span in document.spans:
        if _FILE.fullmatch(span) and not span.startswith(("/", ".", "~")):
            places = [folder / span for folder in (ROOT, SOURCE, document.path.parent)]

            assert any(place.exists() for place in places), f"{document.name} names {span}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_in_examples_exist(document: Document) -> None:
    for fence in document.fences:
        for path in _SHIPPED.findall(fence.text):
            assert (ROOT / path).exists(), f"{document.name}:{fence.line} names {path}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_addresses_are_examples(document: Document) -> None:
    """A document must hold on any machine, so it knows no other host than those of the examples."""
    for found in _ADDRESS.finditer(document.text):
        host = found[1].rpartition("@")[2].partition(":")[0]

        # A name without a dot stands for the reader's own.
        assert "." not in host or host in HOSTS, f"{document.name} names {found[0]}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_path_of_somebody_s_machine_is_named(document: Document) -> None:
    assert _FOLDERS_OF_PEOPLE.findall(document.text) == []
    assert str(ROOT) not in document.text
