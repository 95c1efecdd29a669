"""All use cases, bound to any ports.

Each module beside this one offers those of one subject, as a part of `Services`: what they are, and how they are
bound. Nobody compares or shows them, so they go without the methods for it, which would cost at each start.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING

from leadintake.bootstrap.callers import CallerServices, wire_callers
from leadintake.bootstrap.credentials import CredentialServices, wire_credentials
from leadintake.bootstrap.intake import Coalescing, IntakeServices, Limiting, leased_quotas, wire_intake
from leadintake.bootstrap.leads import LeadServices, wire_leads
from leadintake.bootstrap.recorded import RecordedServices, wire_recorded
from leadintake.bootstrap.reports import ReportServices, wire_reports
from leadintake.bootstrap.set_up import SetUpServices, wire_set_up
from leadintake.bootstrap.submissions import SubmissionServices, wire_submissions
from leadintake.bootstrap.upkeep import UpkeepServices, wire_upkeep
from leadintake.bootstrap.users import UserServices, wire_users
from leadintake.domain.minting import Mint
from leadintake.domain.use_cases.prune_submissions import Retention

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.ports import Clock, NewId


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Services(
    IntakeServices,
    LeadServices,
    CallerServices,
    SubmissionServices,
    RecordedServices,
    ReportServices,
    SetUpServices,
    CredentialServices,
    UserServices,
    UpkeepServices,
):
    """The use cases, ready to call; entrypoints know nothing else of the inside."""

    clock: Clock
    new_id: NewId
    digest: Callable[[str, bytes], bytes]
    digests: Callable[[str, bytes], tuple[bytes, ...]]
    migrate: Callable[[], None]
    close: Callable[[], None]


def wire(
    ports: Ports,
    *,
    coalescing: Coalescing | None = None,
    retention: Retention | None = None,
    limiting: Limiting | None = None,
    migrate: Callable[[], None] = lambda: None,
    close: Callable[[], None] = lambda: None,
) -> Services:
    """Bind the use cases to these ports."""
    mint = Mint(keyring=ports.keyring, clock=ports.clock, new_id=ports.new_id, random_bytes=ports.random_bytes)
    coalescing, retention, limiting = coalescing or Coalescing(), retention or Retention(), limiting or Limiting()
    leased = leased_quotas(ports, coalescing)
    parts = (
        wire_intake(ports, coalescing=coalescing, limiting=limiting, leased=leased),
        wire_leads(ports),
        wire_callers(ports),
        wire_submissions(ports, retention=retention),
        wire_recorded(ports),
        wire_reports(ports),
        wire_set_up(ports, mint=mint),
        wire_credentials(ports, mint=mint),
        wire_users(ports, mint=mint, limiting=limiting),
        wire_upkeep(ports, mint=mint),
    )
    return Services(
        clock=ports.clock,
        new_id=ports.new_id,
        digest=ports.keyring.digest,
        digests=ports.keyring.digests,
        migrate=migrate,
        close=partial(_close_in_order, leased.put_all_back, close),
        **{each.name: getattr(part, each.name) for part in parts for each in fields(part)},
    )


def _close_in_order(*steps: Callable[[], None]) -> None:
    for step in steps:
        step()
