"""Where all pages of the settings are, and who may see which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadintake.domain.user import Role
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.signed_in import may, pages

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response

    from leadintake.domain.company import Company

bp = pages("setting_pages", __name__, url_prefix="/settings")

SECTIONS: Final = (
    ("Company", "setting_pages.index", Role.VIEWER),
    ("Users", "setting_pages.list_users", Role.OWNER),
    ("API keys", "setting_pages.list_api_keys", Role.VIEWER),
    ("API tokens", "setting_pages.list_lead_tokens", Role.VIEWER),
)


def section(template: str, here: str, *, status: int = 200, **shown: Any) -> Response:  # noqa: ANN401 - whatever templates show
    """Return a page of the settings, with the way to the others on it."""
    sections = [(label, endpoint, label == here) for label, endpoint, role in SECTIONS if may(role)]
    return page(template, status=status, sections=sections, **shown)


def local_input(at: datetime | None, here: Company) -> str:
    """Return an instant as the browser's own field for times has it, in the company's zone."""
    return "" if at is None else f"{at.astimezone(ZoneInfo(here.time_zone)):%Y-%m-%dT%H:%M:%S}"


def several(count: int, noun: str) -> str:
    """Say how many of something there are.

    >>> several(1, "lead"), several(2, "lead")
    ('1 lead', '2 leads')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"
