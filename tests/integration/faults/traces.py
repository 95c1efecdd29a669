"""Where a credential could have been left behind, and the search for it."""

from __future__ import annotations

import sqlite3
import subprocess
from base64 import b64encode
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, inspect, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.integration.faults.installations import Installation
    from tests.support.loads import Attempt
    from tests.support.postgres import PostgresServer


def basic(key: Mapping[str, str]) -> str:
    return b64encode(f"{key['public']}:{key['private']}".encode()).decode()


def credentials_in(traces: Mapping[str, bytes], installation: Installation) -> list[tuple[str, str]]:
    """Return which credential can be found where."""
    founded = installation.founded
    secrets = {
        "lead token": founded["schedule"]["lead_token"].split("_")[1],
        "other lead token": founded["offer"]["lead_token"].split("_")[1],
        "API key": founded["api_key"]["private"].split("_")[1],
        "API key as Basic": basic(founded["api_key"]).rstrip("="),
        "password": founded["admin"]["password"],
        "secret key": installation.secret_key or (installation.data_dir / "secret_key").read_text().strip(),
    }
    return [
        (secret, name)
        for secret, value in secrets.items()
        for name, trace in traces.items()
        if value.encode() in trace or value.encode().hex().encode() in trace
    ]


def tables(installation: Installation) -> dict[str, bytes]:
    """Return every table's contents: in the files, long values may be compressed or cut in pieces."""
    engine = create_engine(installation.database_url, poolclass=NullPool)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        rows = {name: connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}  # noqa: S608 - ours
    return {
        name: b"\n".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for row in found
            for value in row
        )
        for name, found in rows.items()
    }


def backup(installation: Installation, folder: Path, server: PostgresServer | None = None) -> dict[str, bytes]:
    """Return what a backup holds, as its database writes it out: what is compressed in the file cannot hide in it.

    Args:
        installation: What to back up, by the product's own command.
        folder: Where to.
        server: The PostgreSQL server that the installation uses, if it does.
    """
    file = folder / "leads.backup"
    path = f"{server.binaries}:/usr/bin:/bin" if server else None
    made = installation.run("backup", str(file), **({"PATH": path} if path else {}))
    assert made.returncode == 0, made.stderr
    if server is None:
        with closing(sqlite3.connect(file)) as connection:
            return {"backup": "\n".join(connection.iterdump()).encode(), "backup's file": file.read_bytes()}
    restored = subprocess.run([server.binaries / "pg_restore", "--file=-", file], capture_output=True, check=True)
    return {"backup": restored.stdout, "backup's file": file.read_bytes()}


def files(folder: Path) -> dict[str, bytes]:
    """Return every file of an installation but the one that is there to hold a secret."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return {
        str(path.relative_to(folder)) if path.parent == folder else str(path): path.read_bytes()
        for path in found
        if path.name != "secret_key" and "binaries" not in path.parts
    }


def answers(attempts: Iterable[Attempt]) -> bytes:
    """Return all that senders were answered, heads included."""
    found = [attempt.answer for attempt in attempts if attempt.answer]
    return b"\n".join(repr(answer.headers).encode() + answer.body for answer in found)
