"""The warning about odd addresses, and the shortcut past the library for ordinary ones."""

from __future__ import annotations

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from leadintake.entrypoints.schemas import platform_fields
from leadintake.entrypoints.schemas.platform_fields import email_notice

ordinary = st.from_regex(platform_fields._ORDINARY_EMAIL, fullmatch=True)  # noqa: SLF001 - the shortcut is what is tested


@given(ordinary)
def test_the_library_accepts_whatever_takes_the_shortcut(email: str) -> None:
    """The shortcut may only save time: an address it lets pass unasked must be one."""
    assert validate_email(email, check_deliverability=False).normalized == email


@pytest.mark.parametrize("email", [None, "john@example.com", "O'Hara+leads@sub.example.co.uk", "jörg@example.de"])
def test_a_real_address_is_not_warned_about(email: str | None) -> None:
    assert email_notice(email) is None


@pytest.mark.parametrize(
    "email", ["john", "john@", "@example.com", "john@example", "a b@example.com", "a@b@example.com"]
)
def test_an_odd_address_is_warned_about_and_not_repeated(email: str) -> None:
    """It is kept all the same: a lead is worth more than its address."""
    notice = email_notice(email)

    assert notice is not None
    assert (notice.code, notice.field) == ("invalid_email", "email")
    assert email not in notice.message
