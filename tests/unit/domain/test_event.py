"""Events speak for themselves."""

from __future__ import annotations

from leadintake.domain.event import MEANINGS, EventKind


def test_every_kind_says_what_it_means() -> None:
    """The reference of events is made of these; a kind without a sentence would be in it as a riddle."""
    assert set(MEANINGS) == set(EventKind)
    assert all(said.endswith(".") for said in MEANINGS.values())
