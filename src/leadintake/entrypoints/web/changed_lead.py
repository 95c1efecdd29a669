"""The form that changes a lead: what it shows, and which of it was changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from flask import request
from marshmallow import ValidationError

from leadintake.domain.errors import InvalidParameter
from leadintake.entrypoints.api.context import context
from leadintake.entrypoints.schemas.company.fields import flattened
from leadintake.entrypoints.schemas.company.leads import ChangedLeadSchema, require_within
from leadintake.entrypoints.web.forms import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from werkzeug.datastructures import MultiDict

    from leadintake.domain.lead import Lead
    from leadintake.domain.use_cases.change_lead import LeadData

_SCHEMA: Final = ChangedLeadSchema()
_FIELDS: Final = ("email", "traffic_source_id", "sub_id", "lead_priority", "next_action_at", "expires_at")
NEW_ROWS: Final = 3
_MOST_ROWS: Final = 300


@dataclass(frozen=True, slots=True)
class ShownLead:
    """What a lead's form shows: the fields by name, and the lead tokens with their texts; new ones have no name yet."""

    fields: Mapping[str, str]
    tokens: Sequence[tuple[str, str]]
    new: Sequence[tuple[str, str]]
    version: str


def shown_lead(lead: Lead, zone: str, typed: MultiDict[str, str] | None) -> ShownLead:
    """Return what the form shows: what was typed, or else the lead as it is."""
    stored = _stored(lead, zone)
    if typed is None:
        return ShownLead(stored, [*_tokens(lead).items()], [("", "")] * NEW_ROWS, str(lead.version))
    tokens = [*zip(typed.getlist("name"), typed.getlist("value"), strict=False)]
    new = [*zip(typed.getlist("new_name"), typed.getlist("new_value"), strict=False)]
    fields = {name: typed.get(name, text) for name, text in stored.items()}
    return ShownLead(fields, tokens, new, typed.get("version", ""))


def read_changes(lead: Lead, zone: str) -> tuple[LeadData, int | None]:
    """Return what a form says that the lead does not say already, and the version that it was filled in for.

    Raises: InvalidParameter: naming every field at fault.
    """
    form, stored = request.form, _stored(lead, zone)
    changed = [name for name in _FIELDS if name in form and _plain(form[name]) != _plain(stored[name])]
    spoken: dict[str, Any] = said(_SCHEMA, form, changed)
    if tokens := _changed_tokens(lead, form):
        spoken["tokens"] = tokens
    try:
        data: LeadData = _SCHEMA.load(spoken) if spoken else {}
    except ValidationError as invalid:
        raise InvalidParameter(errors=flattened(invalid.messages_dict)) from invalid
    version = form.get("version", "")
    return require_within(data, context().limits), int(version) if version.isascii() and version.isdigit() else None


def _changed_tokens(lead: Lead, form: MultiDict[str, str]) -> dict[str, str | None]:
    """Return the lead tokens that were changed; one that was emptied is taken away."""
    stored = _tokens(lead)
    rows = [*zip(form.getlist("name"), form.getlist("value"), strict=False)][:_MOST_ROWS]
    changed = {name: text or None for name, text in rows if _plain(text) != _plain(stored.get(name, ""))}
    added = [*zip(form.getlist("new_name"), form.getlist("new_value"), strict=False)][:_MOST_ROWS]
    nameless = [text for name, text in added if text.strip() and not name.strip()]
    if nameless:
        raise InvalidParameter(errors={"new_name": ["is missing beside a text"]})
    return changed | {name.strip(): text for name, text in added if name.strip() and text}


def _tokens(lead: Lead) -> dict[str, str]:
    # The address is a lead token too, and has a field of its own.
    return {name: text for name, text in sorted(lead.tokens.items()) if name != "email"}


def _stored(lead: Lead, zone: str) -> dict[str, str]:
    source = lead.attribution.traffic_source_id
    return {
        "email": lead.email or "",
        "traffic_source_id": "" if source is None else str(source),
        "sub_id": lead.attribution.sub_id or "",
        "lead_priority": f"{lead.priority.normalize():f}",
        "next_action_at": _moment(lead.next_action_at, zone),
        "expires_at": _moment(lead.expires_at, zone),
    }


def _moment(at: datetime | None, zone: str) -> str:
    """Return an instant as a field for a day and a time has it, in the company's zone."""
    return "" if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def _plain(text: str) -> str:
    # A form sends every line feed as two characters.
    return text.replace("\r\n", "\n").strip()
