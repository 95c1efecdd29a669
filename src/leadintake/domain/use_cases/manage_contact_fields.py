"""Look after the contact fields of an offer: what is said about the lead tokens of its leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypedDict

from leadintake.domain.contact_field import ContactField, FieldType
from leadintake.domain.errors import InvalidParameter, NameTaken, NotFound
from leadintake.domain.use_cases.paging import Page, page_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import OfferId
    from leadintake.domain.ports import UnitOfWorkFactory
    from leadintake.domain.use_cases.paging import Window

MOST_FIELDS: Final = 200
"""A lead has at most as many lead tokens, and every one of its fields is looked at."""

_BOUNDED: Final = frozenset({FieldType.TEXT, FieldType.NUMBER, FieldType.INTEGER})


class ContactFieldData(TypedDict, total=False):
    """What is said about a contact field: only what is there is set; `key` names a new one, and stays."""

    key: str
    title: str
    type: FieldType
    required: bool
    pattern: str | None
    choices: tuple[str, ...]
    minimum: Decimal | None
    maximum: Decimal | None
    position: int


def list_contact_fields(
    company_id: CompanyId, offer_id: OfferId, window: Window, *, reading: UnitOfWorkFactory
) -> Page[ContactField]:
    """Return that page of the offer's fields, in the order in which they are shown. Raises: NotFound: no such offer."""
    with reading(company_id) as uow:
        return page_of(_fields(uow.directory.current(), offer_id), window)


def read_contact_field(
    company_id: CompanyId, offer_id: OfferId, key: str, *, reading: UnitOfWorkFactory
) -> ContactField:
    """Return one contact field. Raises: NotFound: there is no such offer, or it has no field of that key."""
    with reading(company_id) as uow:
        return _field(uow.directory.current(), offer_id, key)


def add_contact_field(
    company_id: CompanyId, offer_id: OfferId, data: ContactFieldData, *, unit_of_work: UnitOfWorkFactory
) -> ContactField:
    """Describe one more lead token of an offer, called by its key unless a title is given.

    Raises: NotFound: no such offer. NameTaken: the offer has a field of that key.
        InvalidParameter: the parts do not fit together, or the offer has too many.
    """
    key = data["key"]
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        fields = _fields(uow.directory.current(), offer_id)
        if any(each.key == key for each in fields):
            raise NameTaken(errors={"key": ["is already taken"]})
        if len(fields) >= MOST_FIELDS:
            raise InvalidParameter(errors={"key": [f"would be more than {MOST_FIELDS} fields on this offer"]})
        field = described(ContactField(company_id=company_id, offer_id=offer_id, key=key, title=key), data)
        uow.directory.add_contact_field(field)
        uow.commit()
    return field


def change_contact_field(
    company_id: CompanyId, offer_id: OfferId, key: str, data: ContactFieldData, *, unit_of_work: UnitOfWorkFactory
) -> ContactField:
    """Change what is given of a contact field, and return it as it is then.

    Raises: NotFound: there is none. InvalidParameter: the parts do not fit together.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        field = described(_field(uow.directory.current(), offer_id, key), data)
        uow.directory.save_contact_field(field)
        uow.commit()
    return field


def remove_contact_field(
    company_id: CompanyId, offer_id: OfferId, key: str, *, unit_of_work: UnitOfWorkFactory
) -> ContactField:
    """Forget a contact field, and return what it was; the leads keep their lead tokens. Raises: NotFound."""
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        field = _field(uow.directory.current(), offer_id, key)
        uow.directory.remove_contact_field(offer_id, key)
        uow.commit()
    return field


def _fields(directory: Directory, offer_id: OfferId) -> Sequence[ContactField]:
    if offer_id not in directory.offers:
        raise NotFound
    return directory.contact_fields.get(offer_id, ())


def _field(directory: Directory, offer_id: OfferId, key: str) -> ContactField:
    field = next((each for each in _fields(directory, offer_id) if each.key == key), None)
    if field is None:
        raise NotFound
    return field


def described(field: ContactField, data: ContactFieldData) -> ContactField:
    """Return a field with what is given of it changed. Raises: InvalidParameter: the parts do not fit together."""
    changed = replace(
        field,
        title=data.get("title", field.title),
        type=data.get("type", field.type),
        required=data.get("required", field.required),
        pattern=data.get("pattern", field.pattern),
        choices=data.get("choices", field.choices),
        minimum=data.get("minimum", field.minimum),
        maximum=data.get("maximum", field.maximum),
        position=data.get("position", field.position),
    )
    if errors := _misfits(changed):
        raise InvalidParameter(errors=errors)
    return changed


def _misfits(field: ContactField) -> dict[str, list[str]]:
    """Return what of a field does not fit the rest of it: a rule that can never hold, or never counts."""
    errors: dict[str, list[str]] = {}
    if field.type is FieldType.LIST and not field.choices:
        errors["choices"] = ["are required for a list"]
    if field.type not in _BOUNDED:
        bounds = {"minimum": field.minimum, "maximum": field.maximum}
        errors |= {
            name: ["is for text, number and integer only"] for name, bound in bounds.items() if bound is not None
        }
    elif field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        errors["maximum"] = ["must not be less than minimum"]
    return errors
