"""The company: how it reads numbers, times and amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.web.settings.place import bp, section
from leadintake.entrypoints.web.signed_in import company

if TYPE_CHECKING:
    from flask import Response


@bp.get("")
def index() -> Response:
    """Show the company."""
    return section("settings.html", "Company", directory=services().read_directory(company()))
