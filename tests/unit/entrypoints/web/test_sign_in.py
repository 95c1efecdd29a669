"""Who signs in, who does not, and when a session ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.keyring import Keyring
from leadintake.bootstrap import Limiting
from leadintake.domain.errors import WrongSignIn
from leadintake.domain.use_cases.manage_users import ChangePassword
from leadintake.domain.use_cases.paging import Window
from leadintake.domain.use_cases.sign_in import SignIn, sign_in
from leadintake.domain.user import Role

from tests.support.apps import PlainPasswords, a_world
from tests.support.visitors import HTML, PASSWORD, Visitor, a_user_of, a_visitor

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore

    from tests.support.apps import World

NEW = "another horse battery staple"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Observed(PlainPasswords):
    """Notes the hashes that passwords are compared with."""

    def __init__(self) -> None:
        self.looked_at: list[str | None] = []

    def verify(self, hashed: str | None, password: str) -> bool:
        """Note it, and compare."""
        self.looked_at.append(hashed)
        return super().verify(hashed, password)


class TestNobodyYet:
    def test_first_page_says_how_the_first_user_is_made(self, world: World) -> None:
        """Never a form: whoever is faster than the administrator would own the installation."""
        page = Visitor(client=world.client).get("/sign-in")

        assert page.status_code == 200
        assert "leadintake init" in page.text
        assert "leadintake user add" in page.text
        assert "<form" not in page.text


class TestSigningIn:
    def test_right_password_opens_the_pages(self, world: World) -> None:
        visitor = a_visitor(world)

        assert visitor.is_signed_in()
        [user] = world.services.list_users(world.company.id, Window()).items
        assert user.last_signed_in_at == world.clock.peek()

    @pytest.mark.parametrize(
        ("email", "password"),
        [("owner", "wrong"), ("nobody@example.com", PASSWORD), ("", ""), ("owner", "")],
    )
    def test_whatever_is_wrong_is_told_alike(self, world: World, email: str, password: str) -> None:
        user = a_user_of(world)
        visitor = Visitor(client=world.client, email=user.email if email == "owner" else email)

        answer = visitor.sign_in(password)

        assert answer.status_code == 401
        assert "The e-mail address or the password is not right." in answer.text
        assert not visitor.is_signed_in()

    def test_unknown_address_costs_a_look_at_a_password_too(self, world: World) -> None:
        """Else the time it takes would tell who signs in here."""
        user, passwords = a_user_of(world), Observed()

        for email in (user.email, "nobody@example.com"):
            with pytest.raises(WrongSignIn):
                sign_in(
                    SignIn(email=email, password="wrong", client=lambda: None),
                    installation=world.store.installation,
                    unit_of_work=world.store.unit_of_work,
                    passwords=passwords,
                    clock=world.clock,
                    brake=None,
                )

        assert passwords.looked_at == [user.password_hash, None]

    def test_hash_of_weaker_parameters_is_renewed_and_the_session_goes_on(self, world: World) -> None:
        """The password itself is at hand at no other time."""
        user = a_user_of(world)
        with world.store.unit_of_work(world.company.id) as uow:
            uow.directory.save_user(replace(user, password_hash=f"weak:{PASSWORD}"))
            uow.commit()
        visitor = Visitor(client=world.client, email=user.email)

        assert visitor.sign_in().status_code == 303

        assert visitor.is_signed_in()
        assert world.services.read_user(world.company.id, user.id).password_hash == f"plain:{PASSWORD}"

    def test_deactivated_user_looks_like_none(self, world: World) -> None:
        a_user_of(world, email="boss@example.com")
        user = a_user_of(world, Role.VIEWER)
        world.services.change_user(world.company.id, user.id, {"is_active": False})

        answer = Visitor(client=world.client, email=user.email).sign_in()

        assert answer.status_code == 401
        assert "not right" in answer.text

    def test_session_before_does_not_go_on(self, world: World) -> None:
        """Whoever has planted a cookie in the browser must not know the session that follows."""
        user = a_user_of(world)
        visitor = Visitor(client=world.client, email=user.email)
        before = visitor.token()

        visitor.sign_in()

        answer = world.app.test_client().post("/sign-out", data={"csrf_token": before})
        assert answer.status_code == 400
        assert visitor.post("/sign-out", {"csrf_token": before}).status_code == 400

    @pytest.mark.parametrize(
        ("wanted", "given"),
        [
            ("/schedules?page=2", "/schedules?page=2"),
            ("https://evil.example/", "/"),
            ("//evil.example/", "/"),
            ("/\\evil.example/", "/"),
            ("/\tevil", "/"),
            ("javascript:alert(1)", "/"),
            ("", "/"),
            ("/" + "x" * 2000, "/"),
        ],
    )
    def test_it_goes_on_to_addresses_of_ours_only(self, world: World, wanted: str, given: str) -> None:
        user = a_user_of(world)
        visitor = Visitor(client=world.client, email=user.email)

        assert visitor.sign_in(next=wanted).headers["Location"] == given

    def test_whoever_is_asked_comes_back_to_where_they_were(self, world: World) -> None:
        a_user_of(world)

        answer = Visitor(client=world.client).get("/schedules?page=2")

        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/schedules?page%3D2")


class TestBrake:
    def fail(self, visitor: Visitor, times: int) -> list[int]:
        return [visitor.sign_in("wrong").status_code for _ in range(times)]

    def test_further_failures_wait_longer_and_longer(self, world: World) -> None:
        visitor = Visitor(client=world.client, email=a_user_of(world).email)

        assert self.fail(visitor, 6) == [401] * 5 + [429]
        answer = visitor.sign_in()
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
        assert "wait" in answer.text.lower()
        world.clock.advance(timedelta(seconds=2))
        assert visitor.sign_in("wrong").status_code == 401
        assert visitor.sign_in().headers["Retry-After"] == "4"

    def test_right_password_ends_it(self, world: World) -> None:
        visitor = Visitor(client=world.client, email=a_user_of(world).email)
        self.fail(visitor, 5)
        world.clock.advance(timedelta(seconds=2))

        assert visitor.sign_in().status_code == 303
        visitor.post("/sign-out")
        assert self.fail(visitor, 6) == [401] * 5 + [429]

    def test_stranger_does_not_lock_a_user_out_of_where_they_are_known(self, world: World) -> None:
        user = a_user_of(world)
        at_home = Visitor(client=world.client, email=user.email)
        at_home.sign_in()
        at_home.post("/sign-out")
        client = world.client
        client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        stranger = Visitor(client=client, email=user.email)

        assert self.fail(stranger, 6) == [401] * 5 + [429]
        assert at_home.sign_in().status_code == 303

    def test_address_that_tries_many_users_waits_too(self, world: World) -> None:
        a_user_of(world)
        codes = [
            Visitor(client=world.client, email=f"user-{number}@example.com").sign_in().status_code
            for number in range(22)
        ]

        assert codes == [401] * 20 + [429] * 2

    def test_limits_that_are_off_limit_nobody(self, store: MemoryStore) -> None:
        world = a_world(store, limiting=Limiting(is_on=False))
        visitor = Visitor(client=world.client, email=a_user_of(world).email)

        assert self.fail(visitor, 10) == [401] * 10


class TestSessions:
    def test_cookie_tells_nothing_and_is_kept_from_scripts_and_other_sites(self, world: World) -> None:
        user = a_user_of(world)
        cookie = Visitor(client=world.client, email=user.email).sign_in().headers["Set-Cookie"]

        name, _, rest = cookie.partition("=")
        assert name == "leadintake"
        assert user.email not in cookie
        assert world.company.name not in cookie
        assert {part.strip() for part in rest.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=Lax"}

    def test_https_keeps_the_cookie_to_itself(self, world: World) -> None:
        user = a_user_of(world)
        client = world.client
        client.environ_base |= {"wsgi.url_scheme": "https"}
        page = client.get("/sign-in", base_url="https://leads.example")

        cookie = page.headers["Set-Cookie"]

        assert cookie.startswith("__Host-leadintake=")
        assert "; Secure;" in cookie
        assert "Domain" not in cookie
        assert user.email not in cookie

    def test_signing_out_forgets(self, world: World) -> None:
        visitor = a_visitor(world)

        assert visitor.post("/sign-out").headers["Location"] == "/sign-in"
        assert not visitor.is_signed_in()

    def test_signing_out_is_a_form(self, world: World) -> None:
        """Any page could sign somebody out with a picture otherwise."""
        visitor = a_visitor(world)

        assert visitor.get("/sign-out").status_code == 405
        assert visitor.is_signed_in()

    def test_session_ends_when_it_is_left_alone(self, world: World) -> None:
        visitor = a_visitor(world)
        world.clock.advance(HOUR)
        assert visitor.is_signed_in()
        world.clock.advance(2 * HOUR - MINUTE)
        assert visitor.is_signed_in()
        world.clock.advance(2 * HOUR)

        assert not visitor.is_signed_in()

    def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(self, world: World) -> None:
        visitor = a_visitor(world)
        by_itself = {**HTML, "HX-Request": "true"}
        for _ in range(2):
            world.clock.advance(HOUR - MINUTE)
            assert visitor.client.get("/schedules", headers=by_itself).status_code == 200
        world.clock.advance(HOUR - MINUTE)

        asked = visitor.client.get("/schedules", headers=by_itself)

        assert (asked.status_code, asked.headers["HX-Redirect"]) == (401, "/sign-in")

    def test_session_ends_after_a_day_whatever_happens(self, world: World) -> None:
        visitor = a_visitor(world)
        for _ in range(23):
            world.clock.advance(HOUR)
            assert visitor.is_signed_in()
        world.clock.advance(HOUR)

        assert not visitor.is_signed_in()

    def test_new_password_ends_every_other_session(self, world: World) -> None:
        here, there = a_visitor(world), Visitor(client=world.client, email="owner@company-1.example")
        there.sign_in()

        answer = here.post("/account/password", {"old_password": PASSWORD, "password": NEW, "password_again": NEW})

        assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
        assert here.is_signed_in()
        assert not there.is_signed_in()
        assert there.sign_in().status_code == 401
        assert there.sign_in(NEW).status_code == 303

    def test_new_password_from_the_command_line_ends_all(self, world: World) -> None:
        visitor = a_visitor(world)
        [user] = world.services.list_users(world.company.id, Window()).items

        world.services.reset_password(world.company.id, user.id, NEW)

        assert not visitor.is_signed_in()

    def test_deactivation_ends_all(self, world: World) -> None:
        a_user_of(world, email="boss@example.com")
        visitor = a_visitor(world, Role.OPERATOR)
        user = next(
            each for each in world.services.list_users(world.company.id, Window()).items if each.email == visitor.email
        )

        world.services.change_user(world.company.id, user.id, {"is_active": False})

        assert not visitor.is_signed_in()
        world.services.change_user(world.company.id, user.id, {"is_active": True})
        assert not visitor.is_signed_in()

    def test_all_other_sessions_end_when_asked_to(self, world: World) -> None:
        here, there = a_visitor(world), Visitor(client=world.client, email="owner@company-1.example")
        there.sign_in()

        here.post("/account/sessions/end")

        assert here.is_signed_in()
        assert not there.is_signed_in()

    def test_cookie_that_was_tampered_with_is_no_session(self, world: World) -> None:
        visitor = a_visitor(world)
        cookie = visitor.client.get_cookie("leadintake")
        assert cookie is not None
        visitor.client.set_cookie("leadintake", cookie.value[:-3] + "xyz")

        assert not visitor.is_signed_in()

    def test_session_of_another_installation_is_none(self, world: World) -> None:
        """Another secret key signs otherwise."""
        visitor = a_visitor(world)
        cookie = visitor.client.get_cookie("leadintake")
        assert cookie is not None
        other = world.another_process(keyring=Keyring("another secret key that signs other cookies"))
        client = other.client
        client.set_cookie("leadintake", cookie.value)

        assert not Visitor(client=client).is_signed_in()

    def test_replaced_secret_key_keeps_sessions_while_it_is_named(self, world: World) -> None:
        visitor = a_visitor(world)
        cookie = visitor.client.get_cookie("leadintake")
        assert cookie is not None
        old = "the tests' own secret key, which opens nothing else"
        other = world.another_process(keyring=Keyring("another secret key that signs other cookies", previous=[old]))
        client = other.client
        client.set_cookie("leadintake", cookie.value)

        assert Visitor(client=client).is_signed_in()


class TestPasswords:
    def change(self, visitor: Visitor, old: str, new: str, again: str | None = None) -> str:
        fields = {"old_password": old, "password": new, "password_again": new if again is None else again}
        answer = visitor.post("/account/password", fields)
        assert answer.status_code == 422
        return answer.text

    def test_old_one_must_be_right(self, world: World) -> None:
        """Whoever finds a browser open must not take it over for good."""
        assert "is not right" in self.change(a_visitor(world), "wrong", NEW)

    def test_whoever_guesses_the_old_one_waits(self, world: World) -> None:
        visitor = a_visitor(world)
        fields = {"old_password": "wrong", "password": NEW, "password_again": NEW}

        answers = [visitor.post("/account/password", fields).status_code for _ in range(6)]

        assert answers == [422] * 5 + [429]
        right = visitor.post("/account/password", {**fields, "old_password": PASSWORD})
        assert (right.status_code, "wait" in right.text) == (429, True)

    def test_both_new_ones_must_be_the_same(self, world: World) -> None:
        assert "not the same" in self.change(a_visitor(world), PASSWORD, NEW, NEW + "!")

    @pytest.mark.parametrize(
        ("password", "said"),
        [
            ("short", "12 to 200 characters"),
            ("x" * 201, "12 to 200 characters"),
            ("aaaaaaaaaaaaaaaa", "too easy"),
            ("owner@company-1.example", "too easy"),
        ],
    )
    def test_new_one_must_not_be_guessed(self, world: World, password: str, said: str) -> None:
        assert said in self.change(a_visitor(world), PASSWORD, password)

    def test_nobody_changes_anothers(self, world: World) -> None:
        """The use case takes whose it is from the session."""
        visitor = a_visitor(world, Role.VIEWER)
        boss = a_user_of(world, email="boss@example.com")
        fields = {"old_password": PASSWORD, "password": NEW, "password_again": NEW, "user_id": str(boss.id)}

        assert visitor.post("/account/password", fields).status_code == 303

        command = ChangePassword(
            company_id=world.company.id, user_id=boss.id, client=lambda: None, old=PASSWORD, new=NEW
        )
        assert world.services.change_password(command).id == boss.id
