"""The whole service over any store, with a company of its own, ready to be asked over HTTP."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from leadintake.adapters.keyring import Keyring
from leadintake.adapters.memoised_installation import MemoisedInstallation
from leadintake.adapters.system import new_id, random_bytes
from leadintake.bootstrap import Coalescing, Ports, wire
from leadintake.domain.credential import Permission
from leadintake.domain.minting import Mint
from leadintake.domain.owner import Action, ActionKind
from leadintake.domain.parameters import Limits
from leadintake.domain.ports import LeadFilter
from leadintake.domain.token_rules import UNRESTRICTED
from leadintake.entrypoints.api import create_app

from tests.support.builders import SteppingClock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from ipaddress import IPv4Network, IPv6Network

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from leadintake.adapters.memory.store import MemoryStore
    from leadintake.adapters.sql.store import SqlStore
    from leadintake.bootstrap import Limiting, Services
    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKeyPair, LeadTokenSecret
    from leadintake.domain.lead import Lead
    from leadintake.domain.owner import Offer, OwnerRef, Schedule
    from leadintake.domain.ports import NewId
    from leadintake.domain.submission import Submission, UnclaimedSubmission
    from leadintake.domain.token_rules import TokenRules
    from leadintake.domain.use_cases.prune_submissions import Retention

    Store = MemoryStore | SqlStore

KEYRING = Keyring("the tests' own secret key, which opens nothing else")
LEADS = "/api/v1/leads"
NOTHING: Mapping[str, str] = MappingProxyType({})
UNKNOWN_TOKEN = "lt_0123456789ABCDEFGHIJKLMNOPQRST_0Sm4vN"
"""Written as ours are, down to the checksum, and known nowhere."""


_COUNT = itertools.count(1)


def ids_of(clock: SteppingClock) -> NewId:
    """Return identifiers that follow a clock, as those of an installation follow the machine's; none comes twice."""

    def new_id_at() -> UUID:
        milliseconds = int(clock.peek().timestamp() * 1_000)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | next(_COUNT))

    return new_id_at


class PlainPasswords:
    """`PasswordHasher` that costs nothing: companies are founded by the hundred here."""

    def hash(self, password: str) -> str:
        """Return something else than the password."""
        return f"plain:{password}"

    def verify(self, hashed: str | None, password: str) -> bool:
        """Compare; a hash of weaker parameters is another word and the password."""
        return hashed in {f"plain:{password}", f"weak:{password}"}

    def needs_rehash(self, hashed: str) -> bool:
        """Say that it is as good as any."""
        return not hashed.startswith("plain:")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An application over a store, and in it one company with a schedule, an offer and a traffic source (1000)."""

    store: Store
    services: Services
    app: Flask
    clock: SteppingClock
    mint: Mint
    company: Company
    schedule: Schedule
    offer: Offer
    source: TrafficSource
    schedule_token: LeadTokenSecret
    offer_token: LeadTokenSecret
    api_key: ApiKeyPair

    @property
    def client(self) -> FlaskClient:
        """Return a client that has never been here."""
        return self.app.test_client()

    def post(self, path: str = LEADS, **request: Any) -> TestResponse:  # noqa: ANN401 - whatever werkzeug takes
        """Post as werkzeug's client does."""
        return self.client.post(path, **request)

    def submit(self, token: str | None = None, /, **fields: Any) -> TestResponse:  # noqa: ANN401 - whatever JSON has
        """Post these fields as JSON, with the schedule's lead token in a header unless another is given."""
        return self.client.post(LEADS, json=fields, headers={"X-Lead-Token": token or self.schedule_token})

    def ask(
        self,
        method: str,
        target: str,
        *,
        body: bytes = b"",
        content_type: str | None = None,
        headers: Mapping[str, str] = NOTHING,
        environ: Mapping[str, Any] = NOTHING,
    ) -> Response:
        """Ask what no well-bred client would, as a WSGI server hands it on: nothing is tidied up on the way.

        Args:
            method: Any text.
            target: Path and query as they stand in the request's first line; ``TOKEN`` here, in the body and in a
                header stands for the schedule's lead token.
            body: Sent with its true length.
            content_type: None for no such header.
            headers: Further ones.
            environ: What to say instead in the WSGI environ.
        """
        token = self.schedule_token
        path, _, query = target.replace("TOKEN", token).partition("?")
        sent = body.replace(b"TOKEN", token.encode())
        asked: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.encode().decode("latin-1"),
            "SERVER_NAME": "leads.example.com",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "CONTENT_LENGTH": str(len(sent)),
            "HTTP_HOST": "leads.example.com",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": BytesIO(sent),
            "wsgi.errors": StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **{
                f"HTTP_{name.upper().replace('-', '_')}": text.replace("TOKEN", token) for name, text in headers.items()
            },
            **environ,
        }
        if content_type is not None:
            asked["CONTENT_TYPE"] = content_type
        return Response(*run_wsgi_app(self.app, asked, buffered=True))

    def get(self, path: str = LEADS, /, **query: str | int) -> TestResponse:
        """Get with the company's API key."""
        return self.client.get(path, query_string=query, headers=self.bearer())

    def bearer(self, key: ApiKeyPair | None = None) -> dict[str, str]:
        """Return the headers of somebody with an API key, the company's own unless another is given."""
        return {"Authorization": f"Bearer {(key or self.api_key).private}"}

    def leads(self) -> Sequence[Lead]:
        """Return the company's leads as they are stored, newest first."""
        with self.store.reading(self.company.id) as uow:
            return uow.leads.search(LeadFilter(at=self.clock()), offset=0, limit=1_000).leads

    def submissions(self) -> Sequence[Submission]:
        """Return the company's submissions, newest first."""
        with self.store.reading(self.company.id) as uow:
            return uow.submissions.newest(limit=1_000)

    def unclaimed(self) -> Sequence[UnclaimedSubmission]:
        """Return the samples of the whole store, newest first."""
        return self.store.installation.unclaimed()

    def another_token(self, owner: OwnerRef, *, rules: TokenRules = UNRESTRICTED) -> LeadTokenSecret:
        """Return a further lead token of an owner."""
        credential = replace(self.mint.lead_token(self.company.id, owner), rules=rules)
        with self.store.unit_of_work(self.company.id) as uow:
            uow.directory.add_lead_token(credential)
            uow.commit()
        return self.mint.reveal(credential)

    def revoke(self, token: str) -> None:
        """End a lead token."""
        credential = self.store.installation.find_lead_token(KEYRING.lookup(token))
        assert credential is not None
        with self.store.unit_of_work(self.company.id) as uow:
            uow.directory.revoke_lead_token(credential.id, at=self.clock())
            uow.commit()

    def another_key(self, *permissions: Permission) -> ApiKeyPair:
        """Return a further API key with these permissions."""
        key, pair = self.mint.api_key(self.company.id, frozenset(permissions))
        with self.store.unit_of_work(self.company.id) as uow:
            uow.directory.add_api_key(key)
            uow.commit()
        return pair

    def another_process(self, **settings: Any) -> World:  # noqa: ANN401 - as `a_service` has them
        """Return the same company as another process of the installation serves it."""
        services, app = a_service(self.store, self.clock, **settings)
        return replace(self, services=services, app=app)

    def pause(self, *, schedule: datetime | None = None, source: datetime | None = None) -> None:
        """Pause the schedule or the traffic source."""
        with self.store.unit_of_work(self.company.id) as uow:
            if schedule:
                uow.directory.save_schedule(replace(self.schedule, paused_at=schedule))
            if source:
                uow.directory.save_traffic_source(replace(self.source, paused_at=source))
            uow.commit()

    def require_traffic_source(self) -> None:
        """Let the schedule take leads of known sources only."""
        with self.store.unit_of_work(self.company.id) as uow:
            uow.directory.save_schedule(replace(self.schedule, requires_traffic_source=True))
            uow.commit()


