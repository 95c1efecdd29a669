"""Platform field or lead token: what each parameter of a submission is.

A reserved name is a platform field and never a lead token; every other name is a lead token; entries of the
``data`` hash are lead tokens whatever they are called. Nothing is dropped, renamed or guessed without a notice,
and everything that is wrong is reported at once. Source: specification, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2s
from typing import TYPE_CHECKING, Final, NamedTuple

from leadintake.domain.errors import InvalidCallerId, TooManyTokens
from leadintake.domain.parameter_text import FieldError, ParameterReader, Path
from leadintake.domain.parameters import NestedTooDeeply, are_texts, fold_brackets, items_of
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.platform_values import Given, has_lost_its_plus, settle
from leadintake.domain.redaction import Secrets
from leadintake.domain.reserved_names import (
    BOOLEANS,
    CONTAINER,
    CREDENTIAL_NAMES,
    FILLED_FROM_DATA,
    PHONE_ALIASES,
    RESERVED,
    is_plain_token_name,
    plan_of,
    reserved_key,
    token_name,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from leadintake.domain.notice import Notice
    from leadintake.domain.parameters import Limits, Pairs, Submitted, TextPairs, Value

__all__ = ["RESERVED", "FieldError", "PhoneAlias", "Reserved", "reserve"]

_MOST_NAMES_SHOWN: Final = 10
_MOST_PLAIN_CHARS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAlias:
    """The lead token that stands in for a missing ``caller_id``, and its text.

    Shape: `text` is as in the tokens, save for the blank in front that a lost plus leaves behind.
    """

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A submission sorted into platform fields and lead tokens.

    Shape: `platform` maps reserved names to trimmed, never empty text (``true`` and ``60`` for JSON's booleans
    and numbers); credentials are not in it. Only ``caller_id`` may keep one blank in front: what a query
    string leaves of a plus. `tokens` maps normalised names to text. With `errors` the submission is refused.
    """

    platform: dict[str, str] = field(repr=False)
    tokens: dict[str, str] = field(repr=False)
    notices: tuple[Notice, ...] = ()
    errors: tuple[FieldError, ...] = ()
    phone_alias: PhoneAlias | None = None

    @property
    def caller_id(self) -> str | None:
        """Return the text to read the caller's number from, None when there is none."""
        return self.platform.get("caller_id") or (self.phone_alias.text if self.phone_alias else None)


def reserve(
    submitted: Submitted,
    *,
    limits: Limits,
    region: str,
    secrets: Collection[str] = (),
    typed_phone_fields: Sequence[str] = (),
) -> Reserved:
    """Sort what was submitted into platform fields and lead tokens.

    Args:
        submitted: The carriers' parameters. Never refused by an exception, whatever it holds.
        limits: Over them is an error, never a cut.
        region: Two letters, ISO 3166, in which phone numbers are compared.
        secrets: The request's credentials; their values are redacted wherever they turn up.
        typed_phone_fields: Names of lead tokens that a form builder says hold a phone; they come after the well-known
            ones.
    """
    hidden = Secrets(secrets)
    if (plain := _plainly_reserved(submitted, limits, hidden)) is not None:
        return plain
    reader = ParameterReader(limits, hidden)
    for notice in submitted.notices:
        reader.note(notice.code, (notice.field,) if notice.field else (), notice.message)
    parts = _Parts()
    query = _folded(submitted.query, limits, reader)
    if len(query) + len(submitted.body) > limits.max_parameters:
        _refuse_number_of_parameters(reader, limits)
    else:
        parts.take(query, is_query=True, is_form=True)
        parts.take(submitted.body, is_query=False, is_form=submitted.body_is_form)
    settled = ((name, settle(name, given, reader, region)) for name, given in parts.given.items())
    platform = {name: text for name, text in settled if text}
    tokens = _Tokens(reader, limits, is_flattened=_is_flattened(platform))
    tokens.collect(parts, email=platform.get("email"))
    tokens.fill(platform)
    alias = None if _has_caller(platform, reader) else tokens.phone(typed_phone_fields, region)
    tokens.finish()
    return Reserved(
        platform=platform,
        tokens=tokens.kept,
        notices=tuple(dict.fromkeys(reader.notices)),
        errors=tuple(dict.fromkeys(reader.errors)),
        phone_alias=alias,
    )


