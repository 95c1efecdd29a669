"""The front page: where to go from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.use_cases.paging import Wanted
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.signed_in import company, pages

if TYPE_CHECKING:
    from flask import Response

bp = pages("front", __name__, template_folder="templates")


@bp.get("/")
def index() -> Response:
    """Show the company's schedules and offers, and the way to each one's token."""
    first = Wanted(per_page=10)
    return page(
        "front.html",
        schedules=services().list_schedules(company(), first),
        offers=services().list_offers(company(), first),
    )
