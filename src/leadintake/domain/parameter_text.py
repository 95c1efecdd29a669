"""One parameter's value, as the text that is kept of it, and what there was to say about it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from leadintake.domain.notice import Notice
from leadintake.domain.parameters import JsonNumber, as_object, compact_json, items_of
from leadintake.domain.reserved_names import is_credential_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadintake.domain.parameters import Limits, Value
    from leadintake.domain.redaction import Secrets

Path: TypeAlias = "tuple[str, ...]"
"""The names that lead to a value, outermost first."""

CODE_INVALID: Final = "invalid_parameter"

_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_NOT_SHOWN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_MOST_CHARS_SHOWN: Final = 100
_FEWEST_CHARS_OF_OVERFLOW: Final = 300


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one parameter.

    Shape: `code` is that of a refusal in `domain.errors`; `field` the parameter's name as sent, dotted where it
    is nested; `message` goes on where the field's name ends ("is not a number") and holds no submitted value.
    """

    code: str
    field: str
    message: str


class ParameterReader:
    """Reads the values of one submission, and collects what there is to say and what is wrong."""

    __slots__ = ("_has_secrets", "_limits", "_secrets", "errors", "notices")

    def __init__(self, limits: Limits, secrets: Secrets) -> None:
        """Start with nothing to say."""
        self._limits = limits
        self._secrets = secrets
        self._has_secrets = bool(secrets)
        self.notices: list[Notice] = []
        self.errors: list[FieldError] = []

    def note(self, code: str, path: Path, message: str) -> None:
        """Say something about a parameter; an empty path is the whole request."""
        self.notices.append(Notice(code, self.shown(path) if path else None, message))

    def refuse(self, path: Path, message: str, *, code: str = CODE_INVALID) -> None:
        """Say that a parameter is wrong."""
        self.errors.append(FieldError(code, self.shown(path), message))

    def shown(self, path: Path) -> str:
        """Return a parameter's name fit to be shown: no credential, nothing unprintable, not endless."""
        name = _NOT_SHOWN.sub("\ufffd", self._secrets.redact(".".join(path)))
        return name if len(name) <= _MOST_CHARS_SHOWN else name[:_MOST_CHARS_SHOWN] + "…"

    def holds_credential(self, path: Path) -> bool:
        """Say whether one of the names is that of a credential, or is one itself."""
        return any(is_credential_name(name) or (self._has_secrets and self._secrets.are_in(name)) for name in path)

    def is_plain(self, entries: Iterable[tuple[str, Value]]) -> bool:
        """Say whether no credential can be in these names and texts."""
        if not self._has_secrets:
            return True
        texts = [text for entry in entries for text in entry if type(text) is str]
        return not self._secrets.may_be_in("\0".join(texts))

    def text(self, value: Value, path: Path) -> str | None:
        """Return the value as trimmed text: empty when it says nothing, None when it is refused."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str):
            return self.json(value, path)
        if self._is_too_long(value, path) or (isinstance(value, JsonNumber) and not self._is_kept(value, path)):
            return None
        # What is printable holds neither control characters nor surrogates; nearly everything is.
        text = value if value.isprintable() else self._cleaned(value, path)
        if text is None:
            return None
        # A surrounding blank is nobody's meaning; line feeds inside a text are.
        return self._redacted(text.strip(), path) if self._has_secrets else text.strip()

    def json(self, value: list[Value] | dict[str, Value], path: Path) -> str | None:
        """Return a nested value as compact JSON, each text in it cleaned; None when it is refused."""
        errors_before = len(self.errors)
        text = compact_json(self._clean(value, path, depth=len(path) + 1))
        if len(self.errors) > errors_before or self._is_too_long(text, path):
            return None
        return text

    def _clean(self, value: Value, path: Path, *, depth: int) -> Value:
        """Return a nested value with all that is not kept taken out."""
        if isinstance(value, JsonNumber):
            return self._clean_number(value, path)
        if isinstance(value, str):
            cleaned = value if value.isprintable() else self._cleaned(value, path)
            return self._redacted(cleaned, path) if cleaned and self._has_secrets else cleaned
        if not isinstance(value, list | dict):
            return value
        if depth > self._limits.max_depth:
            self.refuse(path, "is nested too deeply")
            return None
        if isinstance(value, list):
            return [self._clean(item, path, depth=depth + 1) for item in value]
        return self._clean_object(value, path, depth=depth)

    def _clean_number(self, number: JsonNumber, path: Path) -> str | None:
        if not self._is_kept(number, path):
            return None
        return self._redacted(str(number), path) if self._secrets.are_in(number) else number

    def _clean_object(self, value: dict[str, Value], path: Path, *, depth: int) -> dict[str, Value]:
        pairs: list[tuple[str, Value]] = []
        for name, inner in items_of(value):
            if self.holds_credential((name,)):
                self.note("credential_left_out", (*path, name), "A credential is never kept; it was left out.")
                continue
            cleaned = name if name.isprintable() else self._cleaned(name, path)
            if cleaned is not None:
                pairs.append((cleaned, self._clean(inner, (*path, name), depth=depth + 1)))
        return as_object(pairs)

    def _is_too_long(self, text: str, path: Path) -> bool:
        if len(text) <= self._limits.max_value_chars:
            return False
        self.refuse(path, f"is longer than {self._limits.max_value_chars} characters")
        return True

    def _is_kept(self, number: JsonNumber, path: Path) -> bool:
        if is_finite(number):
            return True
        self.refuse(path, "is not a number, or one too large to be kept")
        return False

    def _cleaned(self, text: str, path: Path) -> str | None:
        """Return text without control characters, None when no encoding can hold it."""
        if _SURROGATE.search(text):
            self.refuse(path, "holds a character that does not exist (a lone surrogate)")
            return None
        cleaned = _CONTROL_CHARACTER.sub("", text)
        if len(cleaned) != len(text):
            self.note("control_characters_stripped", path, "Control characters in the value were left out.")
        return cleaned

    def _redacted(self, text: str, path: Path) -> str:
        redacted = self._secrets.redact(text)
        if redacted is not text:
            self.note("credential_redacted", path, "A credential in the value was redacted.")
        return redacted


def is_finite(number: str) -> bool:
    """Say whether the text of a JSON number stands for one that a float can reach.

    >>> is_finite("30000.5"), is_finite("1e400"), is_finite("NaN")
    (True, False, False)
    """
    # Without an exponent, and shorter than the largest float, there is nothing that could overflow.
    if number.isdecimal() and len(number) < _FEWEST_CHARS_OF_OVERFLOW:
        return True
    try:
        return math.isfinite(float(number))
    except ValueError:
        return False
