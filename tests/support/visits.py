"""Somebody who visits the pages without a browser: signed in, following forms, looking at what they show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from leadintake.domain.user import Role

from tests.support.visitors import Visitor, a_user_of, signed_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.test import TestResponse

    from leadintake.domain.user import User

    from tests.support.apps import World

_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One visitor of the pages, with a session of their own."""

    visitor: Visitor
    user: User | None = None

    def get(self, path: str, **query: Any) -> TestResponse:  # noqa: ANN401 - whatever werkzeug takes
        """Open a page."""
        return self.visitor.get(path, query_string=query or None)

    def text(self, path: str, **query: Any) -> str:  # noqa: ANN401 - likewise
        """Return what a page says, without its tags."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        return plain(answer.text)

    def post(self, path: str, /, *, forged: bool = False, **fields: Any) -> TestResponse:  # noqa: ANN401 - likewise
        """Send a form of ours, or one that somebody else has made."""
        return self.visitor.client.post(path, data=fields) if forged else self.send(path, fields)

    def send(self, path: str, fields: Mapping[str, Any]) -> TestResponse:
        """Send a form of ours."""
        return self.visitor.post(path, dict(fields))


def plain(html: str) -> str:
    """Return a page's text on one line."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def a_visit(world: World, role: Role = Role.OWNER, *, email: str | None = None) -> Visit:
    """Let somebody of the company sign in, in that role."""
    user = a_user_of(world, role, email=email)
    return Visit(visitor=signed_in(world, user), user=user)


def a_stranger(world: World) -> Visit:
    """Return somebody who is not signed in."""
    return Visit(visitor=Visitor(client=world.client))
