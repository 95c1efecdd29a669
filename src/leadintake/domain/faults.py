"""Faults: what is wrong with the fields of a submission, collected into one refusal that names them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.contact_field import FAULT_CODES
from leadintake.domain.errors import (
    AmbiguousParameter,
    ContactFieldInvalid,
    InvalidCallerId,
    InvalidParameter,
    MissingCallerId,
    TooManyTokens,
)
from leadintake.domain.parameter_text import FieldError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.errors import Refusal

_KINDS = {kind.code: kind for kind in (MissingCallerId, InvalidCallerId, AmbiguousParameter, TooManyTokens)}


def as_fault(refusal: Refusal) -> FieldError:
    """Return a refusal of one field as one fault among others."""
    [(name, messages)] = refusal.errors.items()
    return FieldError(refusal.code, name, messages[0])


def as_refusal(errors: Sequence[FieldError]) -> Refusal:
    """Return one refusal that names every field at fault, with a code for each of them.

    Its own code is that of the first fault, but the caller's goes before all others: clients look for it.
    """
    errors = sorted(errors, key=lambda error: error.field != "caller_id")
    by_field: dict[str, list[str]] = {}
    codes: dict[str, list[str]] = {}
    for error in errors:
        by_field.setdefault(error.field, []).append(error.message)
        codes.setdefault(error.field, []).append(error.code)
    first = errors[0].code
    kind = ContactFieldInvalid if first in FAULT_CODES else _KINDS.get(first, InvalidParameter)
    return kind(errors=by_field, error_codes=codes)
