"""How long the fault tests go on.

With ``LEADINTAKE_TEST_SOAK=1`` in the environment each test here does twenty times as many rounds of the same; which
tests run does not change: ``LEADINTAKE_TEST_SOAK=1 .venv/bin/python -m pytest tests/integration/faults``, for an hour.
"""

from __future__ import annotations

import os

_FACTOR = 20 if os.environ.get("LEADINTAKE_TEST_SOAK") == "1" else 1

TIMEOUT_SECONDS = 300 * _FACTOR


def rounds(count: int) -> range:
    """Return that many rounds, or many times as many."""
    return range(count * _FACTOR)
