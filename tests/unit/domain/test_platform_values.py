from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadintake.domain.parameter_text import FieldError
from leadintake.domain.parameters import JsonNumber, Limits, Submitted
from leadintake.domain.reserving import reserve

if TYPE_CHECKING:
    from leadintake.domain.parameters import Value
    from leadintake.domain.reserving import Reserved


def reserved(*body: tuple[str, Value], query: tuple[tuple[str, str], ...] = (), body_is_form: bool = False) -> Reserved:
    submitted = Submitted(query=query, body=body, body_is_form=body_is_form)
    return reserve(submitted, limits=Limits(), region="US")


def codes(result: Reserved) -> list[str]:
    return [notice.code for notice in result.notices]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("creative-A", "creative-A"),
        (" \n creative-A\t\r\n", "creative-A"),
        (True, "true"),
        (False, "false"),
        (JsonNumber("60"), "60"),
        (JsonNumber("1.50"), "1.50"),
        (JsonNumber("1234567890123456789012345678901234567890"), "1234567890123456789012345678901234567890"),
        (["creative-A"], "creative-A"),
        ([["creative-A"]], "creative-A"),
        (["", None, "creative-A"], "creative-A"),
    ],
)
def test_a_platform_field_is_trimmed_text(value: Value, text: str) -> None:
    result = reserved(("sub_id", value))

    assert result.platform == {"sub_id": text}
    assert result.tokens == {}
    assert result.errors == ()


@pytest.mark.parametrize("value", [None, "", "   ", "\t\r\n", [], {}, [None], [""], [[]]])
@pytest.mark.parametrize("name", ["caller_id", "sub_id", "email", "test", "assign_sms_number", "format"])
def test_null_and_empty_platform_fields_are_not_given(name: str, value: Value) -> None:
    assert reserved((name, value)) == reserved()


@pytest.mark.parametrize(
    ("name", "number", "text"),
    [
        ("caller_id", "18004506787", "18004506787"),
        ("caller_id", "18004506787.0", "18004506787"),
        ("caller_id", "1.8004506787E10", "18004506787"),
        ("traffic_source_id", "1000.00", "1000"),
        ("hours_to_expire", "24.0", "24"),
        ("hours_to_expire", "24.5", "24.5"),
        ("expires_in", "60.0", "60.0"),
        ("caller_id", "1e300", "1e300"),
    ],
)
def test_whole_numbers_lose_their_point(name: str, number: str, text: str) -> None:
    """Spreadsheets and data frames send phone numbers as decimals; a zero more is another number."""
    assert reserved((name, JsonNumber(number))).platform == {name: text}


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "1" + "0" * 400])
def test_numbers_that_overflow_are_refused_by_name(number: str) -> None:
    result = reserved(("lead_priority", JsonNumber(number)))

    assert result.errors == (
        FieldError("invalid_parameter", "lead_priority", "is not a number, or one too large to be kept"),
    )


@pytest.mark.parametrize("value", [{"value": "x"}, [{"value": "x"}], [["a"], ["b"]], ["a", {"b": "c"}]])
def test_an_object_is_no_platform_value(value: Value) -> None:
    result = reserved(("sub_id", value))

    assert [(error.code, error.field) for error in result.errors] == [("invalid_parameter", "sub_id")]
    assert result.platform == {}


def test_what_changes_nothing_may_be_anything() -> None:
    """A payload that happens to have a "root" object must not be refused for it."""
    result = reserved(("root", {"a": ["b", None]}), ("callback", "x"), ("callback", "y"))

    assert result.platform == {"root": '{"a":["b",null]}', "callback": "y"}
    assert (result.notices, result.errors) == ((), ())


def test_unsupported_fields_are_recorded_with_a_warning() -> None:
    result = reserved(("assign_sms_number", "1"), ("assign_sms_number", "2"), ("contact_field_type", {"a": "b"}))

    assert result.platform == {"assign_sms_number": "2", "contact_field_type": '{"a":"b"}'}
    assert [(notice.code, notice.field) for notice in result.notices] == [
        ("unsupported_parameter", "assign_sms_number"),
        ("unsupported_parameter", "contact_field_type"),
    ]
    assert result.errors == ()


