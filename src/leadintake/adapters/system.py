"""The machine itself: its clock, its identifiers, its randomness."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from uuid import UUID


def utc_now() -> datetime:
    """Return the present instant: aware, UTC, in microseconds."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """Return a fresh UUIDv7, greater than every one this process has returned before.

    The generator holds one counter for all threads. It goes on counting within a millisecond, and from the
    latest instant it has seen when the clock is set back; a forked process draws other random bits.
    """
    return uuid7()


def random_bytes(count: int) -> bytes:
    """Return that many unpredictable bytes, fit for credentials."""
    return os.urandom(count)
