"""What makes a request repeatable: the sender's own key for it, or a form builder's number of the submission.

Source: specification, sections 3.3 and 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from flask import request

from leadintake.domain.idempotency import Idempotent
from leadintake.domain.reserving import FieldError
from leadintake.entrypoints.api.answers import written_answer

if TYPE_CHECKING:
    from leadintake.entrypoints.api.context import ApiContext
    from leadintake.entrypoints.api.intake.builders import BuilderSubmission

_MOST_KEY_CHARS: Final = 255
_NO_KEY: Final = FieldError(
    "invalid_parameter", "Idempotency-Key", f"must be 1 to {_MOST_KEY_CHARS} printable characters, none of them a blank"
)
_NOTHING: Final[tuple[Idempotent | None, tuple[FieldError, ...]]] = (None, ())


def idempotent(
    builder: BuilderSubmission | None, kept: dict[str, Any], route: str, here: ApiContext
) -> tuple[Idempotent | None, tuple[FieldError, ...]]:
    """Return under which name the current request may be repeated, None for nearly all; and what is wrong with it.

    Args:
        builder: The form builder that sent it.
        kept: The request as it is kept, without its credentials: the payload that is compared.
        route: The route's name.
        here: The application.
    """
    name = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if name is None and (builder is None or builder.submission_id is None):
        return _NOTHING
    if name is not None and not (0 < len(name) <= _MOST_KEY_CHARS and name.isprintable() and " " not in name):
        return None, (_NO_KEY,)
    digest = here.services.digest
    payload = digest("idempotency payload", orjson.dumps(kept))
    if name is not None:
        key = digest("idempotency key", name.encode())
    else:
        # Builders send a submission again with more answers under the same number: another payload is another request.
        key = (
            digest("idempotency key", f"{builder.builder}\0{builder.submission_id}\0".encode() + payload)
            if builder
            else b""
        )
    return Idempotent(route=route, digest=key, payload=payload, write=written_answer), ()
