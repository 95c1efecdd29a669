"""Whatever comes: nothing raises, and nothing that came is gone without a word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.parameters import items_of
from leadintake.entrypoints.api.intake.builders import recognise
from leadintake.entrypoints.api.intake.carriers import Body, BodyKind

from tests.unit.entrypoints.builders.payloads import PLAIN, form_body, json_body, names, payload, reserved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadintake.domain.parameters import Value

PAYLOADS = sorted(name for name in names() if not name.startswith(PLAIN))
# What their modules name as left out, with all that is below.
LEFT_OUT = {"definition", "ending", "field", "headers", "schema", "credit"}
UNKNOWN, MARKER = "zz_unknown", "marker-4711"


def names_in(value: Value) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in items_of(value):
            yield name
            yield from names_in(inner)
    if isinstance(value, list):
        for inner in value:
            yield from names_in(inner)


KNOWN_NAMES = sorted({found for name in PAYLOADS for found in names_in(dict(payload(name).pairs))})
TEXTS = st.sampled_from(
    ["", "1", "page", "leadgen", "contacts", "tel", "{", '{"a":{}}', '{"q1_a":{"full":[]}}', "\x00"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | TEXTS
ANY_NAME = st.sampled_from(KNOWN_NAMES) | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_NAME, inner, max_size=4), max_leaves=12
)


def settled(body: Body) -> None:
    """Read a body to the end: what was recognised must be fit for reserving too."""
    found = recognise(body)
    if found is not None:
        assert found.submission_id is None or found.submission_id.isprintable()
        kept = reserved(found)
        # A JSON number is a text of its own kind, and no database takes one for a name.
        texts = [*kept.tokens, *kept.tokens.values(), *kept.platform.values(), found.submission_id, found.phone_field]
        texts += [text for alias in (kept.phone_alias,) if alias for text in (alias.name, alias.text)]
        texts += [notice.field for notice in (*found.notices, *kept.notices)]
        assert {type(text) for text in texts} <= {str, type(None)}


@given(st.dictionaries(ANY_NAME, VALUES, max_size=6))
def test_any_json_is_read_without_a_fault(value: dict[str, Any]) -> None:
    settled(json_body(json.dumps(value)))


@given(st.data())
def test_payload_with_a_strange_part_is_read_without_a_fault(data: st.DataObject) -> None:
    """Builders change what they send: the lead must still be in, recognised or not."""
    body = payload(data.draw(st.sampled_from(PAYLOADS)))
    replaced = data.draw(st.sampled_from(list(places(dict(body.pairs)))))
    strange = dict(json_body(json.dumps({"value": data.draw(VALUES)})).pairs)["value"]

    settled(changed(body, replaced, strange))


@pytest.mark.parametrize("name", PAYLOADS)
def test_part_that_nobody_knows_is_kept(name: str) -> None:
    """A builder adds a name, and the day after an owner looks for it."""
    body = payload(name)
    objects = [place for place, value in places(dict(body.pairs)).items() if isinstance(value, dict)]

    for place in [(), *objects]:
        found = recognise(changed(body, (*place, UNKNOWN), MARKER))
        if found is not None and LEFT_OUT.isdisjoint(place):
            assert MARKER in reserved(found).tokens.values(), place


@pytest.mark.parametrize("name", ["rawRequest", "data.json"])
@given(st.dictionaries(ANY_NAME, VALUES, max_size=4))
def test_any_json_in_a_form_is_read_without_a_fault(name: str, value: dict[str, Any]) -> None:
    settled(Body(kind=BodyKind.FORM, pairs=((name, json.dumps(value)),)))


@pytest.mark.parametrize("name", ["rawRequest", "data.json"])
def test_json_text_that_is_nested_too_deeply_is_left_alone(name: str) -> None:
    """Its reader recurses, and a stack that is overrun takes the worker along."""
    body = Body(kind=BodyKind.FORM, pairs=((name, '{"a":' * 5_000 + "1" + "}" * 5_000),))

    assert recognise(body) is None


class CountedPairs(tuple[tuple[str, "Value"], ...]):
    """A body's pairs that count how often somebody goes through them."""

    __slots__ = ()
    times: ClassVar[int] = 0

    def __iter__(self) -> Iterator[tuple[str, Value]]:
        type(self).times += 1
        return super().__iter__()


def test_name_that_is_sent_often_is_looked_into_once() -> None:
    """Else a body of a few kilobytes keeps a worker busy for seconds."""
    pairs = CountedPairs(("fields", {"a": {"value": "1"}}) for _ in range(500))

    assert recognise(Body(kind=BodyKind.JSON, pairs=pairs)) is None
    assert CountedPairs.times < 10


@pytest.mark.parametrize(
    "text",
    [
        '{"field_data":[{"name":"\\ud800","values":["\\ud800"]}],"id":"\\ud800"}',
        '{"field_data":[{"name":"a","values":[NaN, 1e999, -Infinity]}]}',
        '{"user_column_data":[{"column_id":"PHONE_NUMBER","string_value":{"a":{}}}],"google_key":{"a":["b"]}}',
        '{"user_column_data":[],"is_test":[true],"lead_id":{"a":1}}',
        '{"form_response":{"form_id":"x","hidden":"abc","variables":"x","calculated":[],"definition":{"fields":[1]}}}',
        '{"fields":[{"value":"8004506787","type":"tel"},{"value":["a","b"],"id":"pets"}]}',
        '{"fields":{"2":{"value":"8004506787","id":2,"type":"tel"},"3":{"value":"x","title":3}}}',
        '{"field_data":[{"name":7,"values":[8004506787]}],"id":12345}',
        '{"user_column_data":[{"column_id":5,"column_name":6,"string_value":8004506787}],"lead_id":7}',
    ],
)
def test_odd_values_go_on_to_reserving(text: str) -> None:
    """What is wrong with a value is said there, under the name that it came with."""
    body = json_body(text)

    assert recognise(body) is not None
    settled(body)


def test_brackets_that_make_a_field_text_and_object_at_once_are_an_ordinary_form() -> None:
    body = form_body("fields[a]=1&fields[a][value]=2")

    assert recognise(body) is None


def places(value: Value, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Value]:
    """Return every value below by the names, or places in lists, that lead to it."""
    if isinstance(value, dict):
        inner = dict(items_of(value))
    elif isinstance(value, list):
        inner = {str(index): one for index, one in enumerate(value)}
    else:
        return {}
    found = {(*above, name): one for name, one in inner.items()}
    for name, one in inner.items():
        found |= places(one, (*above, name))
    return found


def with_value(value: Value, place: tuple[str, ...], new: Value) -> Value:
    """Return a value with one of the values below it replaced or added."""
    if not place:
        return new
    name, *rest = place
    if isinstance(value, list):
        return [with_value(one, tuple(rest), new) if str(index) == name else one for index, one in enumerate(value)]
    assert isinstance(value, dict)
    return {**value, name: with_value(value.get(name), tuple(rest), new)}


def changed(body: Body, place: tuple[str, ...], new: Value) -> Body:
    """Return a body with one of its values replaced or added."""
    value = with_value(dict(body.pairs), place, new)
    assert isinstance(value, dict)
    return Body(kind=body.kind, pairs=tuple(value.items()))
