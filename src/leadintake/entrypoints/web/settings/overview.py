"""The company: how it reads numbers, times and amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from flask import flash, redirect, request, url_for

from leadintake.domain.errors import Invalid
from leadintake.domain.user import Role
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.company import ChangedCompanySchema
from leadintake.entrypoints.web.forms import read_form
from leadintake.entrypoints.web.settings.place import bp, section
from leadintake.entrypoints.web.signed_in import company, needs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response
    from flask.typing import ResponseReturnValue

_CHANGED: Final = ChangedCompanySchema()


@bp.get("")
def index() -> Response:
    """Show the company."""
    return _company()


@bp.post("")
@needs(Role.OWNER)
def change_company() -> ResponseReturnValue:
    """Change how the company reads numbers and times."""
    try:
        services().change_company(company(), read_form(_CHANGED))
    except Invalid as refusal:
        return _company(errors=refusal.errors, typed=request.form, status=422)
    flash("Saved. It holds for the next lead and the next report.")
    return redirect(url_for("setting_pages.index"), 303)


def _company(
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return section(
        "settings.html",
        "Company",
        status=status,
        directory=services().read_directory(company()),
        zones=sorted(available_timezones()),
        errors=errors or {},
        typed=typed or {},
    )
