"""``/offers``: the campaigns that callers answer to, and what they ask of a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for

from leadintake.domain.contact_field import PATTERNS, FieldType
from leadintake.domain.errors import Invalid, Refused
from leadintake.domain.owner import OfferId, OwnerKind
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.contact_fields import ChangedContactFieldSchema, NewContactFieldSchema
from leadintake.entrypoints.schemas.company.owners import ChangedOfferSchema, NewOfferSchema
from leadintake.entrypoints.web import lead_token_pages, owner_pages
from leadintake.entrypoints.web.forms import read_form
from leadintake.entrypoints.web.owner_pages import RULES, OwnerPages
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.signed_in import company, pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response
    from flask.typing import ResponseReturnValue

    from leadintake.domain.contact_field import ContactField

bp = pages("offer_pages", __name__, url_prefix="/offers")

PAGES = OwnerPages(
    kind=OwnerKind.OFFER,
    bp=bp,
    new=NewOfferSchema(),
    changed=ChangedOfferSchema(),
    shown=RULES,
    list_them=lambda company_id, wanted: services().list_offers(company_id, wanted),
    add=lambda company_id, data: services().add_offer(company_id, data),
    change=lambda company_id, number, data: services().change_offer(company_id, OfferId(number), data),
)
owner_pages.register(PAGES)
lead_token_pages.register(PAGES)

_NEW, _CHANGED = NewContactFieldSchema(), ChangedContactFieldSchema()
_SHOWN = ("title", "type", "required", "pattern", "choices", "minimum", "maximum", "position")


@bp.get("/<int:number>/contact_fields/new")
def new_field(number: int) -> ResponseReturnValue:
    """Ask what the offer wants to know."""
    return _form(number, None, {})


@bp.post("/<int:number>/contact_fields/new")
def create_field(number: int) -> ResponseReturnValue:
    """Describe one more lead token."""
    PAGES.found(number)
    try:
        made = services().add_contact_field(company(), OfferId(number), read_form(_NEW, ("key", *_SHOWN)))
    except (Invalid, Refused) as refusal:
        return _form(number, None, refusal.errors, status=422)
    flash(f"{made.title} is added, to the samples too.")
    return redirect(_fields(number), 303)


@bp.get("/<int:number>/contact_fields/<key>/edit")
def edit_field(number: int, key: str) -> ResponseReturnValue:
    """Show one contact field, to change it."""
    return _form(number, services().read_contact_field(company(), OfferId(number), key), {})


@bp.post("/<int:number>/contact_fields/<key>/edit")
def save_field(number: int, key: str) -> ResponseReturnValue:
    """Change one contact field."""
    found = services().read_contact_field(company(), OfferId(number), key)
    try:
        services().change_contact_field(company(), OfferId(number), key, read_form(_CHANGED, _SHOWN))
    except (Invalid, Refused) as refusal:
        return _form(number, found, refusal.errors, status=422)
    flash("Saved. It holds for the next lead.")
    return redirect(_fields(number), 303)


@bp.post("/<int:number>/contact_fields/<key>/remove")
def remove_field(number: int, key: str) -> ResponseReturnValue:
    """Describe a lead token no more; leads keep what they have."""
    removed = services().remove_contact_field(company(), OfferId(number), key)
    flash(f"{removed.title} is removed. Leads keep the values that they have.")
    return redirect(_fields(number), 303)


def _fields(number: int) -> str:
    return url_for("offer_pages.edit", number=number, _anchor="contact-fields")


def _form(
    number: int, field: ContactField | None, errors: Mapping[str, Sequence[str]], *, status: int = 200
) -> Response:
    _, offer = PAGES.found(number)
    return page(
        "contact_field.html",
        status=status,
        offer=offer,
        field=field,
        errors=errors,
        typed=request.form if request.method == "POST" else None,
        types=list(FieldType),
        patterns=list(PATTERNS),
    )
