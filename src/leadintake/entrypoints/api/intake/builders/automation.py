"""n8n and its like: a whole HTTP request relayed as JSON, headers and all.

What Zapier and Make post is whatever their user has put together: an ordinary submission.

Source: docs.n8n.io/integrations/builtin/core-nodes/n8n-nodes-base.webhook.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadintake.domain.parameters import items_of
from leadintake.domain.reserved_names import CONTAINER
from leadintake.entrypoints.api.intake.builders.submission import Form, envelope_of, object_of, rest_of
from leadintake.entrypoints.api.intake.carriers import Body, BodyKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission

BUILDER: Final = "automation"
SIGN: Final = "headers"

LEFT_OUT: Final = frozenset({SIGN, "executionMode", "webhookUrl"})
_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


def read(value: Value, body: Body, recognise: Callable[[Body], BuilderSubmission | None]) -> BuilderSubmission | None:
    """Read a relayed request: a builder's submission if it holds one, else its parameters; None for other bodies."""
    headers, envelope = object_of(value), envelope_of(body.pairs)
    inner = object_of(envelope.get("body")) if envelope else None
    if headers is None or envelope is None or inner is None or envelope.keys().isdisjoint({"params", "query"}):
        return None
    form = Form(BUILDER)
    for name, header in headers.items():
        if name.lower() in _SECRET_HEADERS:
            form.hide(name, header)
    for name in ("params", "query"):
        if name in envelope:
            address = envelope[name]
            form.tell(items_of(address) if isinstance(address, dict) else [(name, address)])
    form.keep(form.leave_out(rest_of(envelope, "params", "query", "body"), LEFT_OUT))
    relayed = recognise(Body(kind=BodyKind.JSON, pairs=tuple(inner.items())))
    # Whoever posted to the relay is not who posts here: nothing of theirs is a platform field.
    for name, one in relayed.pairs if relayed else inner.items():
        if name != CONTAINER or not form.add_all(one):
            form.add(name, one)
    outer = form.submission()
    return outer if relayed is None else _joined(outer, relayed)


def _joined(outer: BuilderSubmission, relayed: BuilderSubmission) -> BuilderSubmission:
    test = (("test", "true"),) if relayed.is_test else ()
    return replace(
        relayed,
        pairs=(*outer.pairs, *test),
        secrets=outer.secrets | relayed.secrets,
        notices=(*outer.notices, *relayed.notices),
    )
