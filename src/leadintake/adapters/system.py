"""The machine itself: its clock, its identifiers, its randomness."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, SafeUUID

import uuid_utils

# A UUID lets nobody change it, and takes a microsecond to be made of a number; its slots do neither.
_SLOTS: Any = UUID
_SET_NUMBER: Final = _SLOTS.int.__set__
_SET_SAFETY: Final = _SLOTS.is_safe.__set__


def utc_now() -> datetime:
    """Return the present instant: aware, UTC, in microseconds."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """Return a fresh UUIDv7, greater than every one this process has returned before.

    The generator holds one counter for all threads. It goes on counting within a millisecond, and from the
    latest instant it has seen when the clock is set back; a forked process draws other random bits.
    """
    identifier = UUID.__new__(UUID)
    _SET_NUMBER(identifier, uuid_utils.uuid7().int)
    _SET_SAFETY(identifier, SafeUUID.unknown)
    return identifier


def random_bytes(count: int) -> bytes:
    """Return that many unpredictable bytes, fit for credentials."""
    return os.urandom(count)
