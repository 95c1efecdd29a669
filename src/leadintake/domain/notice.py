"""Notices: what was changed, left out or guessed about a submission, said aloud."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One entry of an answer's ``warnings``: the lead is in, but the sender should know.

    Shape: `code` is stable and machine-readable, `field` the parameter's name as sent (None when the
    notice is about the whole request), `message` a sentence without any submitted value.
    Source: specification, section 3.4.
    """

    code: str
    field: str | None
    message: str
