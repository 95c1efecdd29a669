from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.reserved_names import (
    CREDENTIAL_NAMES,
    PHONE_ALIASES,
    RESERVED,
    is_credential_name,
    reserved_key,
    token_name,
)

SPECIFIED = [
    "lead_token",
    "schedule_lead_token",
    "offer_lead_token",
    "caller_id",
    "email",
    "traffic_source_id",
    "sub_id",
    "expires_in",
    "hours_to_expire",
    "max_contact_attempts",
    "next_action_at",
    "schedule_callback_at",
    "schedule_callback_in_seconds",
    "lead_priority",
    "restart_schedule",
    "update_only",
    "expire_existing",
    "delete_existing",
    "update_all_matching_leads",
    "apply_to",
    "unblock_contact",
    "opt_out",
    "blocked",
    "auto_format_nested_fields",
    "contact_field_type",
    "contact_caller_permission_required",
    "assign_trackdrive_number",
    "assign_sms_number",
    "test",
    "auth_token",
    "_method",
    "utf8",
    "authenticity_token",
    "format",
    "root",
    "columns",
    "serializer",
    "callback",
]


def test_exactly_the_specified_names_are_reserved() -> None:
    """One name too many swallows somebody's lead token; one too few lets a platform field be one."""
    assert sorted(RESERVED) == sorted(SPECIFIED)


def test_every_reserved_name_is_described() -> None:
    assert all(entry.description.endswith(".") for entry in RESERVED.values())


def test_the_query_wins_for_attribution_and_the_body_for_email() -> None:
    winners = {name: entry.winner for name, entry in RESERVED.items() if entry.winner}

    assert winners == {"traffic_source_id": "query", "sub_id": "query", "email": "body"}


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("interest", "interest"),
        ("Interest", "interest"),
        (" interest\t", "interest"),
        ("First Name", "first_name"),
        ("e-mail", "e_mail"),
        ("a.b", "a_b"),
        ("a  b", "a__b"),
        ("größe", "gr__e"),
        ("data[interest", "data_interest"),
        ("!?", "__"),
        (" \t\n", ""),
        ("", ""),
    ],
)
def test_token_names_are_normalised(sent: str, name: str) -> None:
    assert token_name(sent) == name


@given(st.text(st.characters(codec=None)))
def test_a_token_name_holds_only_the_allowed_characters_and_stays_as_it_is(text: str) -> None:
    name = token_name(text)

    assert re.fullmatch(r"[a-z0-9_]*", name)
    assert token_name(name) == name


@pytest.mark.parametrize("sent", ["opt_out", "OPT_OUT", " Opt_Out\t", "opt_out\n"])
def test_reserved_names_match_after_trimming_and_lower_casing(sent: str) -> None:
    assert reserved_key(sent) in RESERVED


@pytest.mark.parametrize("sent", ["Opt Out", "opt-out", "optout"])
def test_reserved_names_do_not_match_otherwise(sent: str) -> None:
    assert reserved_key(sent) not in RESERVED


@pytest.mark.parametrize(
    "name",
    [
        "lead_token",
        "Lead Token",
        "lead-token",
        "LEAD_TOKEN\t",
        "data[lead_token]",
        "data.offer_lead_token",
        "x[schedule_lead_token][]",
        "auth_token",
    ],
)
def test_credentials_are_known_by_any_spelling(name: str) -> None:
    assert is_credential_name(name)


@pytest.mark.parametrize("name", ["token", "lead_tokens", "my_lead_token_count", "tokenized", "lead", ""])
def test_other_names_are_no_credentials(name: str) -> None:
    assert not is_credential_name(name)


def test_every_credential_is_known_as_one() -> None:
    """The quick test asks for "token" first: a credential named otherwise would slip through."""
    assert all(map(is_credential_name, CREDENTIAL_NAMES))


def test_phone_aliases_are_spelled_as_tokens_are() -> None:
    assert [token_name(alias) for alias in PHONE_ALIASES] == list(PHONE_ALIASES)
