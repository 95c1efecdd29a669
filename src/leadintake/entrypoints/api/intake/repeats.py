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
    from collections.abc import Callable

    from leadintake.entrypoints.api.context import ApiContext
    from leadintake.entrypoints.api.intake.builders import BuilderSubmission

_MOST_KEY_CHARS: Final = 255
_KEY: Final = "idempotency key"
_WHOLE_KEY: Final = "idempotency key beside an API key"
_PAYLOAD: Final = "idempotency payload"
_NO_KEY: Final = FieldError(
    "invalid_parameter", "Idempotency-Key", f"must be 1 to {_MOST_KEY_CHARS} printable characters, none of them a blank"
)
_NOTHING: Final[tuple[Idempotent | None, tuple[FieldError, ...]]] = (None, ())


def idempotent(
    builder: BuilderSubmission | None, kept: dict[str, Any], route: str, here: ApiContext, *, is_whole: bool
) -> tuple[Idempotent | None, tuple[FieldError, ...]]:
    """Return under which name the current request may be repeated, None for nearly all; and what is wrong with it.

    Args:
        builder: The form builder that sent it.
        kept: The request as it is kept, without its credentials: the payload that is compared.
        route: The route's name.
        here: The application.
        is_whole: Whether the answer shows the whole lead. A lead token must never be given that of an API key again.
    """
    name = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    digest = here.services.digest
    if name is not None:
        return under_key(name, kept, route, digest, is_whole=is_whole)
    if builder is None or builder.submission_id is None:
        return _NOTHING
    payload = digest(_PAYLOAD, orjson.dumps(kept))
    # Builders send a submission again with more answers under the same number: another payload is another request.
    key = digest(_WHOLE_KEY if is_whole else _KEY, f"{builder.builder}\0{builder.submission_id}\0".encode() + payload)
    return Idempotent(route=route, digest=key, payload=payload, write=written_answer), ()


def under_key(
    name: str,
    kept: dict[str, Any],
    route: str,
    digest: Callable[[str, bytes], bytes],
    *,
    is_whole: bool = False,
) -> tuple[Idempotent | None, tuple[FieldError, ...]]:
    """Return what lets a request be repeated under its sender's own key, or what is wrong with the key.

    Args:
        name: The key.
        kept: As for `idempotent`.
        route: The route's name.
        digest: Of a purpose and a content.
        is_whole: As for `idempotent`.
    """
    if not (0 < len(name) <= _MOST_KEY_CHARS and name.isprintable() and " " not in name):
        return None, (_NO_KEY,)
    payload = digest(_PAYLOAD, orjson.dumps(kept))
    key = digest(_WHOLE_KEY if is_whole else _KEY, name.encode())
    return Idempotent(route=route, digest=key, payload=payload, write=written_answer), ()
