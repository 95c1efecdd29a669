"""People at the pages, without a browser: what they see, and what their forms do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from leadintake.domain.user import Role

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from leadintake.domain.user import User

    from tests.support.apps import World

PASSWORD = "correct horse battery staple"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """One browser at the pages, and who signs in with it."""

    client: FlaskClient
    email: str = ""

    def get(self, path: str, **request: Any) -> TestResponse:  # noqa: ANN401 - whatever werkzeug takes
        """Open a page."""
        return self.client.get(path, headers=HTML, **request)

    def post(self, path: str, fields: dict[str, Any] | None = None, **request: Any) -> TestResponse:  # noqa: ANN401 - likewise
        """Send a form of ours."""
        token = self.token()
        return self.client.post(path, data={"csrf_token": token, **(fields or {})}, headers=HTML, **request)

    def token(self) -> str:
        """Return what forms of this session carry."""
        for path in ("/account", "/sign-in"):
            if found := _TOKEN.search(self.get(path).text):
                return unescape(found[1])
        raise AssertionError("There is no form anywhere.")

    def sign_in(self, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Sign in."""
        return self.post("/sign-in", {"email": self.email, "password": password, **fields})

    def is_signed_in(self) -> bool:
        """Say whether pages open."""
        return self.get("/account").status_code == 200


def a_user_of(world: World, role: Role = Role.OWNER, *, email: str | None = None) -> User:
    """Let somebody sign in to the world's company."""
    address = email or f"{role}@company-{world.company.id}.example"
    return world.services.add_user(world.company.id, {"email": address, "role": role, "password": PASSWORD}).user


def a_visitor(world: World, role: Role = Role.OWNER) -> Visitor:
    """Return somebody of that role who has just signed in."""
    return signed_in(world, a_user_of(world, role))


def signed_in(world: World, user: User) -> Visitor:
    """Return that user, who has just signed in."""
    visitor = Visitor(client=world.client, email=user.email)
    answer = visitor.sign_in()
    assert answer.status_code == 303, answer.status
    return visitor
