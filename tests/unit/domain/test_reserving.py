from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadintake.domain.notice import Notice
from leadintake.domain.parameters import JsonNumber, Limits, RepeatedNames, Submitted
from leadintake.domain.redaction import REDACTED
from leadintake.domain.reserved_names import (
    BOOLEANS,
    CREDENTIAL_NAMES,
    RESERVED,
    is_credential_name,
    plan_of,
    reserved_key,
)
from leadintake.domain.reserving import reserve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.parameters import Value
    from leadintake.domain.reserving import Reserved

SECRET = "lt_0123456789abcdefghijklmnop"
LIMITS = Limits()


def reserved(
    *body: tuple[str, Value],
    query: tuple[tuple[str, str], ...] = (),
    secrets: Sequence[str] = (),
    typed_phone_fields: Sequence[str] = (),
) -> Reserved:
    submitted = Submitted(query=query, body=body)
    return reserve(submitted, limits=LIMITS, region="US", secrets=secrets, typed_phone_fields=typed_phone_fields)


def notices(result: Reserved) -> list[tuple[str, str | None]]:
    return [(notice.code, notice.field) for notice in result.notices]


def errors(result: Reserved) -> list[tuple[str, str]]:
    return [(error.code, error.field) for error in result.errors]


# --- field or token -----------------------------------------------------------------------------------------------


def test_the_form_post_of_the_documentation_is_sorted() -> None:
    result = reserved(
        query=(
            ("lead_token", SECRET),
            ("caller_id", " 18004506787"),
            ("email", "john@example.com"),
            ("interest", "kittens"),
        ),
        secrets=[SECRET],
    )

    assert result.platform == {"caller_id": " 18004506787", "email": "john@example.com"}
    assert result.tokens == {"email": "john@example.com", "interest": "kittens"}
    assert (result.notices, result.errors) == ((), ())


def test_the_json_post_of_the_documentation_is_sorted() -> None:
    result = reserved(
        ("lead_token", SECRET),
        ("caller_id", "+18004506787"),
        ("expires_in", JsonNumber("60")),
        ("data", {"interest": "kittens", "email": "john@example.com"}),
        secrets=[SECRET],
    )

    assert result.platform == {"caller_id": "+18004506787", "expires_in": "60", "email": "john@example.com"}
    assert result.tokens == {"email": "john@example.com", "interest": "kittens"}
    assert (result.notices, result.errors) == ((), ())


@pytest.mark.parametrize("name", sorted(set(RESERVED) - {"email"}))
def test_a_reserved_name_is_never_a_token(name: str) -> None:
    for sent in (name, name.upper(), f" {name}\t"):
        result = reserved((sent, "1"))

        assert result.tokens == {}
        assert result.platform == ({} if name in CREDENTIAL_NAMES else {name: "1"})
        assert result.errors == ()


@pytest.mark.parametrize("name", sorted(set(RESERVED) - CREDENTIAL_NAMES - {"email", "traffic_source_id", "sub_id"}))
def test_data_never_sets_a_platform_field(name: str) -> None:
    """Else a form field could opt people out, or turn the answer into a test."""
    result = reserved(("data", {name: "1"}))

    assert result.tokens == {name: "1"}
    assert result.platform == {}


@pytest.mark.parametrize(
    ("name", "is_warned_of"), [("opt_out", True), ("test", True), ("format", False), ("root", False), ("zip", False)]
)
def test_an_entry_of_data_that_looks_like_a_platform_field_is_warned_of(name: str, *, is_warned_of: bool) -> None:
    """Whoever writes opt_out into data believes that the person is opted out."""
    assert notices(reserved(("data", {name: "1"}))) == [("near_reserved_name", f"data.{name}")] * is_warned_of


@pytest.mark.parametrize("name", ["email", "traffic_source_id", "sub_id"])
def test_three_names_in_data_fill_what_was_not_given(name: str) -> None:
    assert reserved(("data", {name: "7"})).platform == {name: "7"}
    assert reserved(("data", {name.title(): "7"})).platform == {name: "7"}
    assert reserved((name, ""), ("data", {name: "7"})).platform == {name: "7"}
    assert reserved(("data", {name: "7"}), query=((name, "8"),)).platform == {name: "8"}
    assert reserved(("data", {name: "7"})).tokens == {name: "7"}


