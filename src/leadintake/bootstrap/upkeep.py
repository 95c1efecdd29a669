"""What an installation does and is asked by itself: due leads, outlived answers, seals, inspections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from leadintake.adapters.keyring import CannotOpen
from leadintake.domain.use_cases.audit_events import AuditEvents, ChainHead, audit_events, read_chain_heads
from leadintake.domain.use_cases.expire_due_leads import expire_due_leads
from leadintake.domain.use_cases.forget_answers import forget_outlived_answers
from leadintake.domain.use_cases.inspect_records import inspect_records
from leadintake.domain.use_cases.seal_events import SealEvents, seal_events

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.company import Company
    from leadintake.domain.minting import Mint
    from leadintake.domain.ports import Finding


class Seal(Protocol):
    """`seal_events` with its ports bound."""

    def __call__(self, command: SealEvents = ...) -> int:
        """Seal what is committed, and return how many events that were."""


class Audit(Protocol):
    """`audit_events` with its ports bound."""

    def __call__(self, command: AuditEvents, *, advance: Callable[[int], None] = ...) -> Sequence[Finding]:
        """Verify the events, and return what there is to say about them."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UpkeepServices:
    """Chores, and looking after what is stored."""

    expire_due_leads: Callable[[], int]
    forget_outlived_answers: Callable[[], int]
    seal_events: Seal
    read_chain_heads: Callable[[Sequence[Company]], Sequence[ChainHead]]
    audit_events: Audit
    rebuild: Callable[[], None]
    inspect: Callable[[], Sequence[Finding]]
    inspect_records: Callable[[], Sequence[Finding]]


def wire_upkeep(ports: Ports, *, mint: Mint) -> UpkeepServices:
    """Bind the chores and the inspections to these ports."""
    return UpkeepServices(
        expire_due_leads=partial(
            expire_due_leads,
            installation=ports.installation,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
        forget_outlived_answers=partial(
            forget_outlived_answers,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
        ),
        seal_events=partial(
            seal_events,
            installation=ports.installation,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
            random_bytes=ports.random_bytes,
            holder=ports.random_bytes(8).hex(),
        ),
        read_chain_heads=partial(read_chain_heads, reading=ports.reading),
        audit_events=partial(audit_events, installation=ports.installation, reading=ports.reading, clock=ports.clock),
        rebuild=ports.installation.rebuild,
        inspect=ports.installation.inspect,
        inspect_records=partial(
            inspect_records,
            installation=ports.installation,
            reading=ports.reading,
            mint=mint,
            clock=ports.clock,
            cannot_open=CannotOpen,
        ),
    )
