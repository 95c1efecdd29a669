"""An in-memory leadintake for your test suite: no database, no network, no clock.

It is the real application over adapters that keep everything in memory: the same addresses, the same rules, the
same answers. Starting one takes a few milliseconds, nothing of it is global, and it ends with the test.

>>> from leadintake.testing import in_memory_leadintake
>>> intake = in_memory_leadintake()
>>> intake.submit(caller_id="+18004506787", interest="kittens").json["outcome"]
'created'
>>> intake.leads.only().tokens["interest"]
'kittens'

With pytest the fixtures `leadintake`, `leadintake_client` and `leadintake_server` are there without an import. What
this package and those fixtures offer is under the promise of semantic versions, as the HTTP API is.

    intake          `in_memory_leadintake` and what it returns
    records         leads, submissions, events and contacts as asserts read them
"""

from __future__ import annotations

from leadintake.bootstrap import MovableClock, Services
from leadintake.domain.parameters import Limits
from leadintake.testing.intake import (
    DEFAULT_NOW,
    ApiKey,
    InMemoryLeadintake,
    Owner,
    ServedLeadintake,
    in_memory_leadintake,
)
from leadintake.testing.records import (
    ContactRecord,
    EventRecord,
    Events,
    LeadRecord,
    Leads,
    Records,
    SubmissionRecord,
    Submissions,
    Unclaimed,
    UnclaimedRecord,
)

__all__ = [
    "DEFAULT_NOW",
    "ApiKey",
    "ContactRecord",
    "EventRecord",
    "Events",
    "InMemoryLeadintake",
    "LeadRecord",
    "Leads",
    "Limits",
    "MovableClock",
    "Owner",
    "Records",
    "ServedLeadintake",
    "Services",
    "SubmissionRecord",
    "Submissions",
    "Unclaimed",
    "UnclaimedRecord",
    "in_memory_leadintake",
]
