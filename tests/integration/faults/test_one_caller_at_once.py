"""A hundred senders at the same moment have one caller between them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tests.integration.faults import audit
from tests.integration.faults.soak import Noted, rounds
from tests.support.loads import callers, requests_for, send_at_once

if TYPE_CHECKING:
    from tests.integration.faults.installations import Installation
    from tests.support.loads import Attempt

SENDERS = 100


def test_hundred_simultaneous_posts_of_one_caller_make_one_lead(installation: Installation, noted: Noted) -> None:
    """Aggregators fan one person out to many publishers, who all post at once, each in their own spelling."""
    whom = list(islice(callers(), len(rounds(2, soak=100))))
    sent: list[Attempt] = []
    with installation.serving() as server:
        for caller in whom:
            requests = list(islice(requests_for(installation.token, caller), SENDERS))
            attempts = send_at_once(server.port, requests, caller=caller)
            sent += attempts

            assert [attempt.status for attempt in attempts] == [200] * SENDERS, server.output()[-2_000:]
            assert sorted(str(attempt.verdict) for attempt in attempts) == ["created"] + ["updated"] * (SENDERS - 1)
            assert len({attempt.lead_id for attempt in attempts}) == 1

        noted.note(f"{len(whom)} storms of {SENDERS} senders on one caller", installation, sent)
        stored = audit.check(installation.database_url, sent)
        assert [lead.caller for lead in stored.leads] == whom
        assert len(stored.submissions) == SENDERS * len(whom)
