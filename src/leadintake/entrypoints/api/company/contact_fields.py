"""`/api/v1/offers/<offer_id>/contact_fields`: what an offer says about the lead tokens of its leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation, shown
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.contact_fields import (
    CONTACT_FIELDS,
    ONE_CONTACT_FIELD,
    ChangedContactFieldSchema,
    ListContactFieldsSchema,
    NewContactFieldSchema,
)

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.owner import OfferId
    from leadintake.domain.use_cases.manage_contact_fields import ContactFieldData
    from leadintake.domain.use_cases.paging import Window

ALL = "/offers/<offer_id>/contact_fields"
ONE = f"{ALL}/<key>"

bp = CompanyBlueprint("contact_fields", "Contact fields")


@operation(bp, "GET", ALL, needs=Permission.READ, query=ListContactFieldsSchema(), answers=CONTACT_FIELDS)
def list_contact_fields(key: ApiKey, window: Window, offer_id: OfferId) -> dict[str, Any]:
    """List an offer's contact fields, in the order in which they are shown."""
    return listed("contact_fields", services().list_contact_fields(key.company_id, offer_id, window), window)


@operation(bp, "POST", ALL, needs=Permission.WRITE, body=NewContactFieldSchema(), answers=ONE_CONTACT_FIELD, status=201)
def add_contact_field(key: ApiKey, data: ContactFieldData, offer_id: OfferId) -> dict[str, Any]:
    """Describe a lead token of an offer."""
    return shown("contact_field", services().add_contact_field(key.company_id, offer_id, data))


@operation(bp, "GET", ONE, needs=Permission.READ, answers=ONE_CONTACT_FIELD)
def read_contact_field(api_key: ApiKey, offer_id: OfferId, key: str) -> dict[str, Any]:
    """Show a contact field."""
    return shown("contact_field", services().read_contact_field(api_key.company_id, offer_id, key))


@operation(bp, "PATCH PUT", ONE, needs=Permission.WRITE, body=ChangedContactFieldSchema(), answers=ONE_CONTACT_FIELD)
def change_contact_field(api_key: ApiKey, data: ContactFieldData, offer_id: OfferId, key: str) -> dict[str, Any]:
    """Change what is given of a contact field."""
    return shown("contact_field", services().change_contact_field(api_key.company_id, offer_id, key, data))


@operation(bp, "DELETE", ONE, needs=Permission.WRITE, answers=ONE_CONTACT_FIELD)
def remove_contact_field(api_key: ApiKey, offer_id: OfferId, key: str) -> dict[str, Any]:
    """Forget a contact field; the leads keep their lead tokens."""
    return shown("contact_field", services().remove_contact_field(api_key.company_id, offer_id, key))