def test_data_does_not_settle_what_was_ambiguous() -> None:
    result = reserved(("sub_id", "a"), ("sub_id", "b"), ("data", {"sub_id": "c"}))

    assert "sub_id" not in result.platform
    assert errors(result) == [("ambiguous_parameter", "sub_id")]


def test_a_nested_name_fills_nothing() -> None:
    assert reserved(("data", {"page": {"sub_id": "7"}})).platform == {}
    assert reserved(("form", {"sub_id": "7"})).platform == {}


def test_email_is_both_field_and_token() -> None:
    result = reserved(("email", " john@example.com "))

    assert result.platform == {"email": "john@example.com"}
    assert result.tokens == {"email": "john@example.com"}


def test_the_email_token_is_that_of_data_when_both_are_given() -> None:
    result = reserved(("email", "a@example.com"), ("data", {"email": "b@example.com"}))

    assert result.platform == {"email": "a@example.com"}
    assert result.tokens == {"email": "b@example.com"}
    assert notices(result) == [("token_collision", "data.email")]


@pytest.mark.parametrize("data", [None, "", {}, [], [{}]])
def test_empty_data_is_nothing(data: Value) -> None:
    assert reserved(("data", data)) == reserved()


def test_data_in_a_list_of_one_is_data() -> None:
    assert reserved(("data", [{"interest": "kittens"}])).tokens == {"interest": "kittens"}


def test_data_that_is_no_hash_is_a_token_like_any_other() -> None:
    assert reserved(("data", "kittens")).tokens == {"data": "kittens"}
    assert reserved(("data", ["a", "b"])).tokens == {"data": "a,b"}
    assert reserved(("data", {"data": "kittens"})).tokens == {"data": "kittens"}


def test_bracketed_names_in_the_query_are_entries_of_data() -> None:
    result = reserved(query=(("data[interest]", "kittens"), ("data[opt_out]", "1"), ("pets[]", "a"), ("pets[]", "b")))

    assert result.tokens == {"interest": "kittens", "opt_out": "1", "pets": "a,b"}
    assert result.platform == {}


def test_bracketed_names_in_the_query_that_are_too_deep_are_refused() -> None:
    name = "a" + "[b]" * 16

    assert errors(reserved(query=((name, "1"),))) == [("invalid_parameter", name)]


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "name"), [("First Name", "first_name"), ("zip\t", "zip"), ("a.b-c", "a_b_c"), ("Größe", "gr__e")]
)
def test_a_rename_is_said(sent: str, name: str) -> None:
    result = reserved((sent, "x"))

    assert result.tokens == {name: "x"}
    assert [notice.code for notice in result.notices] == ["renamed_token"]
    assert f" {name}." in result.notices[0].message


@pytest.mark.parametrize("sent", ["Opt Out", "opt-out", "caller.id"])
def test_a_name_that_is_nearly_reserved_is_a_token_with_a_warning(sent: str) -> None:
    result = reserved((sent, "+18004506787"))

    assert [*result.tokens] == [re.sub("[ .-]", "_", sent.lower())]
    assert result.platform == {}
    assert ("near_reserved_name", sent) in notices(result)


@pytest.mark.parametrize("sent", ["", " ", "\t\n"])
def test_a_value_without_a_name_is_left_out(sent: str) -> None:
    result = reserved((sent, "x"))

    assert result.tokens == {}
    assert [notice.code for notice in result.notices] == ["unnamed_token"]


def test_a_name_of_the_longest_length_is_kept() -> None:
    result = reserved(("n" * 64, "x"))

    assert result.tokens == {"n" * 64: "x"}
    assert result.notices == ()


def test_a_longer_name_is_shortened_aloud() -> None:
    """Form builders send whole questions as names; the answer must not be lost, and two must not become one."""
    beginning = "which_of_these_describes_best_what_you_are_looking_for_today_"
    result = reserved((beginning + "solar", "a"), (beginning + "storage", "b"))

    assert sorted(result.tokens.values()) == ["a", "b"]
    assert all(len(name) == 64 and name.startswith(beginning[:55]) for name in result.tokens)
    assert [notice.code for notice in result.notices] == ["renamed_token", "renamed_token"]
    assert result.errors == ()


