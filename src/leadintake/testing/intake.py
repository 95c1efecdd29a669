"""`in_memory_leadintake`: the whole service in memory, with what a test wants to know and to do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadintake.bootstrap import MovableClock
from leadintake.domain.erasure import CALLER_PURPOSE, caller_data
from leadintake.domain.errors import Refusal
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.parameters import Limits
from leadintake.domain.phone import PhoneNumber, is_region
from leadintake.domain.ports import LeadFilter
from leadintake.entrypoints.in_memory import InMemoryInstallation, InMemoryServer, Opening
from leadintake.testing.records import (
    ContactRecord,
    Events,
    Leads,
    Submissions,
    Unclaimed,
    contact_record,
    event_record,
    lead_record,
    submission_record,
    unclaimed_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company
    from leadintake.domain.use_cases.found_company import OwnerWithToken

DEFAULT_NOW: Final = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
"""What the clock shows at first unless told: a Monday on which it is day in all of America and evening in Europe."""

_LEADS: Final = "/api/v1/leads"
_ALL: Final = 1_000_000
# The numbers that 47 CFR keeps for films: 555-0100 to 555-0199 of each area.
_AREAS: Final = (202, 212, 213, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 801, 907)
_NUMBERS_OF_AN_AREA: Final = 100

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A schedule or an offer, and the lead token that names it.

    Shape: `kind` is ``schedule`` or ``offer``.
    """

    kind: str
    id: int
    name: str
    lead_token: str = field(repr=False)

    @property
    def as_member(self) -> dict[str, int]:
        """Return it as the company API takes it: ``{"schedule_id": 1}``."""
        return {f"{self.kind}_id": self.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Both halves of an API key with every permission."""

    public: str
    private: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Return the header field that carries it."""
        return {"Authorization": f"Bearer {self.private}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedLeadintake:
    """Where an in-memory leadintake is served, for clients in any language, and the credentials of its demo company.

    Shape: `url` has no slash at its end; `lead_token` is the schedule's; `intake` is what answers there.
    """

    url: str
    intake: InMemoryLeadintake = field(repr=False)

    @property
    def lead_token(self) -> str:
        """Return the lead token of the demo schedule."""
        return self.intake.lead_token

    @property
    def api_key(self) -> ApiKey:
        """Return the company's API key."""
        return self.intake.api_key

    @property
    def leads_url(self) -> str:
        """Return the address that leads are posted to, without a lead token."""
        return self.url + _LEADS


def in_memory_leadintake(
    *,
    company: str = "Demo company",
    region: str = "US",
    time_zone: str = "UTC",
    now: datetime = DEFAULT_NOW,
    rate_limits: bool = True,
    limits: Limits | None = None,
) -> InMemoryLeadintake:
    """Make a leadintake of its own, in memory, as `leadintake init --demo` makes one on a disk.

    >>> intake = in_memory_leadintake(region="GB", time_zone="Europe/London")
    >>> intake.submit(caller_id="020 7946 0018").json["lead"]["caller_id"]
    '+442079460018'

    Args:
        company: The company's name.
        region: Country in which numbers without a country code are read (ISO 3166).
        time_zone: Zone of times that come without an offset, and of a day's caps (IANA).
        now: What its clock shows until it is moved: an aware instant.
        rate_limits: False lifts every rate limit and daily cap, for suites that send a great many requests.
        limits: How much one submission may hold, if not what it is by default.

    Raises: ValueError: there is no such region or zone, or the instant says no zone.
    """
    if not is_region(region):
        raise ValueError(f"There is no region {region!r}; give the two letters of a country, such as US or GB.")
    try:
        # Asked for by itself: a list of all zones takes longer than everything else but the addresses.
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"There is no time zone {time_zone!r}; give one such as UTC or America/New_York.") from error
    opening = Opening(
        company=company, region=region, time_zone=time_zone, rate_limits=rate_limits, limits=limits or Limits()
    )
    return InMemoryLeadintake(InMemoryInstallation(opening, clock=MovableClock(now)))


class InMemoryLeadintake:
    """The real application over adapters in memory, with a demo company in it.

    It is a WSGI application itself: mount it, or `serve` it. Whatever happens in it stays in it, so that any number
    may stand beside each other, in threads and in processes.
    """

    def __init__(self, installation: InMemoryInstallation) -> None:
        """Wrap an installation; `in_memory_leadintake` makes both."""
        self._installation = installation
        self._numbers = count()
        self._names = count(1)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        return self._installation(environ, start_response)

    def __repr__(self) -> str:
        """Say what it is and what its clock shows."""
        return f"<in-memory leadintake of {self.company.name!r} at {self.clock.now:%Y-%m-%dT%H:%M:%SZ}>"

    # --- what there is at the beginning --------------------------------------------------------------------------

    @property
    def services(self) -> Services:
        """The use cases, for tests that go around HTTP."""
        return self._installation.services

    @property
    def app(self) -> Flask:
        """The Flask application as it stands now; after `reset` there is another."""
        return self._installation.app

    @property
    def client(self) -> FlaskClient:
        """A Flask test client that has never been here."""
        return self.app.test_client()

    @property
    def clock(self) -> MovableClock:
        """The time of everything in it. `time_passes` moves it and does what is due then."""
        return self._installation.clock

    @property
    def company(self) -> Company:
        """The demo company."""
        return self._installation.founded.company

    @property
    def schedule(self) -> Owner:
        """The demo schedule: a call, a wait of a day, another call."""
        return _owner(self._installation.founded.schedule)

    @property
    def offer(self) -> Owner:
        """The demo offer."""
        return _owner(self._installation.founded.offer)

    @property
    def lead_token(self) -> str:
        """The lead token of the demo schedule."""
        return self.schedule.lead_token

    @property
    def traffic_source_id(self) -> int:
        """The number of the demo traffic source: 1000."""
        return _there(self._installation.founded.traffic_source).id

    @property
    def api_key(self) -> ApiKey:
        """An API key with every permission."""
        founded = self._installation.founded
        return ApiKey(public=founded.public_key, private=_there(founded.private_key))

    @property
    def admin(self) -> tuple[str, str]:
        """The address and the password of who may sign in."""
        founded = self._installation.founded
        return founded.admin_email, _there(founded.admin_password)

    # --- doing ---------------------------------------------------------------------------------------------------

    def submit(self, lead_token: str | None = None, /, **fields: Any) -> TestResponse:  # noqa: ANN401  whatever JSON has
        """Post a submission as JSON, by the demo schedule's lead token unless another is given, and return the answer.

        Without a `caller_id` it is somebody new.

        >>> intake = in_memory_leadintake()
        >>> intake.submit(intake.offer.lead_token, caller_id="12").json["code"]
        'invalid_caller_id'
        """
        headers = {"X-Lead-Token": lead_token or self.lead_token}
        return self.client.post(_LEADS, json=self.a_lead(**fields), headers=headers)

    def api(self, method: str, path: str, /, **fields: Any) -> TestResponse:  # noqa: ANN401  whatever JSON has
        """Ask the company API, with the API key, and return the answer.

        >>> intake = in_memory_leadintake()
        >>> intake.api("PATCH", "/api/v1/schedules/1", paused=True).status_code
        200
        """
        if method.upper() in {"GET", "HEAD"}:
            return self.client.open(path, method=method, headers=self.api_key.headers, query_string=fields)
        return self.client.open(path, method=method, headers=self.api_key.headers, json=fields)

    def opt_out(self, number: str) -> None:
        """Let a caller opt out of everything. Raises: ValueError: that is no phone number."""
        self._done(self.client.post(f"{_LEADS}/caller_opt_out", json={"caller_id": number}, headers=self._as_sender()))

    def block(self, number: str) -> None:
        """Let the company block a caller. Raises: ValueError: that is no phone number."""
        self._done(self.api("POST", f"/api/v1/contacts/{number}/caller_block"))

    def pause(self, owner: Owner) -> None:
        """Let a schedule or an offer take no leads."""
        self._done(self.api("PATCH", f"/api/v1/{owner.kind}s/{owner.id}", paused=True))

    def time_passes(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Let time pass, do what is due then, and return what the clock shows.

        >>> intake = in_memory_leadintake()
        >>> _ = intake.submit(expires_in=60)
        >>> _ = intake.time_passes(minutes=61)
        >>> intake.leads.only().status
        'expired'
        """
        now = self.clock.advance(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self.do_chores()
        return now

    def do_chores(self) -> None:
        """Do what a server does by itself every few seconds, once: settle leads whose time is up, and the like.

        In memory nothing is done unasked, so that a test sees the same each time.
        """
        self._installation.do_chores()

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Let its database be away for as long as the block lasts: what needs it is answered 503, to be tried again.

        >>> intake = in_memory_leadintake()
        >>> with intake.outage():
        ...     answer = intake.submit(caller_id="+18004506787")
        >>> answer.status_code, answer.json["code"], int(answer.headers["Retry-After"]) > 0
        (503, 'unavailable', True)
        >>> intake.submit(caller_id="+18004506787").json["outcome"]
        'created'
        """
        away = self._installation.memory.outage
        away.set()
        try:
            yield
        finally:
            away.clear()

    def reset(self) -> None:
        """Forget everything, and stand as at the beginning: the same credentials, the same time."""
        self._installation.reset()

    @contextmanager
    def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[ServedLeadintake]:
        """Serve it on a port of this machine, a free one unless one is given, for as long as the block lasts.

        >>> from urllib.request import Request, urlopen
        >>> intake = in_memory_leadintake()
        >>> with intake.serve() as served:
        ...     _ = urlopen(Request(served.leads_url, b"caller_id=8004506787", {"X-Lead-Token": served.lead_token}))
        >>> intake.leads.only().caller_id
        '+18004506787'

        Raises: OSError: the address cannot be had.
        """
        with InMemoryServer(self, host=host, port=port) as server:
            yield ServedLeadintake(url=server.url, intake=self)

    # --- building ------------------------------------------------------------------------------------------------

    def a_caller(self) -> str:
        """Return a number that no call of this has returned before, one of those that belong to nobody.

        Raises: ValueError: there are no more of them.
        """
        turn = next(self._numbers)
        area, number = divmod(turn, _NUMBERS_OF_AN_AREA)
        if area >= len(_AREAS):
            raise ValueError("There are no more numbers that belong to nobody; give a caller_id of your own.")
        return f"+1{_AREAS[area]}555{100 + number:04}"

    def a_lead(self, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  whatever JSON has
        """Return the fields of a submission that is taken: somebody new, and what is given.

        >>> in_memory_leadintake().a_lead(interest="kittens")
        {'caller_id': '+12025550100', 'interest': 'kittens'}
        """
        return fields if "caller_id" in fields else {"caller_id": self.a_caller(), **fields}

    def add_schedule(self, **members: Any) -> Owner:  # noqa: ANN401  as the HTTP API has them
        """Add a schedule by the company API, with any of its members, and return it.

        >>> in_memory_leadintake().add_schedule(name="Call at once", actions=[{"name": "Call", "kind": "call"}])
        Owner(kind='schedule', id=2, name='Call at once')

        Raises: ValueError: the API refuses them, and why.
        """
        return self._added_owner(OwnerKind.SCHEDULE, members)

    def add_offer(self, **members: Any) -> Owner:  # noqa: ANN401  as the HTTP API has them
        """Add an offer in the same way."""
        return self._added_owner(OwnerKind.OFFER, members)

    def add_traffic_source(self, **members: Any) -> int:  # noqa: ANN401  as the HTTP API has them
        """Add a traffic source, and return its number. Raises: ValueError: as for schedules."""
        return int(self._added("traffic_source", "/api/v1/traffic_sources", members)["id"])

    def add_contact_field(self, offer: Owner, **members: Any) -> None:  # noqa: ANN401  as the HTTP API has them
        """Add a contact field to an offer. Raises: ValueError: as for schedules."""
        self._done(self.api("POST", f"/api/v1/offers/{offer.id}/contact_fields", **members))

    def add_lead_token(self, owner: Owner, **members: Any) -> str:  # noqa: ANN401  as the HTTP API has them
        """Add a lead token of an owner, restricted as the members say, and return it.

        >>> intake = in_memory_leadintake()
        >>> lead_token = intake.add_lead_token(intake.schedule, kind="publishable", origins=["https://shop.example"])
        >>> intake.submit(lead_token).json["code"]
        'origin_not_allowed'

        Raises: ValueError: as for schedules.
        """
        made = self.api("POST", "/api/v1/lead_tokens", **owner.as_member, **members)
        return str(self._done(made)["lead_token"]["lead_token"])

    def change(self, owner: Owner, **members: Any) -> None:  # noqa: ANN401  as the HTTP API has them
        """Change a schedule or an offer. Raises: ValueError: as for schedules."""
        self._done(self.api("PATCH", f"/api/v1/{owner.kind}s/{owner.id}", **members))

    # --- looking -------------------------------------------------------------------------------------------------

    @property
    def leads(self) -> Leads:
        """The company's leads as they stand now, oldest first, ended and removed ones included."""
        now = self.clock()
        with self._installation.memory.store.reading(self.company.id) as uow:
            kept = uow.leads.search(LeadFilter(at=now), offset=0, limit=_ALL).leads
        return Leads([lead_record(lead.seen(at=now)) for lead in reversed(kept)], about=self._about_caller)

    @property
    def submissions(self) -> Submissions:
        """The requests that named one of the company's owners, oldest first."""
        with self._installation.memory.store.reading(self.company.id) as uow:
            kept = uow.submissions.newest(limit=_ALL)
        return Submissions([submission_record(one) for one in reversed(kept)], about=self._about_digest)

    @property
    def events(self) -> Events:
        """The facts about the company's leads, contacts and credentials, in their order."""
        with self._installation.memory.store.reading(self.company.id) as uow:
            kept = uow.events.everything()
        return Events([event_record(event) for event in kept], about=self._about_caller)

    @property
    def unclaimed(self) -> Unclaimed:
        """The samples of requests that named no owner, oldest first; sixty a minute are kept at most."""
        kept = self.services.list_unclaimed()
        return Unclaimed([unclaimed_record(one) for one in reversed(kept)], about=self._about_nobody)

    def contact(self, number: str) -> ContactRecord | None:
        """Return what is kept of one caller whatever their leads, None for one who was never heard of.

        Raises: ValueError: that is no phone number.
        """
        caller = self._read(number)
        with self._installation.memory.store.reading(self.company.id) as uow:
            contact = uow.contacts.find(caller)
        return None if contact is None else contact_record(contact)

    # --- how -----------------------------------------------------------------------------------------------------

    def _as_sender(self) -> dict[str, str]:
        return {"X-Lead-Token": self.lead_token}

    def _added_owner(self, kind: OwnerKind, members: Mapping[str, Any]) -> Owner:
        made = self._added(kind, f"/api/v1/{kind}s", members)
        [(_, lead_token)] = self.services.reveal_lead_tokens(self.company.id, OwnerRef(kind, made["id"]))
        return Owner(kind=kind.value, id=made["id"], name=made["name"], lead_token=lead_token)

    def _added(self, root: str, path: str, members: Mapping[str, Any]) -> dict[str, Any]:
        named = {"name": f"Another {root.replace('_', ' ')} ({next(self._names)})"} | dict(members)
        made: dict[str, Any] = self._done(self.api("POST", path, **named))[root]
        return made

    def _done(self, answer: TestResponse) -> dict[str, Any]:
        document: dict[str, Any] = answer.get_json()
        if answer.status_code >= 400:  # noqa: PLR2004  where refusals begin
            raise ValueError(f"{document['code']}: {document['detail']} {document['errors'] or ''}".strip())
        return document

    def _read(self, number: str) -> PhoneNumber:
        try:
            return PhoneNumber.parse(number, self.company.region)
        except Refusal as refusal:
            raise ValueError(f"{number!r} is no phone number in {self.company.region}") from refusal

    def _about_caller(self, number: str) -> Callable[[Any], bool]:
        caller = self._read(number).e164
        return lambda record: record.caller_id == caller

    def _about_digest(self, number: str) -> Callable[[Any], bool]:
        digest = self.services.digest(CALLER_PURPOSE, caller_data(self.company.id, self._read(number)))
        return lambda record: record.caller_digest == digest

    def _about_nobody(self, number: str) -> Callable[[Any], bool]:
        raise TypeError(f"nobody has read whom unclaimed submissions are about, so none is of {number!r}")


def _owner(ready: OwnerWithToken | None) -> Owner:
    there = _there(ready)
    ref = there.owner.ref
    return Owner(kind=ref.kind.value, id=ref.id, name=there.owner.name, lead_token=there.lead_token)


def _there(made: Made | None) -> Made:
    """Return what the demo company is always made with."""
    if made is None:
        raise LookupError("The demo company lacks something that it is made with.")
    return made
