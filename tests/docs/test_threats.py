"""The threat model names its proofs, and every proof is there."""

from __future__ import annotations

import re

import pytest

from tests.docs.documents import ROOT, Document

MODEL = Document(path=ROOT / "docs" / "threat-model.md")
PROOFS = sorted({span for span in MODEL.spans if span.startswith("tests/")})


@pytest.mark.parametrize("proof", PROOFS)
def test_proof_of_a_threat_exists(proof: str) -> None:
    """A renamed test must not leave a promise without anybody who keeps it."""
    path, _, name = proof.partition("::")

    assert re.search(rf"^ *def {re.escape(name)}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_threat_has_a_proof() -> None:
    rows = [
        line
        for line in MODEL.text.splitlines()
        if line.startswith("|") and not line.startswith(("| ---", "| They", "| What"))
    ]

    assert rows
    assert [row for row in rows if "`tests/" not in row] == []
