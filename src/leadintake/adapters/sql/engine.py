"""One engine for each kind of database, set so that a commit is on the disk when it returns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Engine, create_engine, event, make_url

from leadintake.adapters.sql.bounded import bounded_connect
from leadintake.adapters.sql.bulk import to_json
from leadintake.adapters.sql.driver import begin_now, run
from leadintake.adapters.sql.elsewhere import PROCESSORS
from leadintake.adapters.sql.row_security import beginning, note_role

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

READING = "leadintake_reading"
"""Execution option of connections whose unit only reads."""

_CONNECT_SECONDS = 5
_GRACE_SECONDS = 1.0


def create(url: str, *, wait_seconds: float, most_connections: int, processors: Collection[int] = ()) -> Engine:
    """Return the engine for that URL; nothing connects yet.

    Units: `wait_seconds` bounds every wait for a lock, for a connection and for one statement; `processors` are the
    numbers of those that long questions may be asked on, none for that of the process alone.
    """
    parsed = make_url(url)
    dialect = parsed.get_backend_name()
    if dialect == "sqlite":
        return _sqlite(url, wait_seconds=wait_seconds, most_connections=most_connections, processors=processors)
    if dialect == "postgresql":
        return _postgresql(url, wait_seconds=wait_seconds, most_connections=most_connections)
    message = f"cannot keep leads in {dialect}: give a sqlite:/// or postgresql:// URL"
    raise ValueError(message)


def _postgresql(url: str, *, wait_seconds: float, most_connections: int) -> Engine:
    wait = int(wait_seconds * 1000)
    engine = create_engine(
        url,
        pool_size=most_connections,
        max_overflow=0,
        pool_timeout=wait_seconds,
        hide_parameters=True,  # exceptions must not carry leads into logs
        json_serializer=to_json,
        json_deserializer=orjson.loads,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            # The driver would send a BEGIN of its own, and ours, which names the company, would be one wait more.
            "autocommit": True,
            "application_name": "leadintake",
            # A dead peer must not hold a thread for the two hours that TCP would wait.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
            "options": (
                f"-c timezone=UTC -c lock_timeout={wait} -c statement_timeout={wait * 2} "
                f"-c idle_in_transaction_session_timeout={wait * 4} -c synchronous_commit=on"
            ),
        },
    )
    connect = bounded_connect(wait_seconds * 2 + _GRACE_SECONDS)

    @event.listens_for(engine, "do_connect")
    def open_bounded(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:  # noqa: ANN401 - driver objects
        return connect(*arguments, **options)

    @event.listens_for(engine, "connect")
    def look_around(connection: Any, record: Any) -> None:  # noqa: ANN401 - likewise
        note_role(connection, record.info)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        begin_now(connection, partial(beginning, is_reading=connection.get_execution_options().get(READING, False)))

    return engine


def _sqlite(url: str, *, wait_seconds: float, most_connections: int, processors: Collection[int]) -> Engine:
    engine = create_engine(
        url,
        pool_size=most_connections,
        max_overflow=0,
        pool_timeout=wait_seconds,
        hide_parameters=True,  # exceptions must not carry leads into logs
        json_serializer=to_json,
        json_deserializer=orjson.loads,
        connect_args={"check_same_thread": False, "timeout": wait_seconds, "cached_statements": 256},
        execution_options={PROCESSORS: processors},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:  # noqa: ANN401 - driver objects
        # The driver's own transaction handling is off: it would begin deferred, and a deferred reader that turns
        # writer fails at once when another has written meanwhile.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # NORMAL loses the last commits with the power
            "foreign_keys = ON",
            "cache_size = -65536",
            "temp_store = MEMORY",
            # Pages that are given up are overwritten: what was erased must not be read from the file.
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_reading = connection.get_execution_options().get(READING, False)
        run(connection, "BEGIN" if is_reading else "BEGIN IMMEDIATE", ()).close()

    return engine
