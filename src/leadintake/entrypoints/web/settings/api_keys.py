"""API keys: what programs of the company's own come with.

A key outlives whoever made it, and may do what its permissions say though its maker may do less: so only owners make
one. Whoever may change anything may end one, for that is what is needed in a hurry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import flash, redirect, request, url_for

from leadintake.domain.credential import ApiKeyId, Permission
from leadintake.domain.errors import Invalid
from leadintake.domain.user import Role
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.api_keys import NewApiKeySchema
from leadintake.entrypoints.web.forms import read_form, window
from leadintake.entrypoints.web.settings.place import bp, section
from leadintake.entrypoints.web.signed_in import company, needs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask import Response
    from flask.typing import ResponseReturnValue

    from leadintake.domain.use_cases.manage_api_keys import ApiKeyRecord

_NEW: Final = NewApiKeySchema()
_MAY: Final = (
    (Permission.READ, "Read: leads, submissions, reports and what is set up"),
    (Permission.WRITE, "Write: submit and change leads, opt callers out and in, set things up"),
    (Permission.RECORD, "Record: report calls and conversions, and nothing else; for trackers' URLs"),
    (Permission.ADMIN, "Administer: reveal API tokens, make API keys, erase callers"),
)


@bp.get("/api_keys")
def list_api_keys() -> Response:
    """Show the API keys, without their private halves."""
    return _keys()


@bp.post("/api_keys")
@needs(Role.OWNER)
def add_api_key() -> ResponseReturnValue:
    """Make an API key; the answer shows its private half, once."""
    try:
        data = read_form(_NEW)
    except Invalid as refusal:
        return _keys(errors=refusal.errors, label=request.form.get("label", ""), status=422)
    made = services().add_api_key(company(), frozenset(data["permissions"]), label=data["label"])
    return _keys(made=made)


@bp.post("/api_keys/<uuid:api_key_id>/revoke")
def revoke_api_key(api_key_id: UUID) -> ResponseReturnValue:
    """End an API key for good."""
    record = services().revoke_api_key(company(), ApiKeyId(api_key_id))
    flash(f"The API key {record.key.label or record.key.public} has ended: whatever still sends it gets a 401.")
    return redirect(url_for("setting_pages.list_api_keys"), 303)


def _keys(
    *,
    made: ApiKeyRecord | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    label: str = "",
    status: int = 200,
) -> Response:
    shown = window()
    return section(
        "api_keys.html",
        "API keys",
        status=status,
        keys=services().list_api_keys(company(), shown),
        window=shown,
        permissions=_MAY,
        made=made,
        errors=errors or {},
        label=label,
    )
