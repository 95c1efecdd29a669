"""What the use cases are bound to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadintake.adapters.erasure_journal import MemoryErasureJournal
from leadintake.adapters.system import new_id, random_bytes, utc_now

if TYPE_CHECKING:
    from leadintake.domain.ports import (
        Clock,
        ErasureJournal,
        Installation,
        Keyring,
        NewId,
        PasswordHasher,
        RandomBytes,
        UnitOfWorkFactory,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """One adapter for each thing that the use cases need from outside.

    Shape: `reading` begins units that only read and never wait for one that writes.
    """

    unit_of_work: UnitOfWorkFactory
    reading: UnitOfWorkFactory
    installation: Installation
    keyring: Keyring
    passwords: PasswordHasher
    journal: ErasureJournal = field(default_factory=MemoryErasureJournal)
    clock: Clock = utc_now
    new_id: NewId = new_id
    random_bytes: RandomBytes = random_bytes