def _plainly_reserved(submitted: Submitted, limits: Limits, secrets: Secrets) -> Reserved | None:
    """Return what `reserve` makes of a body of plain names and texts about which there is nothing to say.

    None for any other. Nearly all submissions are such a body, and take a quarter of the time here.
    """
    pairs = submitted.body
    if submitted.query or submitted.notices or not are_texts(pairs):
        return None
    plan = plan_of(tuple([name for name, _ in pairs]))
    if plan is None or plan.longest > limits.max_name_chars or len(pairs) > limits.max_parameters:
        return None
    platform = {name: pairs[position][1] for name, position in plan.platform}
    tokens = {name: pairs[position][1] for name, position in plan.tokens}
    texts = [*platform.values(), *tokens.values()]
    whole, names = ",".join(texts), ",".join([*platform, *tokens])
    is_odd = len(whole) > limits.max_value_chars or not whole.isprintable()
    if is_odd or secrets.may_be_in(whole) or secrets.may_be_in(names):
        return None
    if submitted.body_is_form and any(text.startswith(" ") for text in texts):
        return None
    given = {name: text for name, value in platform.items() if (text := value.strip())}
    kept = {name: value.strip() for name, value in tokens.items()}
    if email := given.get("email"):
        kept = {"email": email, **kept}
    is_whole = "caller_id" in given and "" not in kept.values() and len(kept) <= limits.max_tokens
    return Reserved(platform=given, tokens=kept) if is_whole else None


def _folded(query: TextPairs, limits: Limits, reader: ParameterReader) -> Pairs:
    try:
        return fold_brackets(query, max_depth=limits.max_depth)
    except NestedTooDeeply as error:
        reader.refuse((str(error),), "is nested too deeply")
        return query


def _refuse_number_of_parameters(reader: ParameterReader, limits: Limits) -> None:
    reader.refuse(("tokens",), f"come with more than {limits.max_parameters} parameters", code=TooManyTokens.code)


def _is_flattened(platform: dict[str, str]) -> bool:
    return BOOLEANS.get(platform.get("auto_format_nested_fields", "").lower(), True)


def _has_caller(platform: dict[str, str], reader: ParameterReader) -> bool:
    """Say whether a ``caller_id`` was given, be it a faulty one: then nothing stands in for it."""
    return "caller_id" in platform or any(error.field == "caller_id" for error in reader.errors)


class _Level(NamedTuple):
    """Parameters that become lead tokens, from one place of one carrier; `above` leads to them."""

    entries: list[tuple[str, Value]]
    above: Path
    is_form: bool


class _Parts:
    """The parameters by where they belong, in the order of growing weight: query before body, flat before data."""

    __slots__ = ("given", "levels")

    def __init__(self) -> None:
        """Start with nothing."""
        self.given: dict[str, list[Given]] = {}
        self.levels: list[_Level] = []

    def take(self, pairs: Pairs, *, is_query: bool, is_form: bool) -> None:
        """Sort one carrier's top-level names into platform fields, flat lead tokens and entries of ``data``."""
        flat: list[tuple[str, Value]] = []
        data: list[tuple[str, Value]] = []
        for name, value in pairs:
            key = name if name in RESERVED else reserved_key(name)
            if key in RESERVED:
                # Credentials are read elsewhere; all that matters here is that they are not kept.
                if key not in CREDENTIAL_NAMES:
                    self.given.setdefault(key, []).append(Given(value, is_query, is_form))
            elif key == CONTAINER and (hashes := _hashes(value)) is not None:
                for entries in hashes:
                    data.extend(items_of(entries))
            else:
                flat.append((name, value))
        self.levels += [_Level(flat, (), is_form), _Level(data, (CONTAINER,), is_form)]


