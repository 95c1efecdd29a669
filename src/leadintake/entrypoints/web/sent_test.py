"""A test lead, sent as a sender would send it: by a request of its own to the intake."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from leadintake.entrypoints.web.owner_samples import LEADS
from leadintake.entrypoints.web.served import base_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.token_rules import TokenRules

_SHOWN_TOKEN: Final = "••••••"  # noqa: S105 - what stands in its place
_SHOWN_HEADERS: Final = ("Content-Type", "Retry-After", "RateLimit")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTest:
    """What was sent, and what came back, both as text; the lead token is in neither."""

    request: str
    status: int
    answer: str
    headers: Mapping[str, str]

    @property
    def is_accepted(self) -> bool:
        """Say whether the lead was taken."""
        return self.status == 200  # noqa: PLR2004 - OK


def send_test_lead(fields: Mapping[str, str], lead_token: str, rules: TokenRules) -> SentTest:
    """Post these fields to this very application, through everything that a stranger's post goes through.

    It comes from the address that the page is open at. A token for certain pages is shown to come from the first of
    them; one for certain addresses is refused, as it would be, unless this is one of them.
    """
    body = json.dumps(fields, indent=2, ensure_ascii=False)
    headers = {"X-Lead-Token": lead_token}
    if rules.origins:
        headers["Origin"] = rules.origins[0]
    asked = EnvironBuilder(
        path=LEADS,
        base_url=base_url(request),
        method="POST",
        headers=Headers(headers),
        data=body.encode(),
        content_type="application/json",
        environ_base=_where_from(),
    )
    answer = Response(*run_wsgi_app(current_app.wsgi_app, asked.get_environ(), buffered=True))
    shown = headers | {"X-Lead-Token": lead_token[:3] + _SHOWN_TOKEN}
    lines = [f"POST {base_url(request)}{LEADS}", *(f"{name}: {value}" for name, value in shown.items())]
    return SentTest(
        request="\n".join([*lines, "Content-Type: application/json", "", body]),
        status=answer.status_code,
        answer=_indented(answer.get_data()),
        headers={name: answer.headers[name] for name in _SHOWN_HEADERS if name in answer.headers},
    )


def _where_from() -> dict[str, Any]:
    """Return what says who asks: the connection, and what a proxy adds to it."""
    names = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_USER_AGENT")
    return {name: request.environ[name] for name in names if name in request.environ}


def _indented(answer: bytes) -> str:
    return json.dumps(json.loads(answer), indent=2, ensure_ascii=False)
