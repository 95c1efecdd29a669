"""What only databases have: transactions side by side, rows and transactions that are numbered anew, spoilt values."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import text

from leadintake.adapters.sql.row_security import ACROSS
from leadintake.adapters.sql.store import SqlStore
from leadintake.domain.sealing import Flaw

from tests.contracts.chain import Chained
from tests.contracts.store import found
from tests.support.builders import SteppingClock
from tests.support.tampering import SqlTampering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import Postgres

pytestmark = pytest.mark.xdist_group("postgres_stores")


@pytest.fixture
def on_postgres(postgres_server: Postgres, postgres_template: str) -> Iterator[Chained]:
    name = f"own_{uuid4().hex}"
    with closing(SqlStore(postgres_server.create_database(name, template=postgres_template))) as store:
        yield chained_on(store)
    postgres_server.drop_database(name)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Chained]:
    with closing(SqlStore(f"sqlite:///{tmp_path}/own.db")) as store:
        store.migrate()
        yield chained_on(store)


def chained_on(store: SqlStore) -> Chained:
    return Chained(store=store, company=found(store), tampering=SqlTampering(store), clock=SteppingClock())


def do(chained: Chained, statement: str, **values: object) -> None:
    """Run a statement past the product."""
    with chained.store._engine.execution_options(**{ACROSS: True}).begin() as connection:  # type: ignore[attr-defined]  # noqa: SLF001 - past the product
        connection.execute(text(statement), values)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def test_open_transaction_holds_the_seal_behind_it(on_postgres: Chained) -> None:
    """What it has written would else come in before what is sealed already, and never be sealed itself."""
    early, late = on_postgres.event(), on_postgres.event()
    with on_postgres.begin() as slow:
        slow.events.append_all([early])
        slow.events.of_contact(early.caller)  # type: ignore[arg-type]  # it has one; reading writes out what is pending
        on_postgres.append(late)
        assert on_postgres.seal() == 0
        slow.commit()

    assert on_postgres.seal() == 2
    assert sorted(on_postgres.sealed_ids()) == sorted([early.id, late.id])
    assert on_postgres.flaws() == Counter()


def test_what_was_committed_before_the_open_transaction_began_is_sealed(on_postgres: Chained) -> None:
    [before] = on_postgres.append_some(1)
    with on_postgres.begin() as slow:
        slow.events.append_all([on_postgres.event()])
        slow.events.of_contact(before.caller)  # type: ignore[arg-type]  # likewise

        assert on_postgres.seal() == 1
        assert on_postgres.sealed_ids() == [before.id]


def test_transaction_that_is_given_up_holds_nobody(on_postgres: Chained) -> None:
    with on_postgres.begin() as given_up:
        given_up.events.append_all([on_postgres.event()])
        given_up.events.of_contact(on_postgres.event().caller)  # type: ignore[arg-type]  # likewise
        [kept] = on_postgres.append_some(1)

    assert on_postgres.seal() == 1
    assert on_postgres.sealed_ids() == [kept.id]


def test_database_from_another_server_is_gone_through_once_more(on_postgres: Chained) -> None:
    """There transactions were numbered higher: what is new here would seem to be old."""
    sealed = on_postgres.append_some(5)
    on_postgres.seal()
    do(on_postgres, "UPDATE event_sealing SET place = 4000000000, anchor = 'the old server'")
    do(on_postgres, "UPDATE events SET transaction_id = 3999999999")
    new = on_postgres.append_some(2)

    assert on_postgres.seal() == 2
    do(on_postgres, "UPDATE events SET transaction_id = 1 WHERE transaction_id = 3999999999")
    assert on_postgres.seal() == 0
    assert sorted(on_postgres.sealed_ids()) == sorted(event.id for event in (*sealed, *new))
    assert on_postgres.flaws() == Counter()


def test_event_that_was_put_in_among_the_sealed_ones_is_found(on_postgres: Chained) -> None:
    on_postgres.append_some(3)
    on_postgres.seal()
    [forged] = on_postgres.append_some(1)
    do(on_postgres, "UPDATE events SET transaction_id = 5 WHERE id = :id", id=forged.id)

    assert on_postgres.flaws() == Counter({Flaw.EVENT_NOT_SEALED: 1})
    assert on_postgres.seal() == 0
    assert on_postgres.seal(from_start=True) == 1


# --- SQLite ----------------------------------------------------------------------------------------------------------


def test_row_that_is_numbered_as_a_deleted_one_is_sealed(on_sqlite: Chained) -> None:
    """SQLite gives the number of the last row again once the row is gone."""
    *_, last = on_sqlite.append_some(3)
    on_sqlite.seal()
    on_sqlite.tampering.delete_event(on_sqlite.company.id, last.id)
    [new] = on_sqlite.append_some(1)

    assert on_sqlite.seal() == 1
    assert on_sqlite.sealed_ids()[-1] == new.id
    assert on_sqlite.flaws() == Counter({Flaw.EVENT_MISSING: 1})


def test_compacted_file_is_gone_through_once_more(on_sqlite: Chained) -> None:
    """Compacting may number the rows anew: new ones would seem to be old."""
    events = on_sqlite.append_some(6)
    on_sqlite.seal()
    do(on_sqlite, "UPDATE events SET rowid = rowid + 1000")
    on_sqlite.seal(from_start=True)
    do(on_sqlite, "UPDATE events SET rowid = rowid - 1000")
    [new] = on_sqlite.append_some(1)

    assert on_sqlite.seal() == 1
    assert on_sqlite.sealed_ids() == [event.id for event in (*events, new)]
    assert on_sqlite.flaws() == Counter()


def test_event_that_was_put_in_among_the_sealed_rows_is_found(on_sqlite: Chained) -> None:
    do(on_sqlite, "UPDATE event_sealing SET place = 0")
    on_sqlite.append_some(3)
    on_sqlite.seal()
    [forged] = on_sqlite.append_some(1)
    do(on_sqlite, "UPDATE events SET rowid = -1 WHERE id = :id", id=forged.id.hex)
    do(on_sqlite, "UPDATE events SET rowid = 0 WHERE rowid = -1")

    assert on_sqlite.flaws() == Counter({Flaw.EVENT_NOT_SEALED: 1})


@pytest.mark.parametrize(
    ("column", "value", "flaw"),
    [
        ("at", "yesterday", Flaw.EVENT_CHANGED),
        ("at", 2**62, Flaw.EVENT_CHANGED),
        ("lead_id", "nobody", Flaw.EVENT_CHANGED),
        ("lead_version", "first", Flaw.EVENT_CHANGED),
        ("kind", "lead.vanished", Flaw.EVENT_CHANGED),
        ("details", "{", Flaw.PAYLOAD_CHANGED),
        ("details", "7", Flaw.PAYLOAD_CHANGED),
        ("caller", "+1", Flaw.PAYLOAD_CHANGED),
    ],
)
def test_value_that_makes_no_sense_is_found(on_sqlite: Chained, column: str, value: object, flaw: Flaw) -> None:
    """SQLite takes any text into any column; an audit must not stumble over what it is there to find."""
    _, event, _ = on_sqlite.append_some(3)
    on_sqlite.seal()

    do(on_sqlite, f"UPDATE events SET {column} = :value WHERE id = :id", value=value, id=event.id.hex)  # noqa: S608 - the test's own column

    assert on_sqlite.flaws() == Counter({flaw: 1})


def test_identifier_that_makes_no_sense_is_found(on_sqlite: Chained) -> None:
    _, event, _ = on_sqlite.append_some(3)
    on_sqlite.seal()

    do(on_sqlite, "UPDATE events SET id = 'none' WHERE id = :id", id=event.id.hex)

    assert on_sqlite.flaws()[Flaw.EVENT_MISSING] == 1