@pytest.mark.parametrize(
    ("query", "body", "kept", "field"),
    [
        pytest.param((("a", "1"), ("a", "2")), (), "2", "a", id="the last of the query"),
        pytest.param((), (("a", "1"), ("a", "2")), "2", "a", id="the last of the body"),
        pytest.param((("a", "1"),), (("a", "2"),), "2", "a", id="the body over the query"),
        pytest.param((), (("a", "1"), ("A", "2")), "2", "A", id="names that come out the same"),
        pytest.param((), (("data", {"a": "2"}), ("a", "1")), "2", "data.a", id="data over a flat name"),
        pytest.param(
            (), (("data", RepeatedNames([("a", "1"), ("a", "2")])),), "2", "data.a", id="a name that came twice"
        ),
        pytest.param((), (("b", {"c": "1"}), ("b_c", "2")), "2", "b_c", id="a nested name and a flat one"),
    ],
)
def test_colliding_names_keep_the_last_value_and_say_so(
    query: tuple[tuple[str, str], ...], body: tuple[tuple[str, Value], ...], kept: str, field: str
) -> None:
    result = reserved(*body, query=query)

    assert [*result.tokens.values()] == [kept]
    assert ("token_collision", field) in notices(result)


def test_the_same_value_twice_is_no_collision() -> None:
    """Clients that send every key twice would drown in warnings."""
    result = reserved(("a", "1"), ("a", " 1"), ("data", {"a": JsonNumber("1")}), query=(("a", "1"),))

    assert result.tokens == {"a": "1"}
    assert result.notices == ()


# --- values -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (JsonNumber("501"), "501"),
        (JsonNumber("30000.5"), "30000.5"),
        (JsonNumber("1.50"), "1.50"),
        (JsonNumber("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (JsonNumber("1E5"), "1E5"),
        (JsonNumber("-0"), "-0"),
        (True, "true"),
        (False, "false"),
        ("one\r\ntwo", "one\r\ntwo"),
        ("one\ttwo", "one\ttwo"),
        ("  kittens \r\n", "kittens"),
        ("日本 😀", "日本 😀"),
        ("a\u2028b\u200db", "a\u2028b\u200db"),
    ],
)
def test_token_values_are_kept_as_text(value: Value, text: str) -> None:
    for result in (reserved(("a", value)), reserved(("data", {"a": value}))):
        assert result.tokens == {"a": text}
        assert (result.notices, result.errors) == ((), ())


@pytest.mark.parametrize("value", [None, "", "  ", "\n", [], {}, [None], ["", None], {"b": None}, [{}], "\x00"])
def test_empty_values_create_nothing(value: Value) -> None:
    for result in (reserved(("a", value)), reserved(("data", {"a": value}))):
        assert result.tokens == {}
        assert [notice.code for notice in result.notices if notice.code != "control_characters_stripped"] == [
            "empty_values_ignored"
        ]


def test_an_empty_value_does_not_take_the_place_of_another() -> None:
    result = reserved(("a", "1"), ("data", {"a": None}), ("a", ""))

    assert result.tokens == {"a": "1"}
    assert notices(result) == [("empty_values_ignored", None)]


def test_empty_values_are_told_in_one_warning() -> None:
    result = reserved(*((f"name{number}", "") for number in range(13)))

    assert notices(result) == [("empty_values_ignored", None)]
    assert "name0, name1" in result.notices[0].message
    assert "and 3 more" in result.notices[0].message


def test_control_characters_are_stripped_aloud() -> None:
    result = reserved(("a", "kit\x00te\x1b\x7f\x85ns"), ("sub_id", "x\x00y"))

    assert result.tokens == {"a": "kittens"}
    assert result.platform == {"sub_id": "xy"}
    assert notices(result) == [("control_characters_stripped", "sub_id"), ("control_characters_stripped", "a")]


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb", ["a", "\ud800"], {"b": "\ud800"}])
def test_lone_surrogates_are_refused_by_name(value: Value) -> None:
    """No database can hold them, and each fails differently."""
    assert [code for code, _ in errors(reserved(("a", value)))] == ["invalid_parameter"]
    assert errors(reserved(("caller_id", "\ud800"))) == [("invalid_parameter", "caller_id")]


def test_lone_surrogates_in_the_names_of_nested_json_are_refused() -> None:
    result = reserved(("a", {"b\ud800": "c"}), ("auto_format_nested_fields", "0"))

    assert errors(result) == [("invalid_parameter", "a")]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 400, "x"])
