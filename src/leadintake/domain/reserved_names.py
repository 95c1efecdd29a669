"""The names that mean something to the platform, and how the others are spelled.

Source: specification, section 3.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class ValueKind(StrEnum):
    """How a reserved parameter's value is read, and so when two of them are the same."""

    CREDENTIAL = "credential"
    PHONE = "phone"
    EMAIL = "email"
    TEXT = "text"
    NUMBER_OR_TEXT = "number_or_text"
    DECIMAL = "decimal"
    INTEGER = "integer"
    TIME = "time"
    BOOLEAN = "boolean"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedName:
    """One platform field.

    Shape: `winner` is the carrier that counts when query and body disagree, None when that is an error.
    `is_supported` is false where the field is answered with a warning only.
    """

    name: str
    kind: ValueKind
    description: str
    winner: Literal["query", "body"] | None = None
    is_supported: bool = True

    @property
    def is_compared(self) -> bool:
        """Say whether two different values are an error: not where the value changes nothing."""
        return self.is_supported and self.kind is not ValueKind.IGNORED


def _reserved(
    name: str, kind: ValueKind, description: str, winner: Literal["query", "body"] | None = None
) -> ReservedName:
    return ReservedName(name=name, kind=kind, description=description, winner=winner)


def _unsupported(name: str) -> ReservedName:
    return ReservedName(
        name=name, kind=ValueKind.TEXT, description="Not supported; answered with a warning.", is_supported=False
    )


def _ignored(name: str) -> ReservedName:
    return ReservedName(name=name, kind=ValueKind.IGNORED, description="Never a lead token.")


_K = ValueKind
RESERVED: Final[Mapping[str, ReservedName]] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            _reserved("lead_token", _K.CREDENTIAL, "The credential that names the schedule or offer."),
            _reserved("schedule_lead_token", _K.CREDENTIAL, "The same, for a schedule only."),
            _reserved("offer_lead_token", _K.CREDENTIAL, "The same, for an offer only."),
            _reserved("auth_token", _K.CREDENTIAL, "Never read here and never kept."),
            _reserved("caller_id", _K.PHONE, "The lead's phone number."),
            _reserved("email", _K.EMAIL, "The lead's address; also a lead token.", "body"),
            _reserved("traffic_source_id", _K.NUMBER_OR_TEXT, "The traffic source's number.", "query"),
            _reserved("sub_id", _K.TEXT, "Free text under the traffic source.", "query"),
            _reserved("expires_in", _K.DECIMAL, "Minutes until the lead expires."),
            _reserved(
                "hours_to_expire", _K.INTEGER, "Hours until the lead leaves its plan for the end-of-schedule actions."
            ),
            _reserved("max_contact_attempts", _K.INTEGER, "Calls and texts after which the lead leaves its plan."),
            _reserved("next_action_at", _K.TIME, "When the next action runs."),
            _reserved("schedule_callback_at", _K.TIME, "When to call back, ahead of the plan."),
            _reserved("schedule_callback_in_seconds", _K.INTEGER, "The same, in seconds from now."),
            _reserved("lead_priority", _K.DECIMAL, "Lower goes first."),
            _reserved("restart_schedule", _K.BOOLEAN, "Start again from the first action."),
            _reserved("update_only", _K.BOOLEAN, "Update a live lead or do nothing."),
            _reserved("expire_existing", _K.BOOLEAN, "First expire the owner's leads of the caller."),
            _reserved("delete_existing", _K.BOOLEAN, "First hide the owner's leads of the caller."),
            _reserved("update_all_matching_leads", _K.BOOLEAN, "Update the caller's live leads in the whole offer."),
            _reserved("apply_to", _K.TEXT, "calls: also copy the lead tokens to the lead's calls."),
            _reserved("unblock_contact", _K.BOOLEAN, "Lift the company's block of the caller."),
            _reserved("opt_out", _K.BOOLEAN, "Opt the caller out."),
            _reserved("blocked", _K.BOOLEAN, "Block the caller."),
            _reserved("auto_format_nested_fields", _K.BOOLEAN, "Flatten nested values; true unless given."),
            _unsupported("contact_field_type"),
            _unsupported("contact_caller_permission_required"),
            _unsupported("assign_trackdrive_number"),
            _unsupported("assign_sms_number"),
            _reserved("test", _K.BOOLEAN, "Check and answer as usual, enroll nothing."),
            *map(
                _ignored,
                ("_method", "utf8", "authenticity_token", "format", "root", "columns", "serializer", "callback"),
            ),
        )
    }
)
"""Every reserved name with its meaning, in the order of the documentation."""

