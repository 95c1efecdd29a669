"""SQLite's limit: one lead a commit, by one writer that does nothing else; and what the disk under it can do."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

_PAGE_BYTES = 8192
_PAGES = 1024
_TOKENS = 1000
_TABLES = """
    CREATE TABLE token (digest BLOB PRIMARY KEY, company_id INTEGER NOT NULL, source_id INTEGER NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE opt_out (company_id INTEGER NOT NULL, number TEXT NOT NULL, PRIMARY KEY (company_id, number))
        WITHOUT ROWID;
    CREATE TABLE caller (id INTEGER PRIMARY KEY, company_id INTEGER NOT NULL, number TEXT NOT NULL, first_name TEXT,
        last_name TEXT, email TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (company_id, number));
    CREATE TABLE lead (id INTEGER PRIMARY KEY, public_id BLOB NOT NULL, company_id INTEGER NOT NULL,
        caller_id INTEGER NOT NULL, number TEXT NOT NULL, source_id INTEGER NOT NULL, tokens TEXT NOT NULL,
        times INTEGER NOT NULL DEFAULT 1, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        UNIQUE (company_id, number));
    CREATE TABLE fact (id INTEGER PRIMARY KEY, company_id INTEGER NOT NULL, lead_id INTEGER NOT NULL,
        details TEXT NOT NULL, at TEXT NOT NULL);
    CREATE INDEX fact_at ON fact (company_id, at);
    CREATE TABLE delivery (id INTEGER PRIMARY KEY, lead_id INTEGER NOT NULL, payload TEXT NOT NULL,
        created_at TEXT NOT NULL);
"""
_DATA = '{"zip":"97205","interest":"rooftop solar","landing_page":"https://solar.example/","gclid":"Cj0KCQjw"}'


def commit_rate(folder: Path, *, seconds: float) -> float:
    """Return leads a second, each in a commit of its own that is on the disk before the next begins."""
    with (
        TemporaryDirectory(dir=folder) as own,
        closing(sqlite3.connect(Path(own) / "limit.db", isolation_level=None)) as database,
    ):
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536", "temp_store = MEMORY"):
            database.execute(f"PRAGMA {pragma}")
        database.executescript(_TABLES)
        database.execute("BEGIN")
        digests = [hashlib.sha256(f"token-{n}".encode()).digest() for n in range(_TOKENS)]
        database.executemany("INSERT INTO token VALUES (?, ?, ?)", [(d, n % 20, n % 50) for n, d in enumerate(digests)])
        database.execute("COMMIT")
        leads, began_at = 0, time.perf_counter()
        while time.perf_counter() - began_at < seconds:
            database.execute("BEGIN IMMEDIATE")
            _write_lead(database, digests[leads * 7 % _TOKENS])
            database.execute("COMMIT")
            leads += 1
        return leads / (time.perf_counter() - began_at)


def _write_lead(database: sqlite3.Connection, digest: bytes) -> None:
    number = f"+1{random.randrange(2_010_000_000, 9_899_999_999)}"  # noqa: S311  not a secret
    now = "2030-01-01T00:00:00.000000+00:00"
    company, source = database.execute("SELECT company_id, source_id FROM token WHERE digest = ?", (digest,)).fetchone()
    database.execute("SELECT 1 FROM opt_out WHERE company_id = ? AND number = ?", (company, number)).fetchone()
    [(caller,)] = database.execute(
        "INSERT INTO caller (company_id, number, first_name, last_name, email, created_at, updated_at)"
        " VALUES (?, ?, 'Ada', 'Lovelace', 'ada@example.com', ?, ?) ON CONFLICT (company_id, number)"
        " DO UPDATE SET first_name = excluded.first_name, updated_at = excluded.updated_at RETURNING id",
        (company, number, now, now),
    ).fetchall()
    [(lead,)] = database.execute(
        "INSERT INTO lead (public_id, company_id, caller_id, number, source_id, tokens, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (company_id, number) DO UPDATE"
        " SET tokens = json_patch(tokens, excluded.tokens), times = times + 1, updated_at = excluded.updated_at"
        " RETURNING id",
        (os.urandom(16), company, caller, number, source, _DATA, now, now),
    ).fetchall()
    database.execute(
        "INSERT INTO fact (company_id, lead_id, details, at) VALUES (?, ?, ?, ?)", (company, lead, _DATA, now)
    )
    database.execute("INSERT INTO delivery (lead_id, payload, created_at) VALUES (?, ?, ?)", (lead, _DATA, now))


def flush_rate(folder: Path, *, seconds: float) -> float:
    """Return how many pages a second the disk writes for good, one after the other."""
    with TemporaryDirectory(dir=folder) as own, (Path(own) / "pages").open("wb", buffering=0) as file:
        file.write(bytes(_PAGE_BYTES * _PAGES))
        os.fsync(file.fileno())
        page, flushes, began_at = b"\1" * _PAGE_BYTES, 0, time.perf_counter()
        while time.perf_counter() - began_at < seconds:
            os.pwrite(file.fileno(), page, flushes % _PAGES * _PAGE_BYTES)
            os.fdatasync(file.fileno())
            flushes += 1
        return flushes / (time.perf_counter() - began_at)
