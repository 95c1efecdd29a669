"""Values that a contact field takes, for samples that work as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.contact_field import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadintake.domain.contact_field import ContactField

CALLER: Final = "+12025550143"
_UNDESCRIBED: Final = ("interest", "kittens")
_NUMBERS: Final = frozenset({FieldType.NUMBER, FieldType.INTEGER})
_OF_TYPE: Final[dict[FieldType, tuple[str, ...]]] = {
    FieldType.TEXT: ("kittens",),
    FieldType.NUMBER: ("1.5", "1"),
    FieldType.INTEGER: ("1",),
    FieldType.DATE: ("1990-01-31", "1/31/1990"),
    FieldType.EMAIL: ("john@example.com",),
    FieldType.PHONE: (CALLER,),
    FieldType.BOOLEAN: ("true", "1"),
    FieldType.LIST: ("kittens",),
    FieldType.ZIP: ("90210", "K1A 0B1", "SW1A 1AA"),
    FieldType.URL: ("https://example.com/",),
}
OF_PATTERN: Final = {
    "digits": "12345",
    "letters": "kittens",
    "letters_digits": "kittens9",
    "us_zip": "90210",
    "ca_postal_code": "K1A 0B1",
    "uk_postcode": "SW1A 1AA",
    "state_code": "CA",
    "country_code": "US",
    "date_iso": "1990-01-31",
    "date_us": "1/31/1990",
    "time_24h": "09:30",
    "year": "1990",
    "amount": "30000.50",
    "uuid": "0192f0c1-7a3e-7cc4-8d5e-1f2a3b4c5d6e",
}


def example_lead(fields: Sequence[ContactField], *, region: str) -> dict[str, str]:
    """Return a lead as somebody might send it to an owner with these contact fields; it is fit to be taken."""
    described = {field.key: example_of(field, region=region) for field in fields}
    return {"caller_id": CALLER} | (described or dict([_UNDESCRIBED]))


def example_of(field: ContactField, *, region: str) -> str:
    """Return the likeliest text that the field takes; where none of ours will do, the likeliest that is of its type."""
    candidates = list(_candidates(field))
    return next((text for text in candidates if field.fault(text, region=region) is None), candidates[0])


def _candidates(field: ContactField) -> Iterator[str]:
    yield from field.choices
    usual = _OF_TYPE[field.type]
    if field.pattern in OF_PATTERN:
        yield OF_PATTERN[field.pattern]
    bounds = [bound for bound in (field.minimum, field.maximum) if bound is not None]
    if field.type in _NUMBERS:
        yield from map(str, bounds)
        yield from usual
        return
    yield from usual
    # Too short or too long for the field: the same characters, repeated and cut.
    for text in (OF_PATTERN.get(field.pattern or "", usual[0]), usual[0]):
        for length in (int(bound) for bound in bounds if bound > 0):
            yield (text * (length // len(text) + 1))[:length]
