"""What the machine gives: the time, identifiers, and what nobody can guess."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

Clock: TypeAlias = Callable[[], datetime]
"""Now, aware, UTC."""
NewId: TypeAlias = Callable[[], UUID]
"""A fresh UUIDv7, later than every one that this process has handed out before."""
RandomBytes: TypeAlias = Callable[[int], bytes]
"""That many unpredictable bytes."""