@pytest.mark.parametrize("flattened", [True, False])
def test_numbers_that_are_none_are_refused_by_name(number: str, *, flattened: bool) -> None:
    switch = ("auto_format_nested_fields", flattened)

    assert errors(reserved(("a", JsonNumber(number)), switch)) == [("invalid_parameter", "a")]
    assert [code for code, _ in errors(reserved(("a", {"b": JsonNumber(number)}), switch))] == ["invalid_parameter"]


def test_a_value_of_the_longest_length_is_kept_and_a_longer_one_refused() -> None:
    assert reserved(("a", "x" * 10_000)).tokens == {"a": "x" * 10_000}
    assert errors(reserved(("a", "x" * 10_001))) == [("invalid_parameter", "a")]
    assert errors(reserved(("sub_id", "x" * 10_001))) == [("invalid_parameter", "sub_id")]
    assert errors(reserved(("a", ["x" * 6_000] * 2))) == [("invalid_parameter", "a")]
    assert errors(reserved(("a", ["x" * 6_000] * 2), ("auto_format_nested_fields", "0"))) == [
        ("invalid_parameter", "a")
    ]


def test_too_many_tokens_are_refused() -> None:
    assert reserved(*((f"t{number}", "x") for number in range(200))).errors == ()
    assert errors(reserved(*((f"t{number}", "x") for number in range(201)))) == [("too_many_tokens", "tokens")]


@pytest.mark.parametrize("nested", [True, False])
def test_too_many_parameters_are_refused_unread(*, nested: bool) -> None:
    """However they are nested: the answer to a hundred thousand parameters must be short, and soon."""
    pairs: list[tuple[str, Value]] = [(chr(0x4E00 + number), "x") for number in range(2_001)]

    result = reserved(("data", dict(pairs))) if nested else reserved(*pairs)

    assert ("too_many_tokens", "tokens") in errors(result)
    assert len(result.notices) <= 2 * 2_000


def test_a_platform_field_given_thousands_of_times_is_refused_unread() -> None:
    assert errors(reserved(*[("caller_id", "8004506787")] * 2_001)) == [("too_many_tokens", "tokens")]


def test_all_that_is_wrong_is_said_at_once() -> None:
    result = reserved(("sub_id", "a"), ("sub_id", "b"), ("x", "\ud800"), ("y", JsonNumber("NaN")), ("z", "1"))

    assert errors(result) == [
        ("ambiguous_parameter", "sub_id"),
        ("invalid_parameter", "x"),
        ("invalid_parameter", "y"),
    ]


# --- nested values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        ({"b": "1", "c": "2"}, {"a_b": "1", "a_c": "2"}),
        ({"b": {"c": "1"}}, {"a_b_c": "1"}),
        ({"First Name": "Ada"}, {"a_first_name": "Ada"}),
        (["1", "2"], {"a": "1,2"}),
        (["1", JsonNumber("2.50"), True, None, ""], {"a": "1,2.50,true"}),
        (["1"], {"a": "1"}),
        ([["1"]], {"a": "1"}),
        ([{"b": "1"}], {"a_b": "1"}),
        ([{"text": "1"}, {"text": "2"}], {"a_0_text": "1", "a_1_text": "2"}),
        ([["1", "2"], ["3"]], {"a_0": "1,2", "a_1": "3"}),
        (["1", {"b": "2"}], {"a_0": "1", "a_1_b": "2"}),
        ({"b": [], "c": {}, "d": "1"}, {"a_d": "1"}),
        (RepeatedNames([("b", "1"), ("b", "2")]), {"a_b": "2"}),
    ],
)
def test_nested_values_are_flattened(value: Value, tokens: dict[str, str]) -> None:
    assert reserved(("a", value)).tokens == tokens
    assert reserved(("data", {"a": value})).tokens == tokens


def test_a_name_put_together_is_no_rename() -> None:
    assert reserved(("a", {"b": {"c": "1"}, "d": ["2", "3"]})).notices == ()


