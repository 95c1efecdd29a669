"""Found a company: a tenant, somebody to look after it, and something to try if wished."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadintake.domain.company import DEFAULT_REGION, DEFAULT_TIME_ZONE
from leadintake.domain.credential import Permission
from leadintake.domain.errors import NameTaken
from leadintake.domain.money import DEFAULT_CURRENCY, Currency
from leadintake.domain.owner import Action, ActionKind
from leadintake.domain.user import Role, User, UserId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.company import Company
    from leadintake.domain.credential import LeadTokenSecret, PrivateKeySecret, PublicKey
    from leadintake.domain.minting import Mint
    from leadintake.domain.owner import Owner
    from leadintake.domain.ports import Installation, PasswordHasher, UnitOfWork, UnitOfWorkFactory

DEMO_ACTIONS = (
    Action("Call at once", ActionKind.CALL),
    Action("Wait a day", ActionKind.WAIT),
    Action("Call again", ActionKind.CALL),
)
_PASSWORD_BYTES = 12
# To record is part of writing.
_ALL = frozenset({Permission.READ, Permission.WRITE, Permission.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCompany:
    """Found the company of that name, or show the one that is there.

    Shape: `with_demo` adds a schedule, an offer and a traffic source where there are none; `admin_email` is None
    for an address made from the company's number.
    """

    name: str
    region: str = DEFAULT_REGION
    time_zone: str = DEFAULT_TIME_ZONE
    currency: Currency = DEFAULT_CURRENCY
    admin_email: str | None = None
    with_demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerWithToken:
    """A schedule or offer, and the lead token that names it."""

    owner: Owner
    lead_token: LeadTokenSecret = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundedCompany:
    """What stands ready.

    Shape: `private_key` and `admin_password` are there only when this call made them: they are kept as digests
    and cannot be shown again. Schedule, offer and source are the company's first ones, None when there are none.
    """

    company: Company
    schedule: OwnerWithToken | None
    offer: OwnerWithToken | None
    traffic_source: TrafficSource | None
    public_key: PublicKey
    private_key: PrivateKeySecret | None = field(repr=False)
    admin_email: str
    admin_password: str | None = field(repr=False)


def found_company(
    command: FoundCompany,
    *,
    installation: Installation,
    unit_of_work: UnitOfWorkFactory,
    passwords: PasswordHasher,
    mint: Mint,
) -> FoundedCompany:
    """Make a company ready for its first lead; doing it twice shows what the first time made.

    Raises: NameTaken: somebody of another company signs in with the administrator's address.
    """
    company = _company(command, installation)
    with unit_of_work(company.id) as uow:
        # Two machines may start at the same moment: the second must find what the first has made.
        uow.directory.hold()
        public_key, private_key = _api_key(uow, company, mint)
        admin_email, admin_password = _admin(uow, command, company, passwords, mint)
        if command.with_demo:
            _add_demo(uow)
        directory = uow.directory.current()
        founded = FoundedCompany(
            company=company,
            schedule=_ready(uow, directory.schedules.values(), mint),
            offer=_ready(uow, directory.offers.values(), mint),
            traffic_source=next(iter(directory.traffic_sources.values()), None),
            public_key=public_key,
            private_key=private_key,
            admin_email=admin_email,
            admin_password=admin_password,
        )
        uow.commit()
    return founded


def _company(command: FoundCompany, installation: Installation) -> Company:
    """Return the company of that name, new if need be."""
    try:
        return installation.add_company(
            name=command.name, region=command.region, time_zone=command.time_zone, currency=command.currency
        )
    except NameTaken:
        return next(company for company in installation.companies() if company.name == command.name)


def _api_key(uow: UnitOfWork, company: Company, mint: Mint) -> tuple[PublicKey, PrivateKeySecret | None]:
    if keys := uow.directory.api_keys():
        return keys[0].public, None
    key, pair = mint.api_key(company.id, _ALL)
    uow.directory.add_api_key(key)
    return pair.public, pair.private


def _admin(
    uow: UnitOfWork, command: FoundCompany, company: Company, passwords: PasswordHasher, mint: Mint
) -> tuple[str, str | None]:
    if users := uow.directory.users():
        return users[0].email, None
    email = (command.admin_email or f"admin@company-{company.id}.example").strip().lower()
    password = mint.random_bytes(_PASSWORD_BYTES).hex()
    uow.directory.add_user(
        User(
            id=UserId(mint.new_id()),
            company_id=company.id,
            email=email,
            password_hash=passwords.hash(password),
            role=Role.OWNER,
            created_at=mint.clock(),
        )
    )
    return email, password


def _add_demo(uow: UnitOfWork) -> None:
    directory = uow.directory.current()
    if not directory.offers:
        uow.directory.add_offer(name="Demo offer")
    if not directory.schedules:
        uow.directory.add_schedule(name="Demo schedule", actions=DEMO_ACTIONS)
    if not directory.traffic_sources:
        uow.directory.add_traffic_source(name="Demo source")


def _ready(uow: UnitOfWork, owners: Iterable[Owner], mint: Mint) -> OwnerWithToken | None:
    """Return the first of these with a lead token, which is made if there is none."""
    owner = next(iter(owners), None)
    if owner is None:
        return None
    now = mint.clock()
    alive = [each for each in uow.directory.lead_tokens_of(owner.ref) if each.is_alive(at=now)]
    # Those that are restricted were made for somebody else.
    tokens = [each for each in alive if each.is_unrestricted] or alive
    credential = tokens[0] if tokens else mint.lead_token(owner.company_id, owner.ref)
    if not tokens:
        uow.directory.add_lead_token(credential)
    return OwnerWithToken(owner=owner, lead_token=mint.reveal(credential))
