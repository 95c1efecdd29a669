"""Leads coming in: who sends them, how often they may, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from leadintake.adapters.coalescer import Coalescer
from leadintake.adapters.guessing_brake import CountedFailures
from leadintake.adapters.leased_quotas import LeasedQuotas
from leadintake.adapters.request_counter import LimitsRequestCounter
from leadintake.adapters.sampling import Sampled
from leadintake.adapters.sightings import SightingBook
from leadintake.domain.use_cases.count_request import RequestLimits, count_request
from leadintake.domain.use_cases.enroll_leads import enroll_leads
from leadintake.domain.use_cases.enroll_within_caps import enroll_within_cap, enroll_within_caps
from leadintake.domain.use_cases.identify_sender import Sender, identify_api_key, identify_lead_token
from leadintake.domain.use_cases.keep_unclaimed import keep_unclaimed
from leadintake.domain.use_cases.lease_quota import lease_quota, return_quota
from leadintake.domain.use_cases.write_down_sightings import write_down_sightings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.budget import Standing
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKey, LeadTokenCredential
    from leadintake.domain.enrollment import Decision
    from leadintake.domain.owner import OwnerKind
    from leadintake.domain.ports import Client
    from leadintake.domain.submission import UnclaimedSubmission

_UNCLAIMED_PER_MINUTE = 60


class IdentifyLeadToken(Protocol):
    """`identify_lead_token` with its ports bound."""

    def __call__(
        self, secret: str, *, kind: OwnerKind | None, origin: str | None = None, client: Client | None = None
    ) -> Sender:
        """Return whom the token leads to."""


class IdentifyApiKey(Protocol):
    """`identify_api_key` with its ports bound."""

    def __call__(self, private: str, *, public: str | None, client: Client | None = None) -> ApiKey:
        """Return what is kept of the key."""


class CountRequest(Protocol):
    """`count_request` with its ports bound."""

    def __call__(
        self, company_id: CompanyId, *, lead_token: LeadTokenCredential | None, client: Client
    ) -> Sequence[Standing]:
        """Count one request, and say how the budgets stand that it is limited by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalescing:
    """How requests share commits."""

    batch_size: int = 64
    leaders: int = 1
    wait_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiting:
    """What is limited; lead tokens bring limits of their own."""

    is_on: bool = True
    failures_per_minute: int = 60
    requests: RequestLimits = field(default_factory=RequestLimits)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IntakeServices:
    """What a submission goes through, from its credential to its decision.

    Shape: unless `counts_all_requests`, only those need `count_request` that come by a lead token with a rate.
    """

    identify_lead_token: IdentifyLeadToken
    identify_api_key: IdentifyApiKey
    count_request: CountRequest
    counts_all_requests: bool
    enroll_lead: Callable[[EnrollLead], Decision]
    enroll_leads: Callable[[Sequence[EnrollLead]], Sequence[Decision]]
    keep_unclaimed: Callable[[UnclaimedSubmission], None]
    write_down_sightings: Callable[[], int]


def leased_quotas(ports: Ports, coalescing: Coalescing) -> LeasedQuotas:
    """Return the daily caps as this process shares in them; whoever closes the services puts back what is left."""
    return LeasedQuotas(
        partial(lease_quota, unit_of_work=ports.unit_of_work),
        partial(return_quota, unit_of_work=ports.unit_of_work),
        clock=ports.clock,
        wait_seconds=coalescing.wait_seconds,
    )


def wire_intake(ports: Ports, *, coalescing: Coalescing, limiting: Limiting, leased: LeasedQuotas) -> IntakeServices:
    """Bind the way in: one coalescer, one brake and one book of sightings for all of it."""
    enroll = partial(
        enroll_leads,
        unit_of_work=ports.unit_of_work,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    coalescer = Coalescer(
        enroll,
        batch_size=coalescing.batch_size,
        leaders=coalescing.leaders,
        wait_seconds=coalescing.wait_seconds,
    )
    sightings = SightingBook(ports.clock)
    brake, counter, quotas = None, None, None
    if limiting.is_on:
        brake = CountedFailures(LimitsRequestCounter(ports.clock), per_minute=limiting.failures_per_minute)
        counter = LimitsRequestCounter(ports.clock)
        quotas = leased
    return IntakeServices(
        identify_lead_token=partial(
            identify_lead_token,
            installation=ports.installation,
            keyring=ports.keyring,
            clock=ports.clock,
            sightings=sightings,
            brake=brake,
        ),
        identify_api_key=partial(
            identify_api_key,
            installation=ports.installation,
            keyring=ports.keyring,
            sightings=sightings,
            brake=brake,
        ),
        count_request=partial(
            count_request,
            limits=limiting.requests,
            counter=counter,
        ),
        counts_all_requests=limiting.is_on and limiting.requests != RequestLimits(),
        enroll_lead=partial(enroll_within_cap, enroll=coalescer.decide, quotas=quotas, clock=ports.clock),
        enroll_leads=partial(enroll_within_caps, enroll=enroll, quotas=quotas, clock=ports.clock),
        keep_unclaimed=Sampled(
            partial(keep_unclaimed, installation=ports.installation),
            per_minute=_UNCLAIMED_PER_MINUTE,
            clock=ports.clock,
        ),
        write_down_sightings=partial(
            write_down_sightings, sightings=sightings, unit_of_work=ports.unit_of_work, new_id=ports.new_id
        ),
    )
