"""Somebody signs in, is somebody, and signs out again, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.browser.conftest import Intake
    from tests.integration.browser.desk import Desk


def test_who_is_not_signed_in_is_asked_and_then_goes_where_they_wanted(visitor: Desk, intake: Intake) -> None:
    visitor.open("/account")
    assert visitor.page.title() == "Sign in · leadintake"
    visitor.check("sign-in", is_dark_too=True)

    visitor.sign_in(*intake.owner)

    visitor.page.wait_for_url(f"{intake.url}/account")
    assert visitor.page.get_by_role("definition").first.text_content() == intake.owner[0]
    visitor.check("account")


def test_front_page_leads_on(desk: Desk) -> None:
    assert desk.page.title().endswith("· leadintake")
    desk.check("front")


def test_wrong_password_is_told_and_nothing_more(visitor: Desk, intake: Intake) -> None:
    visitor.sign_in(intake.owner[0], "not the password")

    assert visitor.page.get_by_role("alert").text_content() == "The e-mail address or the password is not right."
    assert visitor.page.get_by_label("E-mail address").input_value() == intake.owner[0]


def test_signing_out_ends_the_session(desk: Desk) -> None:
    desk.page.get_by_role("button", name="Sign out").click()
    desk.page.get_by_role("heading", name="Sign in").wait_for()

    assert desk.open("/account").url.endswith("/sign-in?next=/account")


def test_page_that_is_not_there_says_where_to_go(desk: Desk) -> None:
    assert desk.open("/nothing/here").status == 404

    assert desk.page.get_by_role("heading", name="There is nothing here").is_visible()
    desk.check("not-found")