CREDENTIAL_NAMES: Final = frozenset(name for name, entry in RESERVED.items() if entry.kind is ValueKind.CREDENTIAL)

CONTAINER: Final = "data"
"""The name of the hash whose entries are lead tokens, whatever they are called."""

FILLED_FROM_DATA: Final = frozenset({"email", "traffic_source_id", "sub_id"})
"""Platform fields that an entry of `CONTAINER` fills when they were not given otherwise."""

PHONE_ALIASES: Final = (
    "caller_id",
    "phone",
    "phone_number",
    "number",
    "caller_number",
    "callerid",
    "mobile",
    "tel",
    "mobile_phone",
    "mobile_number",
    "cell",
    "cell_phone",
    "cellphone",
    "cell_number",
    "telephone",
    "telephone_number",
    "phonenumber",
    "primary_phone",
    "contact_number",
    "contact_phone",
    "home_phone",
    "work_phone",
    "day_phone",
    "your_phone",
    "phone1",
    "phone_1",
)
"""Lead tokens that stand in for a missing ``caller_id``, the likeliest first."""

BOOLEANS: Final[Mapping[str, bool]] = MappingProxyType(
    {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
)
"""The ways to write a boolean, in lower case."""

_PLAIN_NAME: Final = re.compile(r"[a-z0-9_]+")
_SEPARATORS: Final = re.compile(r"[\[\].]+")
_OTHER_CHARACTER: Final = re.compile(r"[^a-z0-9_]")


def reserved_key(name: str) -> str:
    """Return the name as reserved names are matched: trimmed and in lower case, nothing more."""
    return name.strip().lower()


def token_name(name: str) -> str:
    """Spell a lead token's name with ``a-z``, ``0-9`` and ``_`` only; blank names come out empty.

    >>> token_name(" First Name "), token_name("e-mail"), token_name("zip")
    ('first_name', 'e_mail', 'zip')
    """
    return name if _PLAIN_NAME.fullmatch(name) else _OTHER_CHARACTER.sub("_", name.strip().lower())


def is_credential_name(name: str) -> bool:
    """Say whether a value of this name is a credential, however the name is spelled or nested.

    >>> is_credential_name("Lead-Token"), is_credential_name("data[lead_token]"), is_credential_name("interest")
    (True, True, False)
    """
    # Every credential's name ends so; asking that first keeps the common case to one scan.
    if "token" not in name.lower():
        return False
    return any(token_name(segment) in CREDENTIAL_NAMES for segment in _SEPARATORS.split(name))


@lru_cache(maxsize=4096)
def is_plain_token_name(name: str) -> bool:
    """Say whether this is a lead token's name as it stands, and nothing can be said about it.

    >>> is_plain_token_name("first_name"), is_plain_token_name("First"), is_plain_token_name("email")
    (True, False, False)
    """
    return _PLAIN_NAME.fullmatch(name) is not None and name not in RESERVED and not is_credential_name(name)


class NamePlan(NamedTuple):
    """What the names of one carrier are, each where it stands among them.

    Shape: `credentials`, `platform` and `tokens` hold positions, the last two with the name; `longest` is the length of
    the longest name.
    """

    credentials: tuple[int, ...]
    platform: tuple[tuple[str, int], ...]
    tokens: tuple[tuple[str, int], ...]
    longest: int


_MOST_PLANNED: Final = 64


@lru_cache(maxsize=512)
def plan_of(names: tuple[str, ...]) -> NamePlan | None:
    """Return what these names are, None unless nothing can be said about any of them.

    A sender's submissions have the same names each time: they are looked at once. None is for what nearly nobody
    sends: a name that comes twice, is spelled in another way, is nested, or changes how others are read.

    >>> plan_of(("lead_token", "caller_id", "zip"))
    NamePlan(credentials=(0,), platform=(('caller_id', 1),), tokens=(('zip', 2),), longest=10)
    >>> plan_of(("zip", "zip")), plan_of(("Zip",)), plan_of(("data",))
    (None, None, None)
    """
    if len(names) > _MOST_PLANNED or len(set(names)) < len(names):
        return None
    credentials, platform, tokens = [], [], []
    for position, name in enumerate(names):
        if len(name) > _MOST_PLANNED or name in _CHANGES_OTHERS:
            return None
        if name in CREDENTIAL_NAMES:
            credentials.append(position)
        elif name in RESERVED and RESERVED[name].is_supported:
            platform.append((name, position))
        elif is_plain_token_name(name):
            tokens.append((name, position))
        else:
            return None
    return NamePlan(tuple(credentials), tuple(platform), tuple(tokens), max(map(len, names), default=0))


_CHANGES_OTHERS: Final = frozenset({CONTAINER, "auto_format_nested_fields"})
