"""What a request submits, as a command: one reading for the requests that come and for those that are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadintake.domain.claims import Reach
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.reserved_names import BOOLEANS
from leadintake.domain.reserving import FieldError
from leadintake.entrypoints.schemas.submission import to_command

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import Company
    from leadintake.domain.idempotency import Idempotent
    from leadintake.domain.parameters import Limits, Submitted, TextPairs, Value
    from leadintake.domain.submission import Receipt
    from leadintake.entrypoints.api.intake.builders import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

LEADS: Final = "leads"
CREATE_OR_UPDATE: Final = "leads/create_or_update"

ONE_OWNER: Final = FieldError("invalid_parameter", "schedule_id", "or offer_id must name one owner, by its number")

_EXPLAIN: Final = "explain"
_YES_OR_NO: Final = frozenset({*BOOLEANS, ""})
_ODD_EXPLAIN: Final = FieldError("invalid_parameter", _EXPLAIN, "must be 1 or 0")
OWNER_NAMES: Final = {"schedule_id": OwnerKind.SCHEDULE, "offer_id": OwnerKind.OFFER}
_MOST_ID_DIGITS: Final = 12


def submitted_by(query: TextPairs, body: Body, builder: BuilderSubmission | None) -> Submitted:
    """Return the parameters; those of a form builder as it means them."""
    submitted = body.submitted(query)
    if builder is None:
        return submitted
    return replace(submitted, body=builder.pairs, notices=(*submitted.notices, *builder.notices))


def owners_named(pairs: Iterable[tuple[str, Value]]) -> set[OwnerRef | None]:
    """Return the owners that the parameters name, None for what is no number: who comes with an API key names one."""
    return {
        _owner(OWNER_NAMES[name], value) for name, value in pairs if name in OWNER_NAMES and value not in (None, "")
    }


def enrolling(  # noqa: PLR0913 - each is one thing that the reader knows, and arrives by keyword
    submitted: Submitted,
    receipt: Receipt,
    *,
    company: Company,
    limits: Limits,
    builder: BuilderSubmission | None,
    secrets: Collection[str] = (),
    errors: tuple[FieldError, ...] = (),
    may_lift: bool = False,
    sees_whole_lead: bool = False,
    owner: OwnerRef | None = None,
    idempotent: Idempotent | None = None,
) -> EnrollLead:
    """Return the command that a request's parameters are under its route.

    Args:
        submitted: As `submitted_by` returns it.
        receipt: Its route says where the caller's lead is looked for.
        company: Whose owner it is for.
        limits: How much it may hold.
        builder: The form builder that sent it.
        secrets: The request's credentials.
        errors: What was already found wrong.
        may_lift: Whether the sender may lift an opt-out or a block.
        sees_whole_lead: Whether the sender is shown what others have sent.
        owner: The owner that comes with an API key.
        idempotent: What makes it repeatable.
    """
    wishes = [text for name, text in submitted.query if name.strip().lower() == _EXPLAIN] if submitted.query else ()
    if wishes:
        submitted = replace(submitted, query=_without_explain(submitted.query))
    if any(text.strip().lower() not in _YES_OR_NO for text in wishes):
        errors = (*errors, _ODD_EXPLAIN)
    if receipt.lead_token_id is None:
        submitted = _without_owner(submitted)
    return to_command(
        submitted,
        receipt,
        region=company.region,
        limits=limits,
        secrets=secrets,
        errors=errors,
        reach=Reach.OFFER if receipt.route == CREATE_OR_UPDATE else Reach.OWNER,
        may_lift=may_lift,
        sees_whole_lead=sees_whole_lead,
        explain=any(BOOLEANS.get(text.strip().lower(), False) for text in wishes),
        owner=owner,
        typed_phone_fields=() if builder is None else tuple(filter(None, (builder.phone_field,))),
        idempotent=idempotent,
    )


def _owner(kind: OwnerKind, value: Value) -> OwnerRef | None:
    """Return the owner of that number, None when it is no number."""
    text = value.strip() if isinstance(value, str) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_ID_DIGITS):
        return None
    return OwnerRef(kind, int(text))


def _without_explain(query: TextPairs) -> TextPairs:
    """Return the query without the wish to have the decision explained, which is no lead token."""
    return tuple(pair for pair in query if pair[0].strip().lower() != _EXPLAIN)


def _without_owner(submitted: Submitted) -> Submitted:
    """Return the parameters without those that an API key names the owner by; they are no lead tokens then."""
    return replace(
        submitted,
        query=tuple(pair for pair in submitted.query if pair[0] not in OWNER_NAMES),
        body=tuple(pair for pair in submitted.body if pair[0] not in OWNER_NAMES),
    )
