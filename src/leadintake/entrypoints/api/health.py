"""Is it alive, is it ready: for supervisors and load balancers. No credential, and nothing worth hiding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.problems import RETRY_AFTER_SECONDS

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """Say that this process answers; nothing else is asked."""
    return json_response({"status": "alive"})


@bp.get("/readyz")
def readyz() -> Response:
    """Say whether leads can be taken: the database reachable, its schema current, its commits durable."""
    findings = services().inspect()
    is_ready = all(finding.is_fine for finding in findings)
    response = json_response(
        {
            "status": "ready" if is_ready else "not ready",
            "checks": {
                finding.check: {"ok": finding.is_fine, "detail": finding.detail, "mend": finding.mend}
                for finding in findings
            },
        }
    )
    if not is_ready:
        response.status_code = 503
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response