def _hashes(value: Value) -> list[dict[str, Value]] | None:
    """Return the hash that a value of ``data`` is, none when nothing was given, None when it is something else."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        return [value]
    return None if value else []


class _Tokens:
    """The lead tokens of one submission while they are being collected."""

    __slots__ = ("_count", "_empty", "_filling", "_is_flattened", "_limits", "_lost_plus", "_reader", "kept")

    def __init__(self, reader: ParameterReader, limits: Limits, *, is_flattened: bool) -> None:
        """Start with none."""
        self._reader = reader
        self._limits = limits
        self._is_flattened = is_flattened
        self._count = 0
        self._empty: dict[str, None] = {}
        self._filling: dict[str, str] = {}
        self._lost_plus: set[str] = set()
        self.kept: dict[str, str] = {}

    def collect(self, parts: _Parts, *, email: str | None) -> None:
        """Keep every parameter that is no platform field, those that have the last word last."""
        if email:
            self.kept["email"] = email
        for level in parts.levels:
            is_plain = self._reader.is_plain(level.entries) if level.entries else False
            for name, value in level.entries:
                if type(value) is str:
                    if is_plain and self._keep_plain(name, value, level):
                        continue
                    self._keep((name,), token_name(name), value, level)
                else:
                    for names, scalar in self._leaves((name,), value, level):
                        self._keep(names, "_".join(map(token_name, names)), scalar, level)

    def fill(self, platform: dict[str, str]) -> None:
        """Let the three names of ``data`` fill platform fields that were not given otherwise."""
        if self._filling:
            at_fault = {error.field for error in self._reader.errors}
            for name, text in self._filling.items():
                if name not in platform and name not in at_fault:
                    platform[name] = text

    def phone(self, typed_phone_fields: Sequence[str], region: str) -> PhoneAlias | None:
        """Choose the lead token that stands in for a missing ``caller_id``, if there is one."""
        names = [name for name in dict.fromkeys((*PHONE_ALIASES, *typed_phone_fields)) if name in self.kept]
        if not names:
            return None
        aliases = [PhoneAlias(name=name, text=" " * (name in self._lost_plus) + self.kept[name]) for name in names]
        # Names such as "number" hold other things too, so the first that is a phone number goes before the first.
        dialled = (alias for alias in aliases if _is_phone(alias.text, region)) if len(aliases) > 1 else iter(aliases)
        chosen = next(dialled, aliases[0])
        self._reader.note("phone_taken_from", (chosen.name,), f"caller_id is missing; {chosen.name} was taken for it.")
        return chosen

    def finish(self) -> None:
        """Say once which values were empty, and whether there are too many tokens."""
        if len(self.kept) > self._limits.max_tokens:
            self._reader.refuse(("tokens",), f"are more than {self._limits.max_tokens}", code=TooManyTokens.code)
        if self._empty:
            names = list(self._empty)
            more = len(names) - _MOST_NAMES_SHOWN
            listed = ", ".join(names[:_MOST_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
            self._reader.note("empty_values_ignored", (), f"Null and empty values were left out: {listed}.")

    def _leaves(self, names: Path, value: Value, level: _Level, *, depth: int = 1) -> Iterator[tuple[Path, Value]]:
        """Yield what becomes one lead token each, with the names that lead to it."""
        if not isinstance(value, list | dict):
            yield names, value
        elif not value:
            yield names, None
        elif depth + len(level.above) >= self._limits.max_depth:
            self._reader.refuse(level.above + names, "is nested too deeply")
        elif not self._is_flattened:
            if text := self._reader.json(value, level.above + names):
                yield names, text
        elif isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
            yield names, self._joined(value, level.above + names)
        else:
            for further, inner in _parts_of(value):
                yield from self._leaves(names + further, inner, level, depth=depth + 1)

    def _joined(self, items: list[Value], path: Path) -> str:
        """Join a list of scalars with a comma; what is null or empty has no place in it."""
        texts = [self._reader.text(item, path) for item in items]
        if "" in texts and any(texts):
            self._empty.setdefault(self._reader.shown(path))
        return ",".join(filter(None, texts))

    def _keep_plain(self, name: str, value: str, level: _Level) -> bool:
        """Keep one value about which there is nothing to say, as nearly all are; say whether it was one."""
        if (
            len(name) > min(self._limits.max_name_chars, _MOST_PLAIN_CHARS)
            or not is_plain_token_name(name)
            or name in self.kept
            or len(value) > self._limits.max_value_chars
            or self._count >= self._limits.max_parameters
            or not value.isprintable()
            or (level.is_form and value.startswith(" "))
        ):
            return False
        text = value.strip()
        if not text:
            return False
        self._count += 1
        self.kept[name] = text
        return True

    def _keep(self, names: Path, name: str, value: Value, level: _Level) -> None:
        """Keep one value as the lead token of that name, or say why not."""
        self._count += 1
        if self._count > self._limits.max_parameters:
            _refuse_number_of_parameters(self._reader, self._limits)
            return
        path = level.above + names
        if value not in (None, "") and self._reader.holds_credential(names):
            self._reader.note("credential_left_out", path, "A credential is never kept; it was left out.")
            return
        text = self._reader.text(value, path)
        if not text:
            if text is not None:
                self._empty.setdefault(self._reader.shown(path))
            return
        if len(name) > self._limits.max_name_chars:
            name = _shortened(name, self._limits.max_name_chars)
        if not self._may_be_named(name, names, level):
            return
        known = self.kept.get(name)
        if known is not None and known != text:
            self._reader.note("token_collision", path, f"The lead token {name} has several values; the last counts.")
        self.kept[name] = text
        if has_lost_its_plus(value, is_form=level.is_form):
            self._lost_plus.add(name)
        else:
            self._lost_plus.discard(name)
        if level.above and len(names) == 1:
            self._compare_with_platform(names[0], text, path)

    def _may_be_named(self, name: str, names: Path, level: _Level) -> bool:
        """Say whether a lead token may have this name, and tell what is odd about it."""
        path = level.above + names
        if not name:
            self._reader.note("unnamed_token", path, "A value without a name was left out.")
            return False
        if name != (names[0] if len(names) == 1 else "_".join(names)):
            self._reader.note("renamed_token", path, f"It is kept as the lead token {name}.")
        if name in RESERVED and not level.above:
            self._reader.note(
                "near_reserved_name", path, f"It is kept as a lead token; the platform field is spelled {name}."
            )
        return True

    def _compare_with_platform(self, name: str, text: str, path: Path) -> None:
        """Remember what may fill a platform field; warn that no other entry of ``data`` ever does."""
        key = reserved_key(name)
        if key in FILLED_FROM_DATA:
            self._filling[key] = text
        elif key in RESERVED and RESERVED[key].is_compared and key != "caller_id":
            self._reader.note(
                "near_reserved_name", path, f"In data it is a lead token; the platform field {key} goes beside data."
            )


def _parts_of(value: list[Value] | dict[str, Value]) -> Iterable[tuple[Path, Value]]:
    """Return what a nested value holds, each with what it adds to the name: nothing for the only one of a list."""
    if isinstance(value, dict):
        return (((name,), inner) for name, inner in items_of(value))
    if len(value) == 1:
        return (((), value[0]),)
    return (((str(index),), inner) for index, inner in enumerate(value))


def _shortened(name: str, most: int) -> str:
    """Return a name that fits, the same for the same name every time, and different for two that only begin alike.

    Form builders send whole questions as names: refusing them would lose the lead for the sake of a label.
    """
    digest = blake2s(name.encode(), digest_size=4).hexdigest()
    return f"{name[: most - len(digest) - 1]}_{digest}"


def _is_phone(text: str, region: str) -> bool:
    try:
        PhoneNumber.parse(text, region)
    except InvalidCallerId:
        return False
    return True
