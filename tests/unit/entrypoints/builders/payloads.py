"""What form builders post, from files: ``*.json`` is a body of that type, ``*.txt`` begins with its content type."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadintake.domain.parameters import Limits, Submitted
from leadintake.domain.reserving import reserve
from leadintake.entrypoints.api.intake.carriers import Body, BodyKind, read_body

if TYPE_CHECKING:
    from leadintake.domain.reserving import Reserved
    from leadintake.entrypoints.api.intake.builders import BuilderSubmission

FOLDER = Path(__file__).parents[3] / "fixtures" / "builders"
LIMITS = Limits()
PLAIN = "plain_"


def names() -> set[str]:
    return {path.name for path in FOLDER.iterdir()}


def payload(name: str) -> Body:
    """Return a file's body, read as the API reads it."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    if name.endswith(".json"):
        return read_body("application/json", text.encode(), limits=LIMITS)
    head, _, lines = text.partition("\n\n")
    content_type = head.removeprefix("Content-Type: ")
    # A form has a line for each field, for the sake of its readers; multipart lines end as they do on the wire.
    is_multipart = content_type.startswith("multipart/")
    content = lines.replace("\n", "\r\n") if is_multipart else lines.strip().replace("\n", "&")
    return read_body(content_type, content.encode(), limits=LIMITS)


def json_body(text: str) -> Body:
    return read_body("application/json", text.encode(), limits=LIMITS)


def form_body(text: str) -> Body:
    return read_body("application/x-www-form-urlencoded", text.encode(), limits=LIMITS)


def reserved(submission: BuilderSubmission) -> Reserved:
    """Return what becomes of a builder's submission."""
    return reserve(
        Submitted(body=submission.pairs, notices=submission.notices),
        limits=LIMITS,
        region="US",
        secrets=submission.secrets,
        typed_phone_fields=(submission.phone_field,) if submission.phone_field else (),
    )


def reserved_plain(body: Body) -> Reserved:
    """Return what becomes of an ordinary submission."""
    assert body.kind is not BodyKind.EMPTY
    return reserve(body.submitted(()), limits=LIMITS, region="US")
