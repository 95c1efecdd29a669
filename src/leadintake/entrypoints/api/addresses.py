"""Which addresses programs ask, in every installation."""

from __future__ import annotations

from typing import Final

API: Final = "/api/"
MACHINES: Final = frozenset({"/healthz", "/readyz", "/metrics"})


def is_for_programs(path: str) -> bool:
    """Say whether the API's document describes an address: no page, and nothing that only test suites have."""
    return path.startswith(API) or path in MACHINES