def test_empty_places_of_a_list_are_told() -> None:
    assert notices(reserved(("a", ["1", None, ""]))) == [("empty_values_ignored", None)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": {"c": JsonNumber("1.50")}}, '{"b":{"c":1.50}}'),
        (["1", "2"], '["1","2"]'),
        (["1"], '["1"]'),
        ([{"é": None}], '[{"é":null}]'),
        ({"b": "x\x00y\nz"}, '{"b":"xy\\nz"}'),
        (RepeatedNames([("b", "1"), ("b", "2")]), '{"b":"1","b":"2"}'),
    ],
)
def test_nested_values_stay_json_when_asked_for(value: Value, text: str) -> None:
    switch = ("auto_format_nested_fields", False)

    assert reserved(("a", value), switch).tokens == {"a": text}
    assert reserved(("data", {"a": value}), switch).tokens == {"a": text}
    assert reserved(("data", {"a": value}), query=(("auto_format_nested_fields", "off"),)).tokens == {"a": text}


def test_a_switch_that_is_no_boolean_leaves_flattening_on() -> None:
    assert reserved(("a", {"b": "1"}), ("auto_format_nested_fields", "maybe")).tokens == {"a_b": "1"}


def _nested(levels: int) -> Value:
    value: Value = "x"
    for _ in range(levels):
        value = {"b": value}
    return value


@pytest.mark.parametrize("flattened", ["1", "0"])
def test_depth_is_limited_whoever_built_the_value(flattened: str) -> None:
    """A builder may hand over JSON out of a form field that no carrier has counted."""
    switch = ("auto_format_nested_fields", flattened)

    assert reserved(("a", _nested(15)), switch).errors == ()
    assert [code for code, _ in errors(reserved(("a", _nested(16)), switch))] == ["invalid_parameter"]
    assert [code for code, _ in errors(reserved(("a", _nested(5_000)), switch))] == ["invalid_parameter"]
    assert reserved(("data", {"a": _nested(14)}), switch).errors == ()
    assert errors(reserved(("data", {"a": _nested(15)}), switch))
    assert errors(reserved(("format", _nested(5_000)), switch))


# --- credentials --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(CREDENTIAL_NAMES | {"Lead Token", "lead-token"}))
def test_credential_names_in_data_are_left_out(name: str) -> None:
    result = reserved(("data", {name: "something"}))

    assert (result.platform, result.tokens) == ({}, {})
    assert notices(result) == [("credential_left_out", f"data.{name}")]


@pytest.mark.parametrize("value", [{"lead_token": "x"}, [{"lead_token": "x"}], {"deep": {"auth_token": "x"}}])
@pytest.mark.parametrize("flattened", ["1", "0"])
def test_credential_names_in_nested_values_are_left_out(value: Value, flattened: str) -> None:
    result = reserved(("form", value), ("auto_format_nested_fields", flattened))

    assert "x" not in str(result.tokens)
    assert "credential_left_out" in [notice.code for notice in result.notices]


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f" {SECRET} ",
        f"https://example.com/?lead_token={SECRET}&a=b",
        f"{SECRET[:5]}\x00{SECRET[5:]}",
        ["a", SECRET],
        {"b": SECRET},
        {"b": {"c": [SECRET, {SECRET: "d"}]}},
        {SECRET: "b"},
    ],
)
@pytest.mark.parametrize("flattened", ["1", "0"])
def test_a_credential_is_redacted_wherever_it_turns_up(value: Value, flattened: str) -> None:
    result = reserved(
        ("a", value),
        ("data", {"x": value}),
        ("format", value),
        (SECRET, "b"),
        ("auto_format_nested_fields", flattened),
        secrets=[SECRET],
    )

    everything = f"{result.platform}{result.tokens}{result.notices}{result.errors}".lower()
    assert SECRET.lower() not in everything


def test_a_redaction_is_said() -> None:
    result = reserved(("a", SECRET), ("sub_id", f"x{SECRET}"), secrets=[SECRET])

    assert result.tokens == {"a": REDACTED}
    assert result.platform == {"sub_id": f"x{REDACTED}"}
    assert notices(result) == [("credential_redacted", "sub_id"), ("credential_redacted", "a")]


def test_a_number_that_is_a_credential_is_redacted() -> None:
    switch = ("auto_format_nested_fields", "0")

    assert reserved(("a", JsonNumber("1234567890")), secrets=["1234567890"]).tokens == {"a": REDACTED}
    assert "1234" not in str(reserved(("a", [JsonNumber("1234567890")]), switch, secrets=["1234567890"]).tokens)
    assert "1234" not in str(reserved(("root", [JsonNumber("1234567890")]), secrets=["1234567890"]).platform)


