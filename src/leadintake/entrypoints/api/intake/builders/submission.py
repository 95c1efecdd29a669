"""What a form builder's webhook submits, in the terms of an ordinary submission.

Whoever fills in a form chooses its values, and whoever made the form its names: neither may change a contact or
undo a lead. So a form's fields are put under ``data``, whose entries are lead tokens whatever they are called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from leadintake.domain.notice import Notice
from leadintake.domain.parameters import Limits, RepeatedNames, as_object, items_of
from leadintake.domain.reserved_names import CONTAINER, CREDENTIAL_NAMES, reserved_key, token_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from leadintake.domain.parameters import Pairs, Value

Holds: TypeAlias = Literal["phone", "email"]
"""What the builder itself says a field holds."""

_EMAIL: Final = "email"
_PHONE: Final = "phone"
_MOST_CHARS_OF_AN_ID: Final = 200
_MOST_CHARS_OF_A_NAME: Final = Limits().max_name_chars
_NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderSubmission:
    """A form builder's submission.

    Shape: `builder` is a stable key. `pairs` take the place of the body's. `submission_id` is the builder's own id,
    the same for each retry, None when it has none. `phone_field` is the lead token that the builder says holds a
    phone number. `secrets` are texts of the body that must not be kept. A test has the pair ``test`` as well.
    """

    builder: str
    pairs: Pairs = field(repr=False)
    submission_id: str | None
    phone_field: str | None
    is_test: bool = False
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    notices: tuple[Notice, ...] = ()


class Form:
    """A submission while its builder's module reads it.

    Shape: of two values with one name the form's own counts, whatever the builder says about the form.
    """

    __slots__ = ("_about", "_beside", "_builder", "_email", "_fields", "_left_out", "_notices", "_phone", "_secrets")

    def __init__(self, builder: str) -> None:
        """Start with nothing read."""
        self._builder = builder
        self._about: list[tuple[str, Value]] = []
        self._beside: list[tuple[str, Value]] = []
        self._fields: list[tuple[str, Value]] = []
        self._left_out: dict[str, None] = {}
        self._notices: list[Notice] = []
        self._secrets: set[str] = set()
        self._phone: str | None = None
        self._email: tuple[str, Value] | None = None

    def add(self, name: str, value: Value, holds: Holds | None = None) -> None:
        """Add a field of the form."""
        if holds == _PHONE and value and self._phone is None:
            # Reserving puts a digest behind a name that is too long, and nobody could tell which field it was.
            if len(token_name(name)) > _MOST_CHARS_OF_A_NAME:
                self._notices.append(Notice("renamed_token", name, f"It is kept as the lead token {_PHONE}."))
                name = _PHONE
            self._phone = token_name(name) or None
        if holds == _EMAIL and value and self._email is None:
            self._email = (name, value)
        self._fields.append((name, value))

    def add_all(self, value: Value) -> bool:
        """Add each entry of an object as a field; say whether it was an object."""
        if not isinstance(value, dict):
            return False
        self._fields += items_of(value)
        return True

    def tell(self, pairs: Iterable[tuple[str, Value]], *, renamed: Mapping[str, str] = _NOTHING) -> None:
        """Add what the builder says about the form: lead tokens too, but the fields go before them."""
        self._about += [(renamed.get(name, name), value) for name, value in pairs]

    def keep(self, pairs: Iterable[tuple[str, Value]]) -> None:
        """Keep parameters that stand beside the submission as the ordinary ones that they are."""
        self._beside += pairs

    def add_flat(self, pairs: Iterable[tuple[str, Value]]) -> None:
        """Add fields that stand where an ordinary submission has its parameters, credentials set aside."""
        for name, value in pairs:
            is_credential = reserved_key(name) in CREDENTIAL_NAMES
            (self._beside if is_credential else self._fields).append((name, value))

    def leave_out(self, pairs: Iterable[tuple[str, Value]], names: Collection[str]) -> Iterator[tuple[str, Value]]:
        """Yield the pairs of other names, and remember which of the names were there."""
        for name, value in pairs:
            if name in names:
                self._left_out[name] = None
            else:
                yield name, value

    def hide(self, name: str, value: Value) -> None:
        """Leave out a credential: what it is must not be kept anywhere."""
        self._notices.append(Notice("credential_left_out", name, "A credential is never kept; it was left out."))
        if isinstance(value, str):
            self._secrets.add(value)

    def say(self, notice: Notice) -> None:
        """Say something about the submission."""
        self._notices.append(notice)

    def submission(self, submission_id: Value = None, *, is_test: bool = False) -> BuilderSubmission:
        """Return what was read."""
        self._fill_email()
        entries = as_object([*self._about, *self._fields])
        test: Pairs = (("test", "true"),) if is_test else ()
        return BuilderSubmission(
            builder=self._builder,
            pairs=(*self._beside, *test, (CONTAINER, entries)),
            submission_id=identifier(submission_id),
            phone_field=self._phone,
            is_test=is_test,
            secrets=frozenset(self._secrets),
            notices=(self._recognised(), *self._notices),
        )

    def _fill_email(self) -> None:
        """Call the address that the builder knows by its type what the platform calls it."""
        if self._email is None or any(reserved_key(name) == _EMAIL for name, _ in self._fields):
            return
        name, value = self._email
        self._fields.append((_EMAIL, value))
        self._notices.append(Notice("email_taken_from", name, "No field is called email; this one's value was taken."))

    def _recognised(self) -> Notice:
        left_out = f" Left out: {', '.join(self._left_out)}." if self._left_out else ""
        return Notice("form_builder", None, f"The body was read as a submission of {self._builder}.{left_out}")


def object_of(value: Value) -> dict[str, Value] | None:
    """Return an object as builders write them, None for anything else: none of them says a name twice."""
    return None if isinstance(value, RepeatedNames) or not isinstance(value, dict) else value


def objects_of(value: Value) -> list[dict[str, Value]] | None:
    """Return a list of objects, None for anything else."""
    if not isinstance(value, list):
        return None
    objects = [one for item in value if (one := object_of(item)) is not None]
    return objects if len(objects) == len(value) else None


def envelope_of(pairs: Pairs) -> dict[str, Value] | None:
    """Return a body's top-level names as an object, None when one of them came twice."""
    return object_of(as_object(pairs))


def rest_of(value: dict[str, Value], *used: str) -> Iterator[tuple[str, Value]]:
    """Yield the entries of an object that nobody has used."""
    return ((name, inner) for name, inner in value.items() if name not in used)


def are_scalars(*values: Value) -> bool:
    """Say whether none of the values is nested."""
    return not any(isinstance(value, list | dict) for value in values)


def text_of(value: Value) -> str:
    """Return a value that is text or a number, as plain text, else an empty one."""
    return str(value) if isinstance(value, str) else ""


def readable(*names: Value) -> str:
    """Return the first name of which something is left when it becomes a lead token's, else the first there is.

    >>> readable(None, "Телефон", "field_6f8642e")
    'field_6f8642e'
    """
    texts = [text for text in map(text_of, names) if text]
    return next((text for text in texts if token_name(text).strip("_")), texts[0] if texts else "")


def identifier(value: Value) -> str | None:
    """Return a builder's id, None for what can be none: it becomes part of a key."""
    text = text_of(value).strip()
    return text if text and len(text) <= _MOST_CHARS_OF_AN_ID and text.isprintable() else None
