"""A processor of its own for each worker.

Python's threads take turns in one process, and every turn that goes to a thread on another processor moves all that
the interpreter has at hand over to it, and wakes it from sleep. Kept together on one processor, the same requests
take a fifth to a third less of its time (docs/performance.md). A worker could not use more than one anyway.
"""

from __future__ import annotations

import os
import socket
import sys

# Held as long as the process lives, and by nobody else on this machine: the kernel frees the name with the process.
_CLAIM: list[socket.socket] = []
# All that the process might use before it claimed one of them.
_BEFORE_CLAIM: set[int] = set()


def claim_processor(*, claims: str = "leadintake-processor") -> int | None:
    """Keep this process, and every thread it starts from now on, on a processor that no other worker has.

    Args:
        claims: What the claims on this machine are called; only those of one name know of each other.

    Returns: The processor's number; None when all are taken, or the system has no such thing: then nothing changes.
    """
    if sys.platform != "linux":
        return None
    everywhere = os.sched_getaffinity(0)
    # Interrupts are commonly served by the first one.
    for number in sorted(everywhere, reverse=True):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0{claims}-{number}")
            os.sched_setaffinity(0, {number})
        except OSError:
            claim.close()
            continue
        _CLAIM.append(claim)
        _BEFORE_CLAIM.update(everywhere)
        return number
    return None


def processors_before_claim() -> frozenset[int]:
    """Return all processors that this process might use before it claimed one; none where it has claimed none."""
    return frozenset(_BEFORE_CLAIM)