def test_what_was_reserved_is_not_in_the_repr() -> None:
    result = reserved(("email", "john@example.com"), ("phone", "8004506787"))

    assert "john" not in repr(result)
    assert "8004506787" not in repr(result)


# --- the phone under another name ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["phone", "phone_number", "number", "caller_number", "mobile", "tel", "cell"])
def test_a_well_known_name_stands_in_for_a_missing_caller_id(name: str) -> None:
    for result in (reserved((name, "8004506787")), reserved(("data", {name: "8004506787"}))):
        assert result.caller_id == "8004506787"
        assert result.phone_alias is not None
        assert result.phone_alias.name == name
        assert result.tokens == {name: "8004506787"}
        assert "caller_id" not in result.platform
        assert notices(result) == [("phone_taken_from", name)]


@pytest.mark.parametrize("pair", [("data", {"caller_id": "8004506787"}), ("Caller ID", "8004506787")])
def test_caller_id_as_a_token_stands_in_too(pair: tuple[str, Value]) -> None:
    result = reserved(pair, ("phone", "8004506788"))

    assert result.caller_id == "8004506787"
    assert result.platform == {}
    assert ("phone_taken_from", "caller_id") in notices(result)


def test_a_given_caller_id_needs_no_stand_in() -> None:
    result = reserved(("caller_id", "nonsense"), ("phone", "8004506787"))

    assert result.caller_id == "nonsense"
    assert result.phone_alias is None
    assert result.notices == ()


@pytest.mark.parametrize("pairs", [[("caller_id", "1"), ("caller_id", "2")], [("caller_id", {"a": "b"})]])
def test_a_faulty_caller_id_is_not_replaced(pairs: list[tuple[str, Value]]) -> None:
    """Guessing another number for the one that was meant would call a stranger."""
    result = reserved(*pairs, ("phone", "8004506787"))

    assert result.caller_id is None
    assert [field for _, field in errors(result)] == ["caller_id"]


def test_the_first_name_that_holds_a_phone_number_stands_in() -> None:
    """A "number" is often the number of a house."""
    assert reserved(("number", "12"), ("tel", "8004506787")).caller_id == "8004506787"
    assert reserved(("number", "12"), ("tel", "13")).caller_id == "12"
    assert reserved(("number", "12")).caller_id == "12"


def test_what_a_builder_types_as_a_phone_comes_after_the_well_known_names() -> None:
    pairs = (("best_way", "8004506788"), ("phone", "8004506787"))

    assert reserved(*pairs, typed_phone_fields=["best_way"]).caller_id == "8004506787"
    assert reserved(pairs[0], typed_phone_fields=["best_way"]).caller_id == "8004506788"
    assert reserved(pairs[0]).caller_id is None


def test_a_stand_in_keeps_the_blank_of_its_lost_plus() -> None:
    result = reserved(query=(("phone", " 4930123456"),))

    assert result.caller_id == " 4930123456"
    assert result.tokens == {"phone": "4930123456"}
    assert reserved(("phone", "8004506787"), query=(("phone", " 4930123456"),)).caller_id == "8004506787"


def test_without_any_number_there_is_none() -> None:
    assert reserved(("interest", "kittens")).caller_id is None


# --- notices ------------------------------------------------------------------------------------------------------


def test_the_carriers_notices_are_passed_on_fit_to_be_shown() -> None:
    carried = (Notice("file_part_ignored", f"cv\x00{SECRET}", "Left out."), Notice("x", None, "y"))

    result = reserve(Submitted(notices=carried), limits=LIMITS, region="US", secrets=[SECRET])

    assert result.notices == (Notice("file_part_ignored", f"cv\ufffd{REDACTED}", "Left out."), Notice("x", None, "y"))


def test_names_are_shown_without_what_cannot_be_shown() -> None:
    result = reserved(("a\ud800\x00" + "é" * 200, ""), ("b\ud800", "x"))

    assert all(notice.message.encode() for notice in result.notices)
    assert ("renamed_token", "b\ufffd") in notices(result)
    assert max(len(notice.message) for notice in result.notices) < 250


# --- whatever comes -----------------------------------------------------------------------------------------------

