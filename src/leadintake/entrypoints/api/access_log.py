"""One line for each request, without anything that an address or a body could carry."""

from __future__ import annotations

import os
import random
import re
from time import perf_counter, time
from typing import TYPE_CHECKING, Final

from flask import Response, g

from leadintake.entrypoints.request_log import AnsweredRequest, log_request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID
    from wsgiref.types import WSGIEnvironment

    from flask import Request

REQUEST_ID: Final = "X-Request-Id"

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Statuses of answers that have a body and no Location.
_FINISHED: Final = frozenset({200, 401, 422})
# No underscore: no credential of ours can be dressed up as one.
_SENDERS_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")


class Told(Response):
    """An answer of which the log tells what was decided: an outcome, or the code of a refusal.

    Shape: `common` are the header fields that every answer has; they go out after its own.
    """

    outcome: str | None = None
    common: tuple[tuple[str, str], ...] = ()

    def get_wsgi_response(self, environ: WSGIEnvironment) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return the answer as it goes out.

        Most are a text of known length that names no other address; nothing is left to be done to those.
        """
        headers = self.headers
        if (
            self.status_code in _FINISHED
            and environ["REQUEST_METHOD"] != "HEAD"
            and type(self.response) is list
            and self.response
        ):
            return self.response, self.status, [*headers, *self.common]
        answer, status, finished = super().get_wsgi_response(environ)
        return answer, status, [*finished, *self.common]


# Not counted: how many requests there are is nobody's business. Not secret either: they only tell requests apart.
_dice: Final = random.Random()  # noqa: S311 - no secret
# A process that was forked must not go on where its parent was.
os.register_at_fork(after_in_child=_dice.seed)


def new_request_id() -> str:
    """Return an identifier that no request has had."""
    return f"{_dice.getrandbits(64):016x}"


def start() -> None:
    """Note when the request began."""
    g.started = perf_counter()


def note_credential(credential: UUID | str) -> None:
    """Note whose request it is: the identifier of a credential, never the credential."""
    g.credential = credential


def finish(request: Request, response: Response) -> str:
    """Log the request, now that it is answered; return the identifier that the log has it under."""
    noted = vars(g._get_current_object())  # noqa: SLF001  werkzeug's documented way past a proxy
    sent = request.environ.get("HTTP_X_REQUEST_ID")
    request_id = sent if sent is not None and _SENDERS_ID.fullmatch(sent) else new_request_id()
    started = noted.get("started")
    log_request(
        AnsweredRequest(
            request.method if request.method in _METHODS else "other",
            # The route's template and never the path: a path can hold a phone number, a query string a lead token.
            request.url_rule.rule if request.url_rule else None,
            response.status_code,
            None if started is None else perf_counter() - started,
            time(),
            request_id,
            response.outcome if isinstance(response, Told) else None,
            noted.get("credential"),
        )
    )
    return request_id
