"""Consent and erasure for holders of an API key: what is asked, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields

from leadintake.domain.consent import Witness
from leadintake.entrypoints.schemas.answers import AnswerSchema, RootSchema
from leadintake.entrypoints.schemas.company.documents import WindowSchema, page
from leadintake.entrypoints.schemas.company.fields import CommandSchema, FlagText, Instant, OneOf

if TYPE_CHECKING:
    from leadintake.domain.erasure import Erasure


class EraseCallerSchema(CommandSchema):
    """How to erase a caller."""

    dry_run = FlagText(load_default=False)


class ListErasuresSchema(WindowSchema):
    """Filters of ``GET /api/v1/erasures``: there are none but the page."""


class RemovedSchema(AnswerSchema):
    """How much there was, each kind in numbers."""

    contacts = fields.Integer(required=True)
    leads = fields.Integer(required=True)
    submissions = fields.Integer(required=True)
    events = fields.Integer(required=True)
    consents = fields.Integer(required=True)
    suppression_entries = fields.Integer(required=True)
    calls = fields.Integer(required=True)
    conversions = fields.Integer(required=True)
    answers = fields.Integer(required=True)
    samples = fields.Integer(required=True)


class ErasureSchema(AnswerSchema):
    """The receipt of an erasure; it names nobody. `id` is null when nothing was done."""

    id = fields.UUID(required=True, allow_none=True)
    erased_at = Instant(required=True)
    was_opted_out = fields.Boolean(required=True)
    removed = fields.Nested(RemovedSchema, required=True)


class ErasureMetadataSchema(RootSchema):
    """`is_new` is false where the caller had been erased before, and nothing of them had come since."""

    is_new = fields.Boolean(required=True)
    dry_run = fields.Boolean(required=True)


class ErasureAnswerSchema(AnswerSchema):
    """What was done about a caller."""

    erasure = fields.Nested(ErasureSchema, required=True)
    metadata = fields.Nested(ErasureMetadataSchema, required=True)


class CertificateSchema(AnswerSchema):
    """What leads to a witness's record, under the name that it was sent by."""

    witness = OneOf(Witness, required=True)
    name = fields.String(required=True)
    value = fields.String(required=True)


class ConsentSchema(AnswerSchema):
    """The evidence of consent that came with one submission."""

    submission_id = fields.UUID(required=True)
    lead_id = fields.UUID(required=True)
    caller_id = fields.Function(lambda consent: consent.caller.e164, required=True)
    received_at = Instant(required=True)
    certificates = fields.List(fields.Nested(CertificateSchema), required=True)
    page_url = fields.String(required=True, allow_none=True)
    caller_ip = fields.String(required=True, allow_none=True)
    remote_ip = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    disclosure = fields.String(required=True, allow_none=True)
    consented_at = fields.String(required=True, allow_none=True)


class ConsentsMetadataSchema(RootSchema):
    """How many there are."""

    total_count = fields.Integer(required=True)


class ConsentsSchema(AnswerSchema):
    """All evidence of consent that came for a lead, oldest first."""

    consents = fields.List(fields.Nested(ConsentSchema), required=True)
    metadata = fields.Nested(ConsentsMetadataSchema, required=True)


ERASURE: Final[Schema] = ErasureAnswerSchema()
ERASURES: Final[Schema] = page("erasures", ErasureSchema)
CONSENTS: Final[Schema] = ConsentsSchema()


def erasure_document(erasure: Erasure, *, is_done: bool = True) -> dict[str, Any]:
    """Return a receipt; what was only counted has no identifier."""
    return {
        "id": erasure.id if is_done else None,
        "erased_at": erasure.erased_at,
        "was_opted_out": erasure.was_opted_out,
        "removed": erasure.removed.as_mapping(),
    }
