"""What is kept of a request: enough to read it again, and none of its credentials.

Source: specification, sections 2 (Submission) and 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadintake.domain.parameters import are_texts, as_object, compact_json, items_of
from leadintake.domain.redaction import REDACTED, Secrets
from leadintake.domain.reserved_names import is_credential_name, plan_of
from leadintake.entrypoints.api.intake.carriers import EMPTY_BODY, Body, BodyKind, folded
from leadintake.entrypoints.api.intake.json_body import read_json_object

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadintake.domain.parameters import Limits, Pairs, TextPairs, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """A request's parameters as received, credentials redacted.

    Shape: `fields` are a form's names and texts, `json` the body as JSON text with its numbers as written; each is
    empty for the other kind. No text holds NUL.
    """

    query: TextPairs = field(repr=False)
    kind: BodyKind
    fields: TextPairs = field(default=(), repr=False)
    json: str = field(default="", repr=False)

    def as_mapping(self) -> dict[str, Any]:
        """Return this as values that JSON can carry; `read_kept` reads it back."""
        mapping: dict[str, Any] = {"query": [list(pair) for pair in self.query], "body": self.kind.value}
        if self.kind is BodyKind.JSON:
            mapping["json"] = self.json
        elif self.fields:
            mapping["fields"] = [list(pair) for pair in self.fields]
        return mapping


def kept_request(query: TextPairs, body: Body, *, secrets: Collection[str]) -> KeptRequest:
    """Return what is kept of a request.

    Args:
        query: As `read_query` returns it.
        body: As `read_body` returns it.
        secrets: The request's credentials; redacted under any name. What has a credential's name is redacted too.
    """
    hidden = Secrets(secrets)
    return KeptRequest(
        query=_kept_pairs(query, hidden),
        kind=body.kind,
        fields=_kept_pairs(body.fields, hidden),
        json=_kept_json(body, hidden) if body.kind is BodyKind.JSON else "",
    )


def read_kept(kept: Mapping[str, Any], *, limits: Limits) -> tuple[TextPairs, Body]:
    """Return the query and the body that `KeptRequest.as_mapping` was made from, credentials aside.

    Raises: MalformedBody, PayloadTooLarge: it was edited, or the limits have become tighter.
    """
    query = tuple((name, text) for name, text in kept["query"])
    kind = BodyKind(kept["body"])
    if kind is BodyKind.EMPTY:
        return query, EMPTY_BODY
    if kind is BodyKind.JSON:
        return query, Body(kind=kind, pairs=read_json_object(kept["json"], limits))
    fields = tuple((name, text) for name, text in kept.get("fields", ()))
    return query, Body(kind=kind, pairs=folded(fields, limits), fields=fields)


def _kept_json(body: Body, secrets: Secrets) -> str:
    """Return the body as JSON text: as sent if all of its credentials are in plain sight, else written anew."""
    if _is_plain(body, secrets):
        return secrets.redact(body.text)
    return compact_json(_kept_object(body.pairs, secrets))


def _is_plain(body: Body, secrets: Secrets) -> bool:
    """Say whether redacting the text as sent comes to the same as redacting each name and value in it.

    It does without escapes, which can dress up a credential, when what is to be redacted is minted by us, which is
    never a part of a number, and when nothing else has a credential's name.
    """
    text = body.text
    if "\\" in text or not text.isprintable() or not text or not secrets.are_minted:
        return False
    pairs = body.pairs
    if are_texts(pairs) and (plan := plan_of(tuple([name for name, _ in pairs]))) is not None:
        pairs = tuple([pairs[position] for position in plan.credentials])
    for name, value in pairs:
        if is_credential_name(name):
            if not (isinstance(value, str) and value in secrets):
                return False
        elif isinstance(value, dict):
            if any(isinstance(inner, dict | list) or is_credential_name(key) for key, inner in items_of(value)):
                return False
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            return False
    return True


def _kept_pairs(pairs: TextPairs, secrets: Secrets) -> TextPairs:
    return tuple(
        (_kept_text(name, secrets), REDACTED if value and is_credential_name(name) else _kept_text(value, secrets))
        for name, value in pairs
    )


def _kept_object(pairs: Pairs, secrets: Secrets) -> dict[str, Value]:
    return as_object(
        [
            (_kept_text(name, secrets), REDACTED if value and is_credential_name(name) else _kept_value(value, secrets))
            for name, value in pairs
        ]
    )


def _kept_value(value: Value, secrets: Secrets) -> Value:
    if isinstance(value, str):
        kept = _kept_text(value, secrets)
        # A number that holds a credential's digits becomes a text; any other stays the number it was.
        return value if kept == value else str(kept)
    if isinstance(value, list):
        return [_kept_value(item, secrets) for item in value]
    return _kept_object(tuple(items_of(value)), secrets) if isinstance(value, dict) else value


def _kept_text(text: str, secrets: Secrets) -> str:
    # PostgreSQL has no text with NUL in it.
    clean = text.replace("\0", "") if "\0" in text else text
    return secrets.redact(clean) if secrets else clean