_names = st.one_of(
    st.sampled_from(
        [*RESERVED, "data", "phone", "interest", "Interest", " first name ", "a[b]", "a[]", "data[x]", "", "Opt Out"]
    ),
    st.text(st.characters(codec=None), max_size=8),
)
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["", " ", "kittens", "8004506787", "1", "0", "x\x00", "\ud800", SECRET, f"a{SECRET}b"]),
    st.sampled_from(["1", "1.5", "NaN", "1e400", "-0", "nonsense"]).map(JsonNumber),
    st.text(st.characters(codec=None), max_size=6),
)
_values: st.SearchStrategy[Any] = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(_names, inner, max_size=3),
        st.lists(st.tuples(_names, inner), max_size=3).map(RepeatedNames),
    ),
    max_leaves=8,
)
_submitted = st.builds(
    Submitted,
    query=st.lists(st.tuples(_names, st.text(st.characters(codec=None), max_size=6)), max_size=4).map(tuple),
    body=st.lists(st.tuples(_names, _values), max_size=5).map(tuple),
    body_is_form=st.booleans(),
)


@given(_submitted)
@settings(max_examples=300)
def test_whatever_comes_is_sorted_without_an_exception(submitted: Submitted) -> None:
    result = reserve(submitted, limits=LIMITS, region="US", secrets=[SECRET])

    assert set(result.platform) <= set(RESERVED) - CREDENTIAL_NAMES
    assert all(re.fullmatch(r"[a-z0-9_]{1,64}", name) for name in result.tokens)
    assert not CREDENTIAL_NAMES & set(result.tokens)
    for text in (*result.platform.values(), *result.tokens.values()):
        assert text.strip()
        assert text.encode()
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)
    assert SECRET not in f"{result.platform}{result.tokens}{result.notices}{result.errors}"
    said = [*((one.field, one.message) for one in result.notices), *((one.field, one.message) for one in result.errors)]
    assert all(f"{field}: {message}".encode() for field, message in said)


@given(_submitted)
@settings(max_examples=200)
def test_tokens_submitted_again_are_the_same_tokens(submitted: Submitted) -> None:
    """An export that is imported again must not change a lead."""
    result = reserve(submitted, limits=LIMITS, region="US", secrets=[SECRET])

    again = reserve(Submitted(body=(("data", dict(result.tokens)),)), limits=LIMITS, region="US", secrets=[SECRET])

    assert again.tokens == result.tokens
    assert again.errors == ()


_plain_names = st.text(st.sampled_from("abAB é.-_ \t"), min_size=1, max_size=4)