# --- given twice --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("caller_id", "+18004506787", "(800) 450-6787"),
        ("caller_id", "18004506787", "800.450.6787"),
        ("caller_id", "nonsense", " nonsense "),
        ("caller_id", "+18004506787", ""),
        ("sub_id", "a", " a "),
        ("sub_id", None, "a"),
        ("email", "a@example.com", " a@example.com"),
        ("opt_out", "1", "true"),
        ("opt_out", "YES", True),
        ("test", "off", "No"),
        ("test", "perhaps", "perhaps"),
        ("expires_in", "60", JsonNumber("60.0")),
        ("expires_in", JsonNumber("6e1"), "60"),
        ("traffic_source_id", "1000", JsonNumber("1000")),
        ("next_action_at", "2021-07-23 14:26:43 +0000", "2021-07-23T14:26:43Z"),
        ("next_action_at", "2021-07-23T16:26:43+02:00", "2021-07-23T14:26:43+00:00"),
        ("next_action_at", "2021-07-23 14:26:43", "2021-07-23T14:26:43"),
    ],
)
def test_the_same_given_twice_is_given_once(name: str, one: Value, other: Value) -> None:
    """Clients send every key twice; what they mean is the same."""
    for result in (reserved((name, one), (name, other)), reserved((name, [one, other]))):
        assert name in result.platform
        assert result.errors == ()
        assert codes(result) == []


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("caller_id", "+18004506787", "+18004506788"),
        ("caller_id", "+18004506787", "nonsense"),
        ("sub_id", "007", "7"),
        ("sub_id", "a", "A"),
        ("email", "a@example.com", "b@example.com"),
        ("opt_out", "1", "0"),
        ("opt_out", "1", "perhaps"),
        ("expires_in", "60", "61"),
        ("expires_in", "60", "soon"),
        ("traffic_source_id", "1000", "1001"),
        ("traffic_source_id", "1000", "facebook"),
        ("next_action_at", "2021-07-23 14:26:43 +0000", "2021-07-23 14:26:43 +0100"),
        ("next_action_at", "2021-07-23T14:26:43", "2021-07-23T14:26:43Z"),
        ("next_action_at", "2021-07-23T14:26:43Z", "tomorrow"),
        ("expires_in", "nan", "NaN"),
        ("expires_in", "snan", "sNaN"),
        ("expires_in", "inf", "Infinity"),
        ("next_action_at", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+13:00"),
    ],
)
def test_two_different_values_in_one_carrier_are_ambiguous(name: str, one: Value, other: Value) -> None:
    result = reserved((name, one), (name.upper(), other))

    assert result.errors == (FieldError("ambiguous_parameter", name, "was given more than once with different values"),)
    assert name not in result.platform


@pytest.mark.parametrize(
    ("name", "in_query", "in_body", "winner"),
    [
        ("traffic_source_id", "1000", "1001", "1000"),
        ("sub_id", "from-query", "from-body", "from-query"),
        ("email", "query@example.com", "body@example.com", "body@example.com"),
    ],
)
def test_three_fields_have_a_winning_carrier(name: str, in_query: str, in_body: str, winner: str) -> None:
    """Webhook URLs carry the attribution; the form knows the address."""
    result = reserved((name, in_body), query=((name, in_query),))

    assert result.platform == {name: winner}
    assert codes(result) == ["body_wins" if name == "email" else "query_wins"]
    assert result.notices[0].field == name
    assert result.errors == ()


def test_an_empty_value_never_wins() -> None:
    result = reserved(("sub_id", "from-body"), query=(("sub_id", " "),))

    assert result.platform == {"sub_id": "from-body"}
    assert codes(result) == []


def test_the_winning_carrier_must_agree_with_itself() -> None:
    result = reserved(("sub_id", "a"), query=(("sub_id", "b"), ("sub_id", "c")))

    assert [error.code for error in result.errors] == ["ambiguous_parameter"]


def test_other_fields_have_no_winner() -> None:
    result = reserved(("caller_id", "+18004506787"), query=(("caller_id", "+18004506788"),))

    assert [error.code for error in result.errors] == ["ambiguous_parameter"]


def test_more_spellings_than_anybody_has_are_not_compared() -> None:
    """Reading thousands of phone numbers to find them different would be an attack that we run on ourselves."""
    spellings: list[Value] = ["8004506787" + "-" * number for number in range(21)]

    result = reserved(("caller_id", spellings))

    assert [error.code for error in result.errors] == ["ambiguous_parameter"]


# --- the plus that became a blank ---------------------------------------------------------------------------------


def test_the_blank_of_a_lost_plus_is_kept_for_the_phone() -> None:
    """+4930123456 in a URL arrives as " 4930123456": without the blank it would be read as a number at home."""
    assert reserved(query=(("caller_id", " 4930123456\n"),)).platform == {"caller_id": " 4930123456"}
    assert reserved(("caller_id", " 4930123456"), body_is_form=True).platform == {"caller_id": " 4930123456"}
    assert reserved(query=(("caller_id[]", " 4930123456"),)).platform == {"caller_id": " 4930123456"}


def test_a_blank_that_cannot_have_been_a_plus_is_trimmed() -> None:
    assert reserved(("caller_id", " 4930123456")).platform == {"caller_id": "4930123456"}
    assert reserved(query=(("caller_id", " +18004506787"),)).platform == {"caller_id": "+18004506787"}
    assert reserved(query=(("sub_id", " 1"),)).platform == {"sub_id": "1"}
    assert reserved(("caller_id", JsonNumber("4930123456")), body_is_form=True).platform == {"caller_id": "4930123456"}
