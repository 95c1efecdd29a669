"""Kept requests read again, with what was edited in them: the reading that a replay is given, whoever asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadintake.domain.errors import NotReplayable
from leadintake.domain.parameters import as_object, items_of
from leadintake.domain.reserved_names import CONTAINER, RESERVED, reserved_key, token_name
from leadintake.domain.reserving import reserve
from leadintake.entrypoints.api.answers import CAPTURE
from leadintake.entrypoints.api.intake.builders import recognise
from leadintake.entrypoints.api.intake.kept import read_kept
from leadintake.entrypoints.api.intake.sent import ONE_OWNER, OWNER_NAMES, enrolling, owners_named, submitted_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import Company
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.parameters import Limits, Pairs, Submitted, TextPairs, Value
    from leadintake.domain.reserving import Reserved
    from leadintake.domain.submission import Receipt
    from leadintake.domain.use_cases.replay_submissions import Edits, ReadKept


def kept_reader(limits: Limits) -> ReadKept:
    """Return what reads kept requests within these limits, just as if they came now."""

    def read(receipt: Receipt, owner: OwnerRef | None, company: Company, edits: Edits) -> EnrollLead:
        query, body = read_kept(receipt.request, limits=limits)
        builder = recognise(body)
        submitted = submitted_by(query, body, builder)
        if edits:
            submitted = edited(submitted, edits)
        is_keyed = receipt.route == CAPTURE and receipt.api_key_id is not None
        named = owners_named((*submitted.query, *submitted.body)) if is_keyed else set()
        if named:
            owner = named.pop() if len(named) == 1 else None
        if owner is None and not is_keyed:
            raise NotReplayable("It names no schedule or offer that was alive; send the lead anew.")
        return enrolling(
            submitted,
            receipt,
            company=company,
            limits=limits,
            builder=builder,
            errors=(ONE_OWNER,) if owner is None else (),
            owner=owner,
        )

    return read


def kept_parameters(receipt: Receipt, *, limits: Limits, region: str) -> Reserved:
    """Return what a kept request says, sorted into platform fields and lead tokens, for somebody to edit.

    Raises: MalformedBody, PayloadTooLarge: the limits have become tighter.
    """
    query, body = read_kept(receipt.request, limits=limits)
    builder = recognise(body)
    typed = () if builder is None or builder.phone_field is None else (builder.phone_field,)
    submitted = submitted_by(query, body, builder)
    return reserve(submitted, limits=limits, region=region, typed_phone_fields=typed)


def edited(submitted: Submitted, edits: Edits) -> Submitted:
    """Return the parameters with others set in the place of those that were sent under these names, or taken out.

    What is set goes before all that was sent: a platform field by standing alone, a lead token by standing in ``data``.
    """
    names = frozenset(map(_name, edits))
    settings = [(name, text) for name, text in edits.items() if text is not None]
    fields = tuple((_name(name), text) for name, text in settings if _is_field(name))
    tokens = tuple((name, text) for name, text in settings if not _is_field(name))
    data: Pairs = ((CONTAINER, as_object(tokens)),) if tokens else ()
    return replace(
        submitted,
        query=(*_query_without(names, submitted.query), *fields),
        body=(*_without(names, submitted.body), *data),
    )


def _name(name: str) -> str:
    """Return how a name is compared: as a reserved one, or as the lead token that it becomes."""
    key = reserved_key(name)
    return key if key in RESERVED else token_name(name)


def _is_field(name: str) -> bool:
    return _name(name) in RESERVED or _name(name) in OWNER_NAMES


def _query_without(names: frozenset[str], query: TextPairs) -> TextPairs:
    return tuple(pair for pair in query if _name(_inside_container(pair[0])) not in names)


def _inside_container(name: str) -> str:
    """Return ``interest`` for ``data[interest]``, and any other name as it is."""
    outer, bracket, inner = name.partition("[")
    is_inside = bracket and reserved_key(outer) == CONTAINER and inner.endswith("]") and "[" not in inner
    return inner[:-1] if is_inside else name


def _without(names: frozenset[str], pairs: Iterable[tuple[str, Value]]) -> Pairs:
    return tuple(
        (name, _inner_without(names, value) if reserved_key(name) == CONTAINER else value)
        for name, value in pairs
        if _name(name) not in names
    )


def _inner_without(names: frozenset[str], value: Value) -> Value:
    if isinstance(value, list):
        return [_inner_without(names, item) for item in value]
    if not isinstance(value, dict):
        return value
    return as_object([pair for pair in items_of(value) if _name(pair[0]) not in names])
