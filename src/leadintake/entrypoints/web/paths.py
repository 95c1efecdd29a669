"""Which addresses are pages."""

from __future__ import annotations

from typing import Final

from leadintake.entrypoints.api.addresses import API, MACHINES

ASSETS: Final = "/assets/"
# What test suites ask of a service in memory stands beside the API.
_NOT_PAGES: Final = (API, "/testing/", ASSETS)
_MACHINES: Final = MACHINES | {"/api"}


def is_page(path: str) -> bool:
    """Say whether people open this address, and not programs; whether there is anything is another matter."""
    return not path.startswith(_NOT_PAGES) and path not in _MACHINES
