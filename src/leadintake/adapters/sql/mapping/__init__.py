"""Rows to domain values and back, by hand: a renamed column changes nothing beyond this package.

    directory      the company and what it has set up
    credentials    lead tokens, API keys and users, and what is noted of their use
    callers        contacts and leads
    ledgers        facts, submissions, replays, and samples of what belonged to nobody
    idempotency    answers that stand for idempotency keys
    erasures       evidence of consent, and who was erased

What is not here, as calls and conversions, is mapped beside the statements that read and write it.
"""

from __future__ import annotations

from leadintake.adapters.sql.mapping.callers import from_contact, from_lead, to_contact, to_lead
from leadintake.adapters.sql.mapping.credentials import (
    from_alarm,
    from_api_key,
    from_lead_token,
    from_reveal,
    from_user,
    to_alarm,
    to_api_key,
    to_lead_token,
    to_reveal,
    to_user,
)
from leadintake.adapters.sql.mapping.directory import (
    from_contact_field,
    from_offer,
    from_posting_page,
    from_schedule,
    from_suppression_list,
    from_traffic_source,
    to_company,
    to_contact_field,
    to_offer,
    to_posting_page,
    to_schedule,
    to_suppression_list,
    to_traffic_source,
)
from leadintake.adapters.sql.mapping.erasures import (
    from_consent,
    from_erased_caller,
    from_erasure,
    to_consent,
    to_erased_caller,
    to_erasure,
)
from leadintake.adapters.sql.mapping.idempotency import from_idempotency_record, to_idempotency_record
from leadintake.adapters.sql.mapping.ledgers import (
    from_event,
    from_replay,
    from_submission,
    from_unclaimed,
    to_event,
    to_replay,
    to_submission,
    to_unclaimed,
)

__all__ = [
    "from_alarm",
    "from_api_key",
    "from_consent",
    "from_contact",
    "from_contact_field",
    "from_erased_caller",
    "from_erasure",
    "from_event",
    "from_idempotency_record",
    "from_lead",
    "from_lead_token",
    "from_offer",
    "from_posting_page",
    "from_replay",
    "from_reveal",
    "from_schedule",
    "from_submission",
    "from_suppression_list",
    "from_traffic_source",
    "from_unclaimed",
    "from_user",
    "to_alarm",
    "to_api_key",
    "to_company",
    "to_consent",
    "to_contact",
    "to_contact_field",
    "to_erased_caller",
    "to_erasure",
    "to_event",
    "to_idempotency_record",
    "to_lead",
    "to_lead_token",
    "to_offer",
    "to_posting_page",
    "to_replay",
    "to_reveal",
    "to_schedule",
    "to_submission",
    "to_suppression_list",
    "to_traffic_source",
    "to_unclaimed",
    "to_user",
]
