"""A submission as a command: parameters sorted, platform fields checked, every fault kept for the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.claims import EnrollLead, Reach
from leadintake.domain.phone import read_ahead
from leadintake.domain.reserving import reserve
from leadintake.entrypoints.schemas.platform_fields import email_notice, load_platform_fields

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadintake.domain.idempotency import Idempotent
    from leadintake.domain.notice import Notice
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.parameters import Limits, Submitted
    from leadintake.domain.reserving import FieldError
    from leadintake.domain.submission import Receipt


def to_command(  # noqa: PLR0913 - each is one thing that the reader knows, and arrives by keyword
    submitted: Submitted,
    receipt: Receipt,
    *,
    region: str,
    limits: Limits,
    secrets: Collection[str],
    errors: tuple[FieldError, ...] = (),
    notices: tuple[Notice, ...] = (),
    reach: Reach = Reach.OWNER,
    may_lift: bool = False,
    sees_whole_lead: bool = False,
    explain: bool = False,
    owner: OwnerRef | None = None,
    typed_phone_fields: tuple[str, ...] = (),
    idempotent: Idempotent | None = None,
) -> EnrollLead:
    """Read what was submitted into a command; what is wrong with it goes along, and is judged with all the rest.

    Args:
        submitted: The parameters, wherever they came from.
        receipt: What is kept of the submission.
        region: The company's, in which phone numbers are compared.
        limits: How much a submission may hold.
        secrets: The request's credentials; redacted wherever they turn up.
        errors: What was already found wrong.
        notices: What is already to be told.
        reach: Where the caller's live lead is looked for.
        may_lift: Whether the sender may lift an opt-out or a block.
        sees_whole_lead: Whether the answer shows what others have sent: the request carries an API key.
        explain: Whether the decision's trace is asked for.
        owner: The owner that comes with an API key.
        typed_phone_fields: The lead tokens that a form builder says hold a phone number.
        idempotent: What makes the submission repeatable.
    """
    reserved = reserve(submitted, limits=limits, region=region, secrets=secrets, typed_phone_fields=typed_phone_fields)
    fields = load_platform_fields(reserved.platform)
    invalid_email = email_notice(reserved.platform.get("email"))
    if reserved.caller_id is not None:
        # The batch that decides holds the callers of everybody in it: it should not be reading numbers then.
        read_ahead(reserved.caller_id, region)
    values = fields.values | {"caller_id": reserved.caller_id}
    return EnrollLead(
        receipt=receipt,
        tokens=reserved.tokens,
        notices=(*notices, *reserved.notices, *([invalid_email] if invalid_email else ())),
        errors=(*errors, *reserved.errors, *fields.errors),
        reach=reach,
        may_lift=may_lift,
        sees_whole_lead=sees_whole_lead,
        explain=explain,
        owner=owner,
        phone_alias=reserved.phone_alias.name if reserved.phone_alias else None,
        idempotent=idempotent,
        **values,
    )
