from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.errors import MalformedBody, PayloadTooLarge
from leadintake.domain.parameters import JsonNumber, Limits, RepeatedNames
from leadintake.entrypoints.api.intake.json_body import read_json_object, require_shallow

LIMITS = Limits()


@pytest.mark.parametrize(
    "number",
    [
        "501",
        "30000.5",
        "1.50",
        "-0",
        "1E5",
        "1e400",
        "9" * 6_000,
        "0.1234567890123456789",
        "NaN",
        "Infinity",
        "-Infinity",
    ],
)
def test_numbers_are_kept_as_written(number: str) -> None:
    """Floats lose digits, and integers of more than 4,300 digits make the parser fail."""
    [(_, value)] = read_json_object(f'{{"a": {number}}}', LIMITS)

    assert isinstance(value, JsonNumber)
    assert value == number


def test_a_name_given_twice_is_kept_twice() -> None:
    """A reserved name given twice must be compared, so the parser must not choose."""
    assert read_json_object('{"a": 1, "b": null, "a": 2}', LIMITS) == (("a", "1"), ("b", None), ("a", "2"))


def test_a_name_given_twice_inside_is_kept_twice_as_well() -> None:
    [(_, value)] = read_json_object('{"data": {"a": "1", "a": "2"}}', LIMITS)

    assert isinstance(value, RepeatedNames)
    assert value.pairs == (("a", "1"), ("a", "2"))


def test_strings_are_decoded_once() -> None:
    text = r'{"a": "\u00e9\n\ud83d\ude00", "b": "\ud800", "c": "\u0000"}'

    assert read_json_object(text, LIMITS) == (("a", "é\n😀"), ("b", "\ud800"), ("c", "\0"))


def test_raw_line_feeds_in_strings_are_let_through() -> None:
    """Scripts paste text areas into JSON by hand."""
    assert read_json_object('{"a": "one\r\ntwo\t\x01"}', LIMITS) == (("a", "one\r\ntwo\t\x01"),)


@pytest.mark.parametrize(
    "text", ["", "{", '{"a"}', "{'a': 1}", '{"a": 1,}', '{"a": 1} x', "{a: 1}", '{"a": undefined}']
)
def test_broken_json_is_malformed_and_says_where(text: str) -> None:
    with pytest.raises(MalformedBody, match=r"line 1, column \d+"):
        read_json_object(text, LIMITS)


@pytest.mark.parametrize(
    "text", ["[]", '[{"caller_id": "1"}, {}]', "[[{}]]", '["text"]', '"text"', "1", "true", "false", "NaN"]
)
def test_json_that_is_no_object_is_malformed_and_says_what_is_expected(text: str) -> None:
    with pytest.raises(MalformedBody, match="Send one lead as an object"):
        read_json_object(text, LIMITS)


def test_null_is_an_empty_object() -> None:
    assert read_json_object(" null ", LIMITS) == ()


def test_no_submitted_value_is_in_the_message() -> None:
    with pytest.raises(MalformedBody) as refused:
        read_json_object('{"caller_id": "8004506787" "lt_secret"}', LIMITS)

    assert "8004506787" not in refused.value.detail
    assert "lt_secret" not in refused.value.detail


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_limited(open_: str, close: str) -> None:
    def nested(levels: int) -> str:
        return '{"x":' + open_ * (levels - 1) + "1" + close * (levels - 1) + "}"

    read_json_object(nested(16), LIMITS)

    with pytest.raises(PayloadTooLarge, match="16 levels"):
        read_json_object(nested(17), LIMITS)
    with pytest.raises(PayloadTooLarge):
        read_json_object(nested(20_000), LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + "[" * 50 + '"}',
        '{"a": "\\"' + "{" * 50 + '"}',
        '{"a": [' + ",".join(["[]"] * 50) + "]}",
        '{"a": "\\\\", "b": [' + ",".join(['"[\\\\\\"["'] * 20) + "]}",
    ],
)
def test_brackets_beside_each_other_or_in_strings_are_no_depth(text: str) -> None:
    assert read_json_object(text, Limits(max_depth=3)) is not None


_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab[]{}"\\\n,:é', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a[{"\\', max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(_json)
def test_depth_is_counted_as_the_parser_nests(value: Any) -> None:  # noqa: ANN401 - any JSON
    depth = _depth(value)
    text = json.dumps(value)

    require_shallow(text, depth)
    if depth:
        with pytest.raises(PayloadTooLarge):
            require_shallow(text, depth - 1)


def _depth(value: Any) -> int:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@pytest.mark.parametrize(
    "text", ['{"' + '\\"' * 100_000, '{"a":' + "[" + '"' * 200_000, "[]" * 100_000, '{"' + "\\" * 200_000]
)
def test_the_scan_takes_linear_time(text: str) -> None:
    """A pattern that is tried again from each quotation mark would take minutes for these."""
    started = time.process_time()

    require_shallow("[" * 8 + "]" * 8 + text + "[" * 8, 16)

    assert time.process_time() - started < 2
