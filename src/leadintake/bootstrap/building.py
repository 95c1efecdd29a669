"""Installations made: as the settings say, or in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from leadintake.adapters.erasure_journal import FileErasureJournal
from leadintake.adapters.keyring import Keyring as SecretKeyring
from leadintake.adapters.memoised_installation import MemoisedInstallation
from leadintake.adapters.memory.machine import BytesAgain, IdsInOrder
from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.passwords import Argon2Passwords, cheap_passwords
from leadintake.bootstrap.intake import Coalescing, Limiting
from leadintake.bootstrap.ports import Ports
from leadintake.bootstrap.services import Services, wire
from leadintake.domain.errors import Unavailable
from leadintake.domain.parameters import Limits
from leadintake.domain.use_cases.count_request import RequestLimits
from leadintake.domain.use_cases.prune_submissions import Retention

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager

    from leadintake.config import Settings
    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory


def build(settings: Settings, *, processors: Collection[int] = ()) -> Services:
    """Make the services of an installation; nothing connects yet.

    Args:
        settings: What the operator says.
        processors: Numbers of all that there are, where this process keeps to one of them: reports from an embedded
            database use the others.
    """
    # Imported here: a test on the memory adapters, and the command line's help, do without SQLAlchemy.
    from leadintake.adapters.sql.store import SqlStore  # noqa: PLC0415 - see above

    if settings.sqlite_path is not None:
        settings.sqlite_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = SqlStore(
        settings.database_url,
        wait_seconds=settings.database_timeout_seconds,
        # One connection for each batch under way, and a few for look-ups and lists beside them.
        most_connections=settings.batch_leaders + 4,
        processors=processors,
    )
    ports = Ports(
        unit_of_work=store.unit_of_work,
        reading=store.reading,
        installation=MemoisedInstallation(store.installation),
        keyring=SecretKeyring(settings.secret_key, previous=settings.previous_secret_keys),
        passwords=Argon2Passwords(),
        journal=FileErasureJournal(settings.data_dir),
    )
    return wire(
        ports,
        coalescing=Coalescing(
            batch_size=settings.batch_size,
            leaders=settings.batch_leaders,
            wait_seconds=settings.commit_wait_seconds,
        ),
        retention=Retention(
            accepted=timedelta(days=settings.keep_accepted_days),
            refused=timedelta(days=settings.keep_refused_days),
            without_caller=timedelta(days=settings.keep_callerless_days),
            unclaimed=timedelta(days=settings.keep_unclaimed_days),
        ),
        limiting=Limiting(
            is_on=settings.rate_limits,
            failures_per_minute=settings.failed_credentials_per_minute,
            requests=RequestLimits(
                per_address=settings.requests_per_minute_per_address,
                per_company=settings.requests_per_minute_per_company,
            ),
        ),
        migrate=store.migrate,
        close=store.close,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemory:
    """An installation in memory: its use cases, and its store for those who look at what is kept.

    Shape: while `outage` is set the use cases cannot reach the store, as when a database is away; who looks can.
    """

    services: Services
    store: MemoryStore = field(repr=False)
    outage: Event = field(repr=False)


def build_in_memory(*, clock: Clock, secret_key: str, limiting: Limiting | None = None) -> InMemory:
    """Make the services of an installation that is empty, keeps everything in memory and ends with its last user.

    Credentials are random, and the same each time for the same secret key. Nothing is remembered of look-ups: what
    is revoked or changed is so at once, and password hashing is cheap.
    """
    store, outage = MemoryStore(), Event()
    ports = Ports(
        unit_of_work=partial(_unless_away, outage, store.unit_of_work),
        reading=partial(_unless_away, outage, store.reading),
        installation=store.installation,
        keyring=SecretKeyring(secret_key),
        passwords=cheap_passwords(),
        clock=clock,
        new_id=IdsInOrder(clock),
        random_bytes=BytesAgain(secret_key.encode()),
    )
    return InMemory(services=wire(ports, limiting=limiting), store=store, outage=outage)


def _unless_away(outage: Event, begin: UnitOfWorkFactory, company_id: CompanyId) -> AbstractContextManager[UnitOfWork]:
    if outage.is_set():
        raise Unavailable
    return begin(company_id)


def limits_of(settings: Settings) -> Limits:
    """Return how much one submission may hold in this installation."""
    return Limits(
        max_tokens=settings.max_tokens,
        max_value_chars=settings.max_token_chars,
        max_depth=settings.max_depth,
        max_body_bytes=settings.max_body_bytes,
    )
