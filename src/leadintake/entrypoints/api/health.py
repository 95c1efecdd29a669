"""Is it alive, is it ready, how is it doing: for supervisors, load balancers and monitoring."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.context import context, services
from leadintake.entrypoints.api.problems import RETRY_AFTER_SECONDS

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


@bp.get("/metrics")
def metrics() -> Response:
    """Tell what was counted, to who sends the token that is set for it; there is nothing here for anybody else."""
    here, sent = context(), request.authorization
    token = sent.token if sent is not None and sent.type == "bearer" else None
    if not here.metrics_token or not compare_digest((token or "").encode(), here.metrics_token.encode()):
        raise NotFound
    return Response(here.metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")
