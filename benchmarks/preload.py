"""A million leads in the tables, by the product's own use case and therefore exactly as requests leave them there.

Batches of a thousand go through `enroll_leads`, as an import does; what is left out is HTTP alone. So the time it
takes is a figure, too: the import rate of one process.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from leadintake.bootstrap import build
from leadintake.domain.claims import EnrollLead
from leadintake.domain.submission import Receipt, SubmissionId

from benchmarks.load.in_python import lead_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.bootstrap import Services
    from leadintake.domain.use_cases.identify_sender import Sender

    from benchmarks.callers import Callers
    from benchmarks.product import Installation

BATCH: Final = 1000


def preload(
    installation: Installation,
    callers: Callers,
    *,
    leads: int,
    progress: Callable[[int, float], None],
    dress: Callable[[EnrollLead, int], EnrollLead] = lambda command, _: command,
) -> float:
    """Store that many leads of new callers, and return how many a second.

    Args:
        installation: Nobody serves it meanwhile.
        callers: Where the numbers come from.
        leads: How many.
        progress: Told how many are stored, and how many seconds that took.
        dress: Makes of the n-th command the one that is obeyed.
    """
    services = build(installation.settings)
    try:
        sender = services.identify_lead_token(installation.lead_token, kind=None)
        first, began_at = callers.take(leads), time.perf_counter()
        for start in range(first, first + leads, BATCH):
            numbers = range(start, min(start + BATCH, first + leads))
            services.enroll_leads([dress(_command(services, sender, callers.number(n), n), n) for n in numbers])
            progress(numbers.stop - first, time.perf_counter() - began_at)
        return leads / (time.perf_counter() - began_at)
    finally:
        services.close()


def _command(services: Services, sender: Sender, number: str, n: int) -> EnrollLead:
    """Return the command that the load's n-th request becomes."""
    body = lead_body("[redacted]", number, n).decode()
    given = json.loads(body)
    del given["lead_token"], given["caller_id"]
    return EnrollLead(
        receipt=Receipt(
            id=SubmissionId(services.new_id()),
            company_id=sender.company.id,
            lead_token_id=sender.lead_token.id,
            received_at=services.clock(),
            route="leads",
            remote_ip="127.0.0.1",
            request={"query": [], "body": "json", "json": body},
        ),
        caller_id=number,
        tokens=given,
        email=given["email"],
    )