def a_service(
    store: Store,
    clock: SteppingClock,
    *,
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = (),
    limits: Limits = Limits(),  # noqa: B008 - frozen
    keyring: Keyring = KEYRING,
    coalescing: Coalescing | None = None,
    retention: Retention | None = None,
    limiting: Limiting | None = None,
) -> tuple[Services, Flask]:
    """Make what one process of an installation has: services and an application over the store."""
    services = wire(
        Ports(
            unit_of_work=store.unit_of_work,
            reading=store.reading,
            installation=MemoisedInstallation(store.installation),
            keyring=keyring,
            passwords=PlainPasswords(),
            clock=clock,
            new_id=ids_of(clock),
        ),
        coalescing=coalescing,
        retention=retention,
        limiting=limiting,
    )
    return services, create_app(services, limits=limits, trusted_proxies=trusted_proxies)


def a_world(store: Store, *, region: str = "US", time_zone: str = "America/New_York", **settings: Any) -> World:  # noqa: ANN401 - as `a_service` has them
    """Found a company in the store and make an application of its own over it.

    Shape: the clock stands still unless it is advanced; `settings` are those of `a_service`.
    """
    clock = SteppingClock()
    services, app = a_service(store, clock, **settings)
    # In the order of the world's own clock, as what its services make.
    mint = Mint(keyring=KEYRING, clock=clock, new_id=ids_of(clock), random_bytes=random_bytes)
    company = store.installation.add_company(name=f"Company {new_id()}", region=region, time_zone=time_zone)
    with store.unit_of_work(company.id) as uow:
        offer = uow.directory.add_offer(name="Solar roofs")
        schedule = uow.directory.add_schedule(name="Call at once", actions=[Action("Call", ActionKind.CALL)])
        source = uow.directory.add_traffic_source(name="Kitten banners")
        of_schedule, of_offer = mint.lead_token(company.id, schedule.ref), mint.lead_token(company.id, offer.ref)
        uow.directory.add_lead_token(of_schedule)
        uow.directory.add_lead_token(of_offer)
        key, pair = mint.api_key(company.id, frozenset(Permission))
        uow.directory.add_api_key(key)
        uow.commit()
    return World(
        store=store,
        services=services,
        app=app,
        clock=clock,
        mint=mint,
        company=company,
        schedule=schedule,
        offer=offer,
        source=source,
        schedule_token=mint.reveal(of_schedule),
        offer_token=mint.reveal(of_offer),
        api_key=pair,
    )
