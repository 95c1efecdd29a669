from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.money import DECIMALS, DEFAULT_CURRENCY, MOST, BadAmount, Currency, read_amount, write_amount

USD, JPY, KWD = Currency("USD"), Currency("JPY"), Currency("KWD")

currencies = st.sampled_from(sorted(DECIMALS))
amounts = st.integers(0, MOST - 1)


@given(amounts, currencies)
def test_every_amount_survives_its_text(amount: int, currency: Currency) -> None:
    assert read_amount(write_amount(amount, currency), currency) == amount


@given(amounts, currencies)
def test_text_of_an_amount_is_the_exact_decimal(amount: int, currency: Currency) -> None:
    assert Decimal(write_amount(amount, currency)) == Decimal(amount).scaleb(-DECIMALS[currency])


@given(st.integers(-(2**63), 2**63 - 1), currencies)
def test_sums_and_differences_are_written_exactly_too(amount: int, currency: Currency) -> None:
    """A loss is a negative profit, and a total may be larger than any single amount."""
    assert Decimal(write_amount(amount, currency)) == Decimal(amount).scaleb(-DECIMALS[currency])


@given(st.text(), currencies)
def test_any_text_is_an_exact_amount_or_refused(text: str, currency: Currency) -> None:
    try:
        amount = read_amount(text, currency)
    except BadAmount:
        return
    assert Decimal(text) == Decimal(amount).scaleb(-DECIMALS[currency])


@given(st.decimals(0, 10**10, places=4), currencies)
def test_no_decimal_is_ever_rounded(number: Decimal, currency: Currency) -> None:
    """0.005 dollars are neither nothing nor a cent."""
    try:
        amount = read_amount(f"{number:f}", currency)
    except BadAmount:
        assert number != round(number, DECIMALS[currency]) or number.scaleb(DECIMALS[currency]) >= MOST
    else:
        assert Decimal(amount).scaleb(-DECIMALS[currency]) == number


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("0", USD, 0),
        ("12", USD, 1200),
        ("12.5", USD, 1250),
        (" 12.50\n", USD, 1250),
        ("+12.50", USD, 1250),
        ("12.", USD, 1200),
        (".5", USD, 50),
        ("12.5000", USD, 1250),
        ("0.10", USD, 10),
        ("-0.00", USD, 0),
        ("1200", JPY, 1200),
        ("1200.00", JPY, 1200),
        ("0.125", KWD, 125),
        ("99999999999.99", USD, MOST - 1),
    ],
)
def test_amount_is_read(text: str, currency: Currency, amount: int) -> None:
    assert read_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("", USD, "not an amount"),
        ("twelve", USD, "not an amount"),
        ("$12.50", USD, "not an amount"),
        ("1,250.00", USD, "not an amount"),
        ("12,50", USD, "not an amount"),
        ("1e3", USD, "not an amount"),
        ("NaN", USD, "not an amount"),
        ("Infinity", USD, "not an amount"),
        ("0x10", USD, "not an amount"),
        ("1_000", USD, "not an amount"),
        ("12.5.0", USD, "not an amount"),
        (".", USD, "not an amount"),
        ("\u0661\u0662", USD, "not an amount"),
        ("1" * 41, USD, "not an amount"),
        ("-12.50", USD, "is negative"),
        ("0.005", USD, "has more decimals than USD, which has 2 decimals"),
        ("0.5", JPY, "has more decimals than JPY, which has no decimals"),
        ("0.1234", KWD, "has more decimals than KWD, which has 3 decimals"),
        ("100000000000.00", USD, "an amount is less than 100000000000.00"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_reason(text: str, currency: Currency, why: str) -> None:
    with pytest.raises(BadAmount, match=why):
        read_amount(text, currency)


def test_currencies_are_three_capital_letters_each_once() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in DECIMALS)
    assert DEFAULT_CURRENCY in DECIMALS
    assert len(DECIMALS) > 150


def test_sum_of_many_of_the_largest_amounts_is_kept_in_eight_bytes() -> None:
    assert (MOST - 1) * 900_000 < 2**63
