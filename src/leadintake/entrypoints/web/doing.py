"""Caller operations on the pages: the very commands that a request would be, on the word of whoever is signed in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import flash, redirect, request

from leadintake.domain.operations import CameBy
from leadintake.domain.submission import Receipt, SubmissionId
from leadintake.entrypoints.api.context import context, remote_ip, services
from leadintake.entrypoints.api.intake.carriers import EMPTY_BODY
from leadintake.entrypoints.api.intake.kept import kept_request
from leadintake.entrypoints.schemas.operations import Asked, to_operation
from leadintake.entrypoints.web import words
from leadintake.entrypoints.web.signed_in import company, local_address, user

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from leadintake.domain.lead import LeadId
    from leadintake.domain.operations import Operation, OperationDecision
    from leadintake.domain.parameters import TextPairs
    from leadintake.domain.phone import PhoneNumber


def operate(
    operation: Operation, *, caller: PhoneNumber | None = None, lead_id: LeadId | None = None, lifts: bool = False
) -> OperationDecision:
    """Do an operation to a caller or to a lead, and return what became of it."""
    named = (("caller_id", caller and caller.e164), ("lead_id", lead_id and str(lead_id)))
    about: TextPairs = tuple((name, text) for name, text in named if text)
    wishes: TextPairs = (("lift_opt_out", "true"),) if lifts else ()
    came_by, user_id = CameBy.PAGES, user().id
    kept = kept_request((*about, *wishes), EMPTY_BODY, secrets=()).as_mapping()
    receipt = Receipt(
        id=SubmissionId(services().new_id()),
        company_id=company(),
        lead_token_id=None,
        received_at=services().clock(),
        route=operation.value,
        remote_ip=remote_ip(),
        request=kept | {"came_by": came_by.value, "user_id": str(user_id)},
    )
    asked = Asked(
        receipt=receipt,
        operation=operation,
        came_by=came_by,
        region=services().read_directory(company()).company.region,
        limits=context().limits,
        lead_id=None if lead_id is None else str(lead_id),
    )
    # A lead's id is no parameter.
    submitted = EMPTY_BODY.submitted(wishes if operation.names_a_lead else (*about, *wishes))
    [decision] = services().operate_on_callers([replace(to_operation(submitted, asked), user_id=user_id)])
    return decision


def told_and_back(decision: OperationDecision, otherwise: str) -> ResponseReturnValue:
    """Say what was done, on the page that it was asked for on."""
    flash(*words.done(decision))
    return back_to(otherwise)


def back_to(otherwise: str) -> ResponseReturnValue:
    """Go to the page that a form names, to the other one if it names none of ours."""
    address = local_address(request.form.get("next"))
    return redirect(otherwise if address == "/" else address, 303)
