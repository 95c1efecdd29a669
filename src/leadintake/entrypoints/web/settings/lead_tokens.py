"""The API tokens of all schedules and offers: what each may, who used it when, and what is alarming about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import flash, redirect, request, url_for
from marshmallow import ValidationError

from leadintake.domain.credential import LeadTokenId
from leadintake.domain.errors import Invalid, LeadTokenEnded, Refused
from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens, TokenStatus
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.lead_tokens import (
    DEFAULT_GRACE_SECONDS,
    ChangedLeadTokenSchema,
    ListLeadTokensSchema,
    RotateSchema,
    lead_token_data,
)
from leadintake.entrypoints.web.forms import PER_PAGE, read_form, window
from leadintake.entrypoints.web.settings.place import bp, local_input, section
from leadintake.entrypoints.web.signed_in import company

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from uuid import UUID

    from flask import Response
    from flask.typing import ResponseReturnValue

    from leadintake.domain.token_rules import TokenRules

ONE: Final = "/lead_tokens/<uuid:lead_token_id>"
GRACES: Final = (
    (0, "at once"),
    (3_600, "after an hour"),
    (DEFAULT_GRACE_SECONDS, "after a day"),
    (7 * 86_400, "after a week"),
    (30 * 86_400, "after 30 days"),
)
_RULES: Final = ChangedLeadTokenSchema()
_ROTATE: Final = RotateSchema()
_WANTED: Final = ListLeadTokensSchema(only=("status", "schedule_id", "offer_id"))
_WORKING: Final = frozenset({TokenStatus.ACTIVE, TokenStatus.ENDING})


@bp.context_processor
def speak_of_rules() -> dict[str, Any]:
    """Let templates say what a lead token is restricted to."""
    return {"restrictions": restrictions}


@bp.get("/lead_tokens")
def list_lead_tokens() -> Response:
    """Show the lead tokens without their texts."""
    wanted, shown = _wanted(), window()
    listed = services().list_lead_tokens(
        company(),
        ListLeadTokens(owner=wanted.owner, status=wanted.status, page=shown.page, per_page=shown.per_page),
    )
    return section(
        "lead_tokens.html",
        "API tokens",
        tokens=listed,
        window=shown,
        wanted=wanted,
        statuses=list(TokenStatus),
        directory=services().read_directory(company()),
    )


@bp.get(ONE)
def show_lead_token(lead_token_id: UUID) -> Response:
    """Show one of them: its restrictions, its alarms, and what can be done about them."""
    return _token(LeadTokenId(lead_token_id))


@bp.post(ONE)
def change_lead_token(lead_token_id: UUID) -> ResponseReturnValue:
    """Restrict a lead token in another way; it holds from the next request on."""
    token_id = LeadTokenId(lead_token_id)
    try:
        data = lead_token_data(read_form(_RULES), services().read_directory(company()).company)
        services().change_lead_token(company(), token_id, data)
    except (Invalid, Refused) as refusal:
        return _token(token_id, errors=_by_field(refusal.errors), refusal=refusal, typed=request.form, status=422)
    flash("Kept: it holds from the next request on.")
    return redirect(url_for("setting_pages.show_lead_token", lead_token_id=lead_token_id), 303)


@bp.post(f"{ONE}/rotate")
def rotate_lead_token(lead_token_id: UUID) -> ResponseReturnValue:
    """Put a new lead token in the place of one."""
    token_id = LeadTokenId(lead_token_id)
    try:
        rotated = services().rotate_lead_token(company(), token_id, grace=_grace())
    except (Invalid, LeadTokenEnded) as refusal:
        return _token(token_id, errors=refusal.errors, refusal=refusal, status=422)
    successor = rotated.successor.credential
    flash("This is the new API token. Reveal it on the page with the samples, and put it where the old one is.")
    return redirect(url_for("setting_pages.show_lead_token", lead_token_id=successor.id), 303)


@bp.post(f"{ONE}/revoke")
def revoke_lead_token(lead_token_id: UUID) -> ResponseReturnValue:
    """End a lead token for good."""
    services().revoke_lead_token(company(), LeadTokenId(lead_token_id))
    flash("The API token has ended: whatever still sends it gets a 401.")
    return redirect(url_for("setting_pages.show_lead_token", lead_token_id=lead_token_id), 303)


def _token(
    lead_token_id: LeadTokenId,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    refusal: Refused | Invalid | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    record = services().read_lead_token(company(), lead_token_id)
    directory = services().read_directory(company())
    sources = [(each.id, f"{each.id}: {each.name}") for each in directory.traffic_sources.values()]
    return section(
        "lead_token.html",
        "API tokens",
        status=status,
        record=record,
        is_working=record.status in _WORKING,
        directory=directory,
        sources=[("", "any"), *sources],
        expires_at=local_input(record.credential.expires_at, directory.company),
        graces=GRACES,
        default_grace=DEFAULT_GRACE_SECONDS,
        errors=errors or {},
        # What stands beside a field need not be said above the form as well.
        refusal=refusal.detail if refusal is not None and not refusal.errors else None,
        typed=typed or {},
    )


def _wanted() -> ListLeadTokens:
    """Return the filters of the address; those that make no sense filter nothing."""
    try:
        found: ListLeadTokens = _WANTED.load(
            {name: text for name, text in request.args.items() if name in _WANTED.fields and text}
        )
    except ValidationError:
        return ListLeadTokens(per_page=PER_PAGE)
    return found


def _by_field(errors: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """Return what is wrong with the entries of a list under the list's own name: a form has one field for it."""
    found: dict[str, list[str]] = {}
    for name, messages in errors.items():
        found.setdefault(name.partition(".")[0], []).extend(messages)
    return found


def _grace() -> timedelta:
    """Return how long the old one works beside the new one. Raises: InvalidParameter."""
    grace: timedelta = read_form(_ROTATE)
    return grace


def restrictions(rules: TokenRules) -> str:
    """Return what a lead token is restricted to, in words; nothing for nothing."""
    said = {
        "from {}": ", ".join(rules.networks),
        "on {}": ", ".join(rules.origins),
        "source {} only": rules.traffic_source_id,
        "{} a minute": rules.rate_per_minute,
        "{} leads a day": rules.daily_cap,
        "{} caller operations a day": rules.operations_per_day,
    }
    return "; ".join(words.format(value) for words, value in said.items() if value not in {None, ""})
