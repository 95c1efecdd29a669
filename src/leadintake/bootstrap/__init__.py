"""The composition root: the only place that knows which adapter stands behind which port.

`wire` binds the use cases to any ports; `build` makes the ports that the settings name. Nothing connects before
the first use.

    ports          what the use cases are bound to
    services       `Services`, and `wire`: all that the modules below offer, in one
    intake         leads coming in: credentials, limits, enrollment
    leads          leads, read and changed
    callers        operations on callers, and their erasure
    submissions    the ledger, replays, retention
    recorded       calls and conversions
    reports        what is counted, and whoever watches it
    set_up         companies with their schedules, offers, sources, fields, lists and posting pages
    credentials    lead tokens and API keys
    users          users, and how they sign in
    upkeep         chores and inspections
    building       `build`, and the same in memory
    archives       backups
"""

from __future__ import annotations

from leadintake.adapters.archived import Archived, ArchiveError
from leadintake.adapters.keyring import CannotOpen
from leadintake.adapters.memory.machine import MovableClock
from leadintake.bootstrap.archives import back_up, restore
from leadintake.bootstrap.building import InMemory, build, build_in_memory, limits_of
from leadintake.bootstrap.intake import Coalescing, IdentifyApiKey, IdentifyLeadToken, Limiting
from leadintake.bootstrap.ports import Ports
from leadintake.bootstrap.services import Services, wire

__all__ = [
    "ArchiveError",
    "Archived",
    "CannotOpen",
    "Coalescing",
    "IdentifyApiKey",
    "IdentifyLeadToken",
    "InMemory",
    "Limiting",
    "MovableClock",
    "Ports",
    "Services",
    "back_up",
    "build",
    "build_in_memory",
    "limits_of",
    "restore",
    "wire",
]