@st.composite
def _marked(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Pairs in which every value is a mark that occurs nowhere else."""
    numbers = iter(range(1000))

    def value(depth: int) -> Value:
        kind = draw(st.sampled_from("sslo" if depth < 3 else "s"))
        if kind == "s":
            return f"v{next(numbers):04}v"
        if kind == "l":
            return [value(depth + 1) for _ in range(draw(st.integers(1, 3)))]
        return RepeatedNames([(draw(_plain_names), value(depth + 1)) for _ in range(draw(st.integers(1, 3)))])

    names = st.one_of(_plain_names, st.sampled_from(["sub_id", "email", "format", "data", "test", "assign_sms_number"]))
    return [(draw(names), value(0)) for _ in range(draw(st.integers(1, 5)))]


@given(pairs=_marked(), flattened=st.booleans())
@settings(max_examples=300)
def test_nothing_is_dropped_without_a_word(pairs: list[tuple[str, Any]], *, flattened: bool) -> None:
    """Every value is kept, or a notice or an error names the parameter it came in, or the one that displaced it."""
    result = reserved(*pairs, ("auto_format_nested_fields", flattened))

    kept = f"{result.platform}{result.tokens}"
    told = {notice.field for notice in result.notices if notice.code not in {"renamed_token", "near_reserved_name"}}
    told |= {error.field for error in result.errors}
    is_displaced = any(notice.code == "token_collision" for notice in result.notices)
    for name, value in pairs:
        # A field that changes nothing keeps its last value and needs no word.
        if all(mark in kept for mark in re.findall(r"v\d{4}v", str(value))) or name == "format":
            continue
        assert is_displaced or any((field or "").startswith(name) for field in told)


def test_the_names_of_booleans_are_those_of_the_specification() -> None:
    assert {name for name, value in BOOLEANS.items() if value} == {"1", "true", "yes", "on"}
    assert {name for name, value in BOOLEANS.items() if not value} == {"0", "false", "no", "off"}


# --- the short way ------------------------------------------------------------------------------------------------

_TOKEN: Final = "lt_" + "a" * 32
_plain_texts = st.sampled_from(["8004506787", "Ada", " Ada ", "ada@example.com", "1", "true"])
_odd_texts = st.sampled_from([" 8004506787 ", "", "  ", "a\x00b", "\ud800", _TOKEN, f"x{_TOKEN}", "a longer text"])
_odd_values: st.SearchStrategy[Value] = st.one_of(
    _odd_texts, st.none(), st.booleans(), st.just(JsonNumber("97205")), st.just(["a"]), st.just({"zip": "1"})
)
_usual_names = st.sampled_from(["lead_token", "email", "zip", "first_name", "sub_id", "test", "utf8", "landing_page"])
_odd_names = st.sampled_from(
    [
        *("data", "assign_sms_number", "auto_format_nested_fields", "Zip", "tokens", "phone", "e-mail", "a[b]", ""),
        *("auth_token", _TOKEN, _TOKEN.lower(), "n" * 64, "n" * 65),
    ]
)
_common_names = _usual_names | _odd_names


@st.composite
def _nearly_plain(draw: st.DrawFn) -> list[tuple[str, Value]]:
    """Pairs about which there is nothing to say, but for one of them or two."""
    usual = draw(st.lists(_usual_names, unique=True, max_size=4))
    pairs: list[tuple[str, Value]] = [(name, draw(_plain_texts)) for name in usual]
    if draw(st.integers(0, 9)):
        pairs.append(("caller_id", draw(st.sampled_from(["8004506787", " 18004506787"]))))
    match draw(st.sampled_from(["nothing", "name", "value", "both", "twice"])):
        case "name":
            pairs.insert(0, (draw(_odd_names), draw(_plain_texts)))
        case "value":
            pairs.append((draw(st.sampled_from(["city", "email", "hours_to_expire"])), draw(_odd_values)))
        case "both":
            pairs.append((draw(_odd_names), draw(_odd_values)))
        case "twice" if pairs:
            pairs.append((draw(st.sampled_from([name for name, _ in pairs])), draw(_plain_texts)))
    return pairs


@given(
    body=_nearly_plain(),
    is_form=st.booleans(),
    secrets=st.sampled_from([(), (_TOKEN,), ("Ada",), ("first_name",)]),
    limits=st.sampled_from(
        [
            *(LIMITS, LIMITS, Limits(max_tokens=1), Limits(max_parameters=2)),
            *(Limits(max_value_chars=12), Limits(max_name_chars=9)),
        ]
    ),
)
@example(body=[("caller_id", "8004506787"), ("data", "Ada")], is_form=False, secrets=(), limits=LIMITS)
@example(body=[("caller_id", "8004506787"), ("city", " ")], is_form=False, secrets=(), limits=LIMITS)
@settings(max_examples=1_000)
def test_the_short_way_comes_to_the_same_as_the_long_one(
    body: list[tuple[str, Value]], secrets: tuple[str, ...], limits: Limits, *, is_form: bool
) -> None:
    short = Submitted(body=tuple(body), body_is_form=is_form)
    # What was told already sends it the long way.
    told = Notice("told", None, "already")
    by_short = reserve(short, limits=limits, region="US", secrets=secrets)
    by_long = reserve(dataclasses.replace(short, notices=(told,)), limits=limits, region="US", secrets=secrets)

    assert by_short == dataclasses.replace(by_long, notices=tuple(each for each in by_long.notices if each != told))
    assert [*by_short.platform, *by_short.tokens] == [*by_long.platform, *by_long.tokens]


@given(names=st.lists(_common_names | _plain_names, max_size=8))
def test_a_plan_knows_every_credential_by_its_name(names: list[str]) -> None:
    plan = plan_of(tuple(names))

    if plan is not None:
        credentials = {position for position, name in enumerate(names) if is_credential_name(name)}
        assert credentials == set(plan.credentials)
        assert credentials == {
            position for position, name in enumerate(names) if reserved_key(name) in CREDENTIAL_NAMES
        }
