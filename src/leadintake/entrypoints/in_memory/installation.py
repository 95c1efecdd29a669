"""An application over memory with a demo company in it, that can be put back to its beginning."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

# The application would import its pages when the first service is made; a test suite has imported them by then.
import leadintake.entrypoints.web  # noqa: F401 - see above
from leadintake.bootstrap import Limiting, MovableClock, build_in_memory
from leadintake.domain.company import DEFAULT_REGION, DEFAULT_TIME_ZONE
from leadintake.domain.credential import mint_secret_key
from leadintake.domain.parameters import Limits
from leadintake.domain.use_cases.found_company import FoundCompany
from leadintake.entrypoints.api import create_app
from leadintake.entrypoints.housekeeping import CHORES
from leadintake.entrypoints.request_log import untold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

    from leadintake.bootstrap import InMemory, Services
    from leadintake.domain.use_cases.found_company import FoundedCompany


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How an installation in memory begins.

    Shape: `region` is a country of ISO 3166, `time_zone` a zone of the IANA; `rate_limits` False lifts every rate
    limit and daily cap; `limits` is how much one submission may hold.
    """

    company: str = "Demo company"
    region: str = DEFAULT_REGION
    time_zone: str = DEFAULT_TIME_ZONE
    rate_limits: bool = True
    limits: Limits = field(default_factory=Limits)


class InMemoryInstallation:
    """The real application over the memory adapters, and one company as `leadintake init --demo` makes it.

    As a WSGI application it is the one that stands now, also after `reset`. Requests are told to no log: faults
    of ours are.
    """

    def __init__(
        self,
        opening: Opening,
        *,
        clock: MovableClock,
        extend: Callable[[Flask, InMemoryInstallation], None] | None = None,
    ) -> None:
        """Begin.

        Args:
            opening: How.
            clock: The time of everything in it.
            extend: Told of each application that is made, for what it has more than the real one.
        """
        self.opening = opening
        self.clock = clock
        self._extend = extend
        # Every beginning has the same credentials, and no other installation has them.
        self._secret_key = mint_secret_key(os.urandom)
        self._stands = self._begin()

    @property
    def services(self) -> Services:
        """Return the use cases."""
        return self._stands.memory.services

    @property
    def memory(self) -> InMemory:
        """Return the use cases with the store under them."""
        return self._stands.memory

    @property
    def app(self) -> Flask:
        """Return the application."""
        return self._stands.app

    @property
    def founded(self) -> FoundedCompany:
        """Return the demo company with its credentials."""
        return self._stands.founded

    def reset(self) -> None:
        """Forget everything, and stand as at the beginning, with the same credentials.

        What is under way goes on in what is forgotten.
        """
        self.clock.reset()
        self._stands = self._begin()

    def do_chores(self) -> None:
        """Do all that a server does by itself now and then, each chore once, whatever its turn."""
        for chore in CHORES:
            chore.do(self.services)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        return self.app(environ, start_response)

    def _begin(self) -> _Stands:
        opening = self.opening
        limiting = Limiting(is_on=opening.rate_limits)
        memory = build_in_memory(clock=self.clock, secret_key=self._secret_key, limiting=limiting)
        founded = memory.services.found_company(
            FoundCompany(name=opening.company, region=opening.region, time_zone=opening.time_zone, with_demo=True)
        )
        app = create_app(memory.services, limits=opening.limits)
        if self._extend is not None:
            self._extend(app, self)
        # Flask's own place for a layer around an application, which its test client goes through too.
        app.wsgi_app = _untold(app.wsgi_app)  # type: ignore[method-assign,assignment]  # mypy takes it for a method
        return _Stands(memory=memory, founded=founded, app=app)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stands:
    memory: InMemory
    founded: FoundedCompany
    app: Flask


def _untold(application: WSGIApplication) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with untold():
            return application(environ, start_response)

    return answer
