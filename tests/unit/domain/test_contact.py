"""Contacts: wishes that outlive any lead."""

from __future__ import annotations

import pytest

from leadintake.domain.contact import Contact, LeftAlone
from leadintake.domain.errors import CallerBlocked, CallerOptedOut

from tests.support.builders import MINUTE, NOW, a_contact

LATER = NOW + MINUTE


def test_caller_without_a_wish_can_be_contacted() -> None:
    assert a_contact().refusal() is None


def test_opted_out_caller_is_refused() -> None:
    assert a_contact().opt_out(at=NOW).refusal() == CallerOptedOut()


def test_blocked_caller_is_refused() -> None:
    assert a_contact().block(at=NOW).refusal() == CallerBlocked()


def test_callers_own_wish_is_told_before_ours() -> None:
    """The sender learns what they must respect, not what the company thinks of the caller."""
    assert a_contact().block(at=NOW).opt_out(at=LATER).refusal() == CallerOptedOut()


def test_first_request_is_the_one_kept() -> None:
    """The moment of the wish is evidence: a repeat must not make it look younger."""
    contact = a_contact().opt_out(at=NOW).block(at=NOW)

    repeated = contact.opt_out(at=LATER).block(at=LATER)

    assert repeated is contact


def test_wish_leaves_the_contact_it_was_made_of_alone() -> None:
    contact = a_contact()

    contact.opt_out(at=NOW)

    assert contact.opted_out_at is None


def test_only_a_contact_never_stored_is_new() -> None:
    assert [a_contact(version=version).is_new for version in (0, 1, 2)] == [True, False, False]


def test_lifted_opt_out_and_block_leave_a_contactable_caller() -> None:
    contact = a_contact().opt_out(at=NOW).block(at=NOW)

    assert contact.lift_opt_out().refusal() == CallerBlocked()
    assert contact.unblock().refusal() == CallerOptedOut()
    assert contact.unblock().lift_opt_out() == a_contact()


def test_lifting_what_was_never_there_changes_nothing() -> None:
    contact = a_contact()

    assert contact.unblock() is contact
    assert contact.lift_opt_out() is contact


@pytest.mark.parametrize(
    ("contact", "reasons"),
    [
        (a_contact(), set()),
        (a_contact(opted_out_at=NOW), {LeftAlone.OPTED_OUT, LeftAlone.ANY}),
        (a_contact(blocked_at=NOW), {LeftAlone.BLOCKED, LeftAlone.ANY}),
        (a_contact(opted_out_at=NOW, blocked_at=NOW), set(LeftAlone)),
    ],
)
def test_contact_is_left_alone_for_its_reasons(contact: Contact, reasons: set[LeftAlone]) -> None:
    assert {reason for reason in LeftAlone if reason.holds_for(contact)} == reasons
