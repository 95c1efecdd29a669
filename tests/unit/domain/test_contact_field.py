"""Contact fields: what a value must look like, and the patterns that they may name."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from leadintake.domain.contact_field import FAULT_CODES, PATTERNS, FieldType
from leadintake.domain.parameter_text import FieldError

from tests.support.builders import a_contact_field

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


@pytest.mark.parametrize(
    ("fields", "sound", "faults"),
    [
        ({}, ["", "kittens", "\U0001f431"], {}),
        ({"required": True}, ["x"], {}),
        ({"minimum": Decimal(2), "maximum": Decimal(3)}, ["ab", "abc"], {"a": "too_short", "abcd": "too_long"}),
        (
            {"type": FieldType.NUMBER, "minimum": Decimal("0.5"), "maximum": Decimal(10)},
            ["0.5", "+1", "10", "010"],
            {
                "0.49": "too_small",
                "10.1": "too_large",
                "": "not_a_number",
                "1e3": "not_a_number",
                "NaN": "not_a_number",
            },
        ),
        ({"type": FieldType.INTEGER}, ["0", "-7"], {"1.0": "not_an_integer", "\u0661": "not_an_integer"}),
        (
            {"type": FieldType.DATE},
            ["2028-02-29", "2/29/2028", "12/01/1999"],
            {"2026-02-29": "not_a_date", "2/30/2026": "not_a_date", "13/1/2026": "not_a_date", "soon": "not_a_date"},
        ),
        (
            {"type": FieldType.EMAIL},
            ["ada@example.com", "a.b+c@mail.example.co.uk"],
            {
                "ada": "not_an_email",
                "ada@example": "not_an_email",
                "a@b..c": "not_an_email",
                "a b@c.de": "not_an_email",
            },
        ),
        ({"type": FieldType.PHONE}, ["(202) 555-0143", "+44 20 7946 0018"], {"12": "not_a_phone", "x": "not_a_phone"}),
        ({"type": FieldType.BOOLEAN}, ["yes", "OFF", "1"], {"maybe": "not_a_boolean"}),
        ({"type": FieldType.ZIP}, ["90210", "90210-1234"], {"K1A 0B1": "not_a_zip", "9021": "not_a_zip"}),
        (
            {"type": FieldType.URL},
            ["https://example.com/a?b=c", "HTTP://localhost:8000"],
            {"example.com": "not_a_url", "ftp://a.b": "not_a_url", "https://": "not_a_url", "http://[": "not_a_url"},
        ),
        ({"choices": ("CA", "NV")}, ["CA"], {"ca": "not_a_choice", "CA,NV": "not_a_choice"}),
        (
            {"type": FieldType.LIST, "choices": ("roof", "wall, south", "door")},
            ["roof", "door, roof", "wall, south"],
            {"roof,window": "not_a_choice", "": "not_a_choice"},
        ),
        ({"type": FieldType.LIST}, ["anything, at all"], {}),
        ({"pattern": "state_code"}, ["CA", " ny "], {"California": "pattern_mismatch"}),
        ({"pattern": "one that is gone"}, ["anything"], {}),
    ],
    ids=str,
)
def test_value_is_judged(fields: dict[str, Any], sound: list[str], faults: dict[str, str]) -> None:
    field = a_contact_field(**fields)

    assert [value for value in sound if field.fault(value, region="US")] == []
    found = {value: field.fault(value, region="US") for value in faults}
    assert {value: fault and fault.code for value, fault in found.items()} == faults
    assert {fault.field for fault in found.values() if fault} <= {"zip"}
    assert set(faults.values()) <= FAULT_CODES


@pytest.mark.parametrize(
    ("region", "sound", "wrong"),
    [("US", "90210", "M1 1AE"), ("GB", "M1 1AE", "90210"), ("CA", "K1A 0B1", "90210"), ("DE", "10115", "?")],
)
def test_postal_code_is_one_of_the_companys_region(region: str, sound: str, wrong: str) -> None:
    field = a_contact_field(type=FieldType.ZIP)

    assert field.fault(sound, region=region) is None
    assert field.fault(wrong, region=region) is not None


def test_only_a_required_field_must_be_there() -> None:
    missing = a_contact_field(required=True).fault(None, region="US")

    assert a_contact_field().fault(None, region="US") is None
    assert missing == FieldError("required", "zip", "is required")


def test_no_message_repeats_the_value() -> None:
    for type_ in FieldType:
        field = a_contact_field(type=type_, pattern="digits", choices=("x",))
        fault = field.fault("kittens", region="US")

        assert fault is not None
        assert "kittens" not in fault.message
