"""The real application over an installation in memory: for test suites, ours and other people's.

    installation    the application and its demo company, which can be put back to their beginning
    routes          what a suite that is no Python asks for: the beginning again, another time, an outage
    serving         a server with threads in this process

`leadintake.testing` and `leadintake serve --in-memory` are made of these.
"""

from __future__ import annotations

from leadintake.entrypoints.in_memory.installation import InMemoryInstallation, Opening
from leadintake.entrypoints.in_memory.serving import InMemoryServer

__all__ = ["InMemoryInstallation", "InMemoryServer", "Opening"]
