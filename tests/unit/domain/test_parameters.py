from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.parameters import (
    JsonNumber,
    NestedTooDeeply,
    RepeatedNames,
    Submitted,
    as_object,
    compact_json,
    fold_brackets,
    items_of,
    quoted,
)


@pytest.mark.parametrize(
    ("fields", "folded"),
    [
        pytest.param([("a", "1"), ("a", "2")], [("a", "1"), ("a", "2")], id="plain names keep their repeats"),
        pytest.param([("data[interest]", "kittens")], [("data", {"interest": "kittens"})], id="an object"),
        pytest.param([("a[b][c]", "1")], [("a", {"b": {"c": "1"}})], id="an object in an object"),
        pytest.param([("a[]", "1"), ("a[]", "2")], [("a", ["1", "2"])], id="a list"),
        pytest.param([("a[0]", "1"), ("a[1]", "2")], [("a", ["1", "2"])], id="a list as PHP writes it"),
        pytest.param([("a[1]", "1"), ("a[2]", "2")], [("a", {"1": "1", "2": "2"})], id="numbers that are names"),
        pytest.param(
            [("a[][x]", "1"), ("a[][y]", "2"), ("a[][x]", "3")],
            [("a", [{"x": "1", "y": "2"}, {"x": "3"}])],
            id="rows of a list",
        ),
        pytest.param([("a[b]", "1"), ("c", "2"), ("a[d]", "3")], [("a", {"b": "1", "d": "3"}), ("c", "2")], id="order"),
        pytest.param([(" a [ b ]\t", "1")], [("a", {"b": "1"})], id="blanks and tabs around names"),
        pytest.param([("a[b", "1"), ("a]b", "2")], [("a[b", "1"), ("a]b", "2")], id="brackets that do not match"),
        pytest.param([("[a]", "1")], [("[a]", "1")], id="nothing in front of the brackets"),
        pytest.param([("a[b]c", "1")], [("a[b]c", "1")], id="something behind them"),
        pytest.param([("a", "1"), ("a[b]", "2")], [("a", "1"), ("a", {"b": "2"})], id="text and object at once"),
        pytest.param([("a[b]", "1"), ("a[]", "2")], [("a", ["2"]), ("a", {"b": "1"})], id="list and object at once"),
        pytest.param([("a[][]", "1"), ("a[][]", "2")], [("a", [["1"], ["2"]])], id="lists in a list"),
    ],
)
def test_bracketed_names_are_folded(fields: list[tuple[str, str]], folded: list[tuple[str, Any]]) -> None:
    assert fold_brackets(tuple(fields), max_depth=16) == tuple(folded)


def test_a_bracketed_name_given_twice_keeps_both_values() -> None:
    """Which one counts is not for the folding to decide."""
    [(_, value)] = fold_brackets((("data[pet]", "cat"), ("data[pet]", "dog")), max_depth=16)

    assert isinstance(value, RepeatedNames)
    assert value.pairs == (("pet", "cat"), ("pet", "dog"))


def test_brackets_nested_too_deeply_are_refused() -> None:
    """Folding recurses: without a limit a long name could exhaust the stack."""
    fold_brackets((("a" + "[b]" * 15, "1"),), max_depth=16)

    with pytest.raises(NestedTooDeeply):
        fold_brackets((("a" + "[b]" * 16, "1"),), max_depth=16)


_segments = st.lists(st.sampled_from(["", "a", "b", "0", "1"]), max_size=4)
_bracketed = st.builds(lambda head, more: head + "".join(f"[{one}]" for one in more), st.sampled_from("xy"), _segments)


@given(st.lists(st.tuples(_bracketed, st.uuids().map(str)), max_size=12))
def test_folding_loses_no_value(fields: list[tuple[str, str]]) -> None:
    folded = fold_brackets(tuple(fields), max_depth=16)

    assert sorted(_texts(folded)) == sorted(text for _, text in fields)


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - whatever folding made of it
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for _, inner in items_of(value) for text in _texts(inner)]
    if value and isinstance(value[0], tuple):
        return [text for _, inner in value for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)]


def test_numbers_are_written_as_they_came() -> None:
    """A price of 1.50 or an id of thirty digits must read the same in a year."""
    value: Any = {"price": JsonNumber("1.50"), "id": JsonNumber("9" * 30), "on": True, "off": False, "no": None}

    assert compact_json(value) == '{"price":1.50,"id":' + "9" * 30 + ',"on":true,"off":false,"no":null}'


def test_repeated_names_are_written_as_often_as_they_came() -> None:
    assert compact_json(as_object([("a", "1"), ("a", "2")])) == '{"a":"1","a":"2"}'


def test_repeated_names_are_the_same_only_with_the_same_pairs() -> None:
    assert RepeatedNames([("a", "1"), ("a", "2")]) == RepeatedNames([("a", "1"), ("a", "2")])
    assert RepeatedNames([("a", "1"), ("a", "2")]) != RepeatedNames([("a", "0"), ("a", "2")])
    assert RepeatedNames([("a", "1"), ("a", "2")]) != {"a": "2"}


@given(st.text(st.characters(codec=None)))
def test_every_text_can_be_written_and_encoded(text: str) -> None:
    written = quoted(text)

    assert written.encode()
    assert json.loads(written) == text


def test_what_was_submitted_is_not_in_the_repr() -> None:
    """A repr ends up in logs; names and numbers of people must not."""
    submitted = Submitted(query=(("lead_token", "lt_secret"),), body=(("phone", "8004506787"),))

    assert "secret" not in repr(submitted)
    assert "8004506787" not in repr(submitted)
