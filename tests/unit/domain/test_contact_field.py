"""Contact fields: the patterns that they may name."""

from __future__ import annotations

import time

import pytest

from leadintake.domain.contact_field import PATTERNS

MATCHING = {
    "digits": ("0", "0123456789"),
    "letters": ("A", "Solar"),
    "letters_digits": ("A1", "7"),
    "us_zip": ("90210", "90210-1234"),
    "ca_postal_code": ("K1A 0B1", "k1a0b1"),
    "uk_postcode": ("SW1A 1AA", "m11ae"),
    "state_code": ("CA", "dc"),
    "country_code": ("US", "gb"),
    "date_iso": ("2026-03-01", "1999-12-31"),
    "date_us": ("3/1/2026", "12/31/1999"),
    "time_24h": ("00:00", "23:59"),
    "year": ("1999", "2026"),
    "amount": ("0", "501.5", "30000.50"),
    "uuid": ("0192f1a0-7c3e-7d59-9d2c-3a54b0c1de9f", "0192F1A0-7C3E-7D59-9D2C-3A54B0C1DE9F"),
}
OTHER = {
    "digits": ("", "1.5", "١٢", "1 2"),
    "letters": ("", "é", "A1"),
    "letters_digits": ("", "A-1"),
    "us_zip": ("9021", "902101", "90210-12"),
    "ca_postal_code": ("K1A-0B1", "11A 0B1"),
    "uk_postcode": ("SW1A", "1AA 1AA"),
    "state_code": ("ZZ", "C", "California"),
    "country_code": ("USA", "U1"),
    "date_iso": ("2026-13-01", "2026-1-1", "01.03.2026"),
    "date_us": ("2026-03-01", "31/12/1999"),
    "time_24h": ("24:00", "7:30"),
    "year": ("1776", "26"),
    "amount": ("-1", "1,5", "1.234", "1e3"),
    "uuid": ("0192f1a07c3e7d599d2c3a54b0c1de9f", "kittens"),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_lets_through_what_its_name_says(name: str) -> None:
    assert all(PATTERNS[name].fullmatch(value) for value in MATCHING[name])
    assert not any(PATTERNS[name].fullmatch(value) for value in OTHER[name])


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_is_done_at_once_with_the_longest_value(name: str) -> None:
    """A hundred thousand characters, far over any limit: a pattern that goes back and forth would take for ever."""
    began = time.process_time()

    for character in (*MATCHING[name][0], "\n"):
        assert not PATTERNS[name].fullmatch(character * 100_000 + "!")

    assert time.process_time() - began < 1
