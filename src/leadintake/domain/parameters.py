"""Parameters as a request carries them, before anybody decides what they mean.

A carrier (query string, form, JSON body) hands over name/value pairs in the order they came, repeats included:
which of two values counts is a rule, and rules live in `domain.reserving`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from leadintake.domain.notice import Notice

_quote: Callable[[str], str] = encode_basestring
_quote_as_ascii: Callable[[str], str] = encode_basestring_ascii


class JsonNumber(str):
    """A number of a JSON text as it is written there: no digit is lost, whatever its size.

    Shape: also ``NaN``, ``Infinity`` and ``-Infinity``, which lax writers send; judging them is left to the reader.
    """

    __slots__ = ()


class RepeatedNames(dict[str, "Value"]):
    """A JSON object in which a name came more than once.

    Shape: as a mapping it holds each name's last value; `pairs` holds all of them in order.
    """

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, Value]]) -> None:
        """Keep the pairs, and their last values as the mapping."""
        self.pairs = tuple(pairs)
        super().__init__(self.pairs)

    def __eq__(self, other: object) -> bool:
        """Compare by all the pairs, not by the last values only."""
        return isinstance(other, RepeatedNames) and self.pairs == other.pairs

    def __ne__(self, other: object) -> bool:
        """Say the opposite; a dict would not ask `__eq__`."""
        return not self == other

    __hash__ = None  # as any dict


Value: TypeAlias = "str | bool | list[Value] | dict[str, Value] | None"
"""One value of a JSON text; numbers are `JsonNumber`, objects with a repeated name `RepeatedNames`."""

Pairs: TypeAlias = "tuple[tuple[str, Value], ...]"
TextPairs: TypeAlias = "tuple[tuple[str, str], ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one submission may hold; more is refused, nothing is ever cut.

    Units: characters are Unicode code points; the body's bytes are counted as received. Depth 1 is a flat object.
    Source: specification, section 3.2.
    """

    max_tokens: int = 200
    max_parameters: int = 2_000
    max_name_chars: int = 64
    max_value_chars: int = 10_000
    max_depth: int = 16
    max_body_bytes: int = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What the carriers of one request handed over.

    Shape: `query` has its names as sent, brackets and all; `body` has the top-level names of a JSON object, or
    those of a form with bracketed names folded (`fold_brackets`). `body_is_form` says that a blank before a
    number may be what became of a plus. Values can be personal and credentials, so they stay out of the repr.
    """

    query: TextPairs = field(default=(), repr=False)
    body: Pairs = field(default=(), repr=False)
    body_is_form: bool = False
    notices: tuple[Notice, ...] = ()


class NestedTooDeeply(ValueError):
    """A bracketed name has more levels than the limit; the only argument is that name."""


def are_texts(pairs: Pairs) -> TypeGuard[TextPairs]:
    """Say whether every value is a text as it stands; a number is none, though it is kept as one."""
    return {type(value) for _, value in pairs} <= {str}


def items_of(value: dict[str, Value]) -> Iterable[tuple[str, Value]]:
    """Return an object's pairs, repeats included.

    >>> list(items_of(RepeatedNames([("a", "1"), ("a", "2")])))
    [('a', '1'), ('a', '2')]
    """
    return value.pairs if isinstance(value, RepeatedNames) else value.items()


def as_object(pairs: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    """Return the pairs as an object that has forgotten none of them."""
    value = dict(pairs)
    return value if len(value) == len(pairs) else RepeatedNames(pairs)


def compact_json(value: Value) -> str:
    """Write a value as JSON without white space, each number as it was written.

    >>> compact_json({"price": JsonNumber("1.50"), "tags": ["a", None]})
    '{"price":1.50,"tags":["a",null]}'
    """
    if isinstance(value, str):
        return str(value) if isinstance(value, JsonNumber) else quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{','.join(map(compact_json, value))}]"
    return f"{{{','.join(f'{quoted(name)}:{compact_json(inner)}' for name, inner in items_of(value))}}}"


def quoted(text: str) -> str:
    r"""Write a JSON string; text that no encoding can hold (lone surrogates) is escaped.

    >>> print(quoted("café"), quoted("\ud800"))
    "café" "\ud800"
    """
    written = _quote(text)
    # Only text that is not printable can hold a surrogate, and that is rare: the common case pays one scan.
    if not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
        return _quote_as_ascii(text)
    return written


# --- bracketed names ----------------------------------------------------------------------------------------------

_BRACKETED: Final = re.compile(r"\s*([^\[\]]*[^\[\]\s])\s*((?:\[[^\[\]]*\])+)\s*")


def fold_brackets(pairs: TextPairs, *, max_depth: int) -> Pairs:
    """Fold bracketed names into nested values, under their first segment and at its first appearance.

    ``a[b]=1`` is an object, ``a[]=1`` a list, and ``a[0]=1&a[1]=2`` the list that PHP means by it. Anything that
    is not well-formed brackets stays a plain name. Nothing is lost: a name that is text, list and object at
    once comes out once as each.

    Raises: NestedTooDeeply: a name has more levels than `max_depth`.

    >>> fold_brackets((("data[interest]", "kittens"), ("x", "1"), ("data[pets][]", "2")), max_depth=16)
    (('data', {'interest': 'kittens', 'pets': ['2']}), ('x', '1'))
    """
    if not any("[" in name for name, _ in pairs):
        return pairs
    heads: dict[str, _Branch] = {}
    folded: list[tuple[str, str | _Branch]] = []
    for name, text in pairs:
        match = _BRACKETED.fullmatch(name) if "[" in name else None
        if match is None:
            folded.append((name, text))
            continue
        head, segments = match[1], match[2][1:-1].split("][")
        if len(segments) >= max_depth:
            raise NestedTooDeeply(name)
        if head not in heads:
            heads[head] = _Branch()
            folded.append((head, heads[head]))
        heads[head].grow(segments, text)
    return tuple(
        (name, value)
        for name, grown in folded
        for value in (grown.values() if isinstance(grown, _Branch) else (cast("Value", grown),))
    )


class _Branch:
    """One level of a bracketed name while it is being folded."""

    __slots__ = ("branches", "items", "texts")

    def __init__(self) -> None:
        """Start without anything below."""
        self.texts: list[str] = []
        self.items: list[str | _Branch] = []
        self.branches: dict[str, _Branch] = {}

    def grow(self, segments: Sequence[str], text: str) -> None:
        """Put the text where the segments lead; an empty segment is the next place of a list."""
        branch = self
        for position, segment in enumerate(segments):
            name = segment.strip()
            if name:
                branch = branch.branches.setdefault(name, _Branch())
            elif position == len(segments) - 1:
                branch.items.append(text)
                return
            else:
                branch = branch.next_item(segments[position + 1].strip())
        branch.texts.append(text)

    def next_item(self, name: str) -> _Branch:
        """Return the list's last object, or a new one when that already has the name: a row begins."""
        last = self.items[-1] if self.items else None
        if isinstance(last, _Branch) and name and name not in last.branches:
            return last
        row = _Branch()
        self.items.append(row)
        return row

    def values(self) -> list[Value]:
        """Return what has grown here: each text, then the list, then the object."""
        values: list[Value] = list(self.texts)
        if self.items:
            values.append(
                [value for item in self.items for value in (item.values() if isinstance(item, _Branch) else (item,))]
            )
        if self.branches:
            pairs = [(name, value) for name, branch in self.branches.items() for value in branch.values()]
            is_list = all(name == str(index) for index, (name, _) in enumerate(pairs))
            values.append([value for _, value in pairs] if is_list else as_object(pairs))
        return values
