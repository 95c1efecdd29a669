"""docs/audit.md tells an outsider enough to verify an export: its own program comes to the same hashes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from leadintake.domain.sealing import Flaw, Head, KeptEvent, sealed
from leadintake.entrypoints.cli.audit import audit

from tests.docs.documents import document
from tests.support.builders import COMPANY, NOW, new_id

AUDIT = document("docs/audit.md")


def test_program_of_the_document_verifies_a_segment() -> None:
    [program] = [fence.text for fence in AUDIT.fences if fence.language == "python"]
    told: dict[str, Any] = {}
    exec(program, told)  # noqa: S102 - the document's own program
    details = {"sub_id": 'caf\u00e9 "\U0001f431"\n', "tokens": [], "nested": {"b": 1.5, "a": None}}
    events = [
        KeptEvent(
            company_id=COMPANY,
            id=new_id(),  # type: ignore[arg-type]  # any identifier
            kind="lead.created",
            lead_id=lead_id,
            lead_version=1 if lead_id else None,
            at=NOW,
            caller="+12025550143",
            details=details,
        )
        for lead_id in (str(UUID(int=1)), None)
    ]
    salts = bytes(range(32))

    segment = sealed(COMPANY, events, after=Head(number=4, hash=b"4" * 32), salts=salts, at=NOW)

    entries = b""
    for index, event in enumerate(events):
        digest = told["digest"](salts[16 * index : 16 * index + 16], "+12025550143", details)
        facts = {
            "company_id": 1,
            "id": str(event.id),
            "kind": "lead.created",
            "lead_id": event.lead_id,
            "lead_version": event.lead_version,
            "at": "2026-03-01T12:00:00.000000+00:00",
        }
        entries += event.id.bytes + digest + told["event_hash"](facts, digest)
    header = {
        "company_id": 1,
        "count": 2,
        "number": 5,
        "previous": (b"4" * 32).hex(),
        "sealed_at": "2026-03-01T12:00:00.000000+00:00",
    }
    assert (segment.entries, segment.hash) == (entries, told["segment_hash"](header, entries))


def test_every_flaw_is_explained() -> None:
    explained = {row[0].strip("`") for row in AUDIT.table("What an audit can tell")}

    assert explained == {flaw.value for flaw in Flaw} | {"events_as_sealed", "events_waiting"}


def test_every_command_is_named() -> None:
    assert all(f"leadintake audit {name}" in AUDIT.text for name in audit.commands)
