"""What is noted of credentials: written down once a minute at most, and nothing of it lost while the store is away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadintake.adapters.sightings import SightingBook
from leadintake.domain.credential import LeadTokenId
from leadintake.domain.ports import Leak, Sighted

from tests.support.builders import COMPANY, MINUTE, NOW, SteppingClock, new_id

TOKEN = LeadTokenId(new_id())
SECOND = timedelta(seconds=1)
PAGE = "https://shop.example"


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def book(clock: SteppingClock) -> SightingBook:
    return SightingBook(clock)


def write_down(book: SightingBook) -> list[Sighted]:
    """Write down what is due, and return it."""
    due = list(book.due())
    for sighted in due:
        book.written(sighted)
    return due


def test_nothing_seen_is_nothing_due(book: SightingBook) -> None:
    assert book.due() == []


def test_use_is_due_at_once_and_then_a_minute_later(book: SightingBook, clock: SteppingClock) -> None:
    """A busy token is used a thousand times a second: the database must not hear of each."""
    book.used(COMPANY, TOKEN)
    assert write_down(book) == [Sighted(company_id=COMPANY, uses={TOKEN: NOW}, leaks=())]

    for _ in range(59):
        clock.advance(SECOND)
        book.used(COMPANY, TOKEN)
        assert write_down(book) == []

    clock.advance(SECOND)
    assert write_down(book) == [Sighted(company_id=COMPANY, uses={TOKEN: NOW + 59 * SECOND}, leaks=())]
    clock.advance(MINUTE)
    assert write_down(book) == []


def test_what_could_not_be_written_stays_due(book: SightingBook, clock: SteppingClock) -> None:
    book.used(COMPANY, TOKEN)
    due = book.due()
    clock.advance(SECOND)

    assert book.due() == due


def test_companies_are_written_down_apart(book: SightingBook) -> None:
    """Each is a transaction of its own."""
    other, theirs = type(COMPANY)(COMPANY + 1), LeadTokenId(new_id())
    book.used(other, theirs)
    book.used(COMPANY, TOKEN)

    assert [(sighted.company_id, set(sighted.uses)) for sighted in book.due()] == [
        (COMPANY, {TOKEN}),
        (other, {theirs}),
    ]


def test_leaks_of_a_day_are_one_leak_from_the_first_page(book: SightingBook, clock: SteppingClock) -> None:
    book.leaked(COMPANY, TOKEN, origin=PAGE)
    clock.advance(SECOND)
    book.leaked(COMPANY, TOKEN, origin="https://elsewhere.example")

    [sighted] = write_down(book)
    assert sighted.leaks == [Leak(lead_token_id=TOKEN, first_seen_at=NOW, last_seen_at=NOW + SECOND, origin=PAGE)]


def test_another_day_is_another_leak(book: SightingBook, clock: SteppingClock) -> None:
    book.leaked(COMPANY, TOKEN, origin=PAGE)
    write_down(book)
    clock.advance(timedelta(days=1))
    book.leaked(COMPANY, TOKEN, origin=PAGE)

    [sighted] = write_down(book)
    assert [leak.first_seen_at for leak in sighted.leaks] == [NOW + timedelta(days=1)]


def test_leak_that_is_written_after_its_day_is_forgotten(book: SightingBook, clock: SteppingClock) -> None:
    """The process may run for years."""
    book.leaked(COMPANY, TOKEN, origin=PAGE)
    clock.advance(timedelta(days=1))

    assert len(write_down(book)) == 1
    assert write_down(book) == []
    assert not book._leaks  # noqa: SLF001 - that it grows for ever is to be seen from nowhere else


@pytest.mark.parametrize(
    ("sent", "kept"), [("https://\x1b[2J\n.example", "https://[2J.example"), ("x" * 1_000, "x" * 300), ("", "")]
)
def test_origin_is_kept_printable_and_short(book: SightingBook, sent: str, kept: str) -> None:
    """It is whatever a stranger sends, and shown in somebody's terminal."""
    book.leaked(COMPANY, TOKEN, origin=sent)

    [sighted] = book.due()
    assert [leak.origin for leak in sighted.leaks] == [kept]
