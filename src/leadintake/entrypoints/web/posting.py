"""``/posting/…``: an owner's posting instructions for anybody who has the address, without a lead token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request

from leadintake.domain.posting_page import PostingPageId
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.openapi.of_owner import described
from leadintake.entrypoints.api.openapi.samples import PLACEHOLDER
from leadintake.entrypoints.web.highlighting import highlighted
from leadintake.entrypoints.web.owner_samples import samples_for
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.served import base_url
from leadintake.entrypoints.web.signed_in import open_pages

if TYPE_CHECKING:
    from flask import Response

bp = open_pages("posting", __name__)

_NOT_FOR_SEARCH_ENGINES: Final = "noindex, nofollow"


@bp.get("/posting/<page_id>")
def show(page_id: str) -> Response:
    """Show how leads are sent to an owner, as long as its page is switched on."""
    published = services().read_posting_page(PostingPageId(page_id))
    response = page(
        "posting.html",
        owner=published.owner,
        company_name=published.directory.company.name,
        fields=described(published.directory, published.owner),
        samples=samples_for(published.directory, published.owner, base_url=base_url(request)),
        placeholder=PLACEHOLDER,
        highlighted=highlighted,
    )
    response.headers["X-Robots-Tag"] = _NOT_FOR_SEARCH_ENGINES
    return response
