"""A kept request to be edited: its parameters in rows, those at fault first, and what was changed in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flask import request

from leadintake.domain.errors import InvalidParameter
from leadintake.domain.reserved_names import RESERVED, is_credential_name, token_name
from leadintake.entrypoints.api.intake.replaying import kept_parameters
from leadintake.entrypoints.schemas.company.replays import faults_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from werkzeug.datastructures import MultiDict

    from leadintake.domain.parameters import Limits
    from leadintake.domain.submission import Receipt

NEW_ROWS: Final = 2
_MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedRow:
    """One parameter: as it was sent, as it is to be, and what is wrong with it."""

    name: str
    sent: str
    value: str
    faults: tuple[str, ...] = ()

    @property
    def is_long(self) -> bool:
        """Say whether one line does not hold it."""
        return len(self.value) > 60 or "\n" in self.value  # noqa: PLR2004 - about what a field shows

    @classmethod
    def in_order(
        cls, rows: Sequence[EditedRow], faults: Mapping[str, Sequence[str]], typed: MultiDict[str, str] | None
    ) -> list[EditedRow]:
        """Return the rows as they are shown: with what was typed, those at fault first, missing ones among them."""
        values = {} if typed is None else dict(_pairs(typed, "name", "value"))
        by_name = {row.name: replace(row, value=values.get(row.name, row.value)) for row in rows}
        said: dict[str, list[str]] = {}
        for field, messages in faults.items():
            said.setdefault(_row_of(field), []).extend(messages)
        for field in said:
            if field and not is_credential_name(field):
                by_name.setdefault(field, cls(name=field, sent="", value=values.get(field, "")))
        marked = [replace(row, faults=tuple(said.get(row.name, ()))) for row in by_name.values()]
        return sorted(marked, key=lambda row: not row.faults)


def rows_of(receipt: Receipt, *, limits: Limits, region: str) -> list[EditedRow]:
    """Return the parameters of a kept request, platform fields first, then lead tokens, as they are spelled there.

    Raises: MalformedBody, PayloadTooLarge: the limits have become tighter.
    """
    found = kept_parameters(receipt, limits=limits, region=region)
    # Under a platform field's name no lead token can be set.
    tokens = {name: text for name, text in found.tokens.items() if name not in RESERVED}
    return [EditedRow(name=name, sent=text, value=text) for name, text in {**found.platform, **tokens}.items()]


def without_row(faults: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return the faults that no row shows: those of credentials, which are never edited."""
    return {name: said for name, said in faults.items() if is_credential_name(name)}


def read_edits(rows: Sequence[EditedRow]) -> dict[str, str | None]:
    """Return what was changed in the form: what is emptied is taken out, new names are set.

    Raises: InvalidParameter: naming every name that cannot be edited.
    """
    sent = {row.name: row.sent for row in rows}
    edits: dict[str, str | None] = {}
    for name, text in _pairs(request.form, "name", "value"):
        if _plain(text) != _plain(sent.get(name, "")):
            edits[name] = text if text.strip() else None
    for name, text in _pairs(request.form, "new_name", "new_value"):
        if name.strip() and text.strip():
            edits[name.strip()] = text
        elif text.strip():
            raise InvalidParameter(errors={"new_name": ["is missing beside a text"]})
    edits = {name: text for name, text in edits.items() if text is not None or name in sent}
    if faults := faults_of(edits):
        raise InvalidParameter(errors={name: tuple(said) for name, said in faults.items()})
    return edits


def _pairs(form: MultiDict[str, str], names: str, values: str) -> Iterable[tuple[str, str]]:
    return [*zip(form.getlist(names), form.getlist(values), strict=False)][:_MOST_ROWS]


def _row_of(field: str) -> str:
    """Return the row that a fault is shown at: that of the parameter, whatever it is called in the verdict."""
    return field if field in RESERVED or field in {"", "new_name"} else token_name(field.removeprefix("tokens."))


def _plain(text: str) -> str:
    # A form sends every line feed as two characters.
    return text.replace("\r\n", "\n").strip()
