"""What browsers load for the pages: from here only, and kept by them for as long as it is the same."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, request

from leadintake.domain.errors import NotFound
from leadintake.entrypoints.web.paths import ASSETS

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

bp = Blueprint("assets", __name__)

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_DIGEST_CHARACTERS: Final = 12
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    packed: bytes
    digest: str
    content_type: str


@bp.get(f"{ASSETS}<digest>/<path:name>")
def serve(digest: str, name: str) -> Response:
    """Serve a file; under its own digest it never changes, under another, as after an upgrade, it is not kept."""
    found = every_asset().get(name)
    if found is None:
        raise NotFound
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(found.packed if is_packed else found.body, content_type=found.content_type)
    response.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    if digest == found.digest:
        response.headers["Cache-Control"] = _FOR_EVER
    return response


def asset_url(name: str) -> str:
    """Return where a file is served."""
    return f"{ASSETS}{every_asset()[name].digest}/{name}"


@cache
def every_asset() -> dict[str, Asset]:
    """Return what there is to load, by its name; it is read when the first page is shown."""
    return dict(_found(files("leadintake.entrypoints.web") / "static", ""))


def _found(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _found(each, f"{prefix}{each.name}/")
        elif content_type := _TYPES.get(each.name.rpartition(".")[2]):
            body = each.read_bytes()
            digest = sha256(body).hexdigest()[:_DIGEST_CHARACTERS]
            found.append((prefix + each.name, Asset(body, gzip.compress(body, mtime=0), digest, content_type)))
    return found
