"""Look after the offers of a company: the campaigns that callers answer to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from leadintake.domain.errors import NotFound
from leadintake.domain.use_cases.paging import Page, is_named, page_of, paused_at, require_free

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.minting import Mint
    from leadintake.domain.owner import Offer, OfferId
    from leadintake.domain.owner_rules import DuplicateScope
    from leadintake.domain.ports import Clock, UnitOfWorkFactory
    from leadintake.domain.use_cases.paging import Wanted


class RulesData(TypedDict, total=False):
    """What is said about an owner's rules: only what is there is set."""

    duplicate_timeframe: timedelta
    duplicate_scope: DuplicateScope
    rejects_same_source: bool
    phone_lengths: tuple[int, int] | None
    most_per_ip_a_day: int | None
    enforces_contact_fields: bool
    phone_fields: tuple[str, ...]


class OfferData(TypedDict, total=False):
    """What is said about an offer: only what is there is set, and `name` must be there to begin with."""

    name: str
    requires_traffic_source: bool
    paused: bool
    rules: RulesData


def list_offers(company_id: CompanyId, wanted: Wanted, *, reading: UnitOfWorkFactory) -> Page[Offer]:
    """Return that page of the company's offers, in order of their numbers."""
    with reading(company_id) as uow:
        offers = uow.directory.current().offers.values()
    return page_of((each for each in offers if _matches(each, wanted)), wanted)


def read_offer(company_id: CompanyId, offer_id: OfferId, *, reading: UnitOfWorkFactory) -> Offer:
    """Return one offer. Raises: NotFound: the company has none of that number."""
    with reading(company_id) as uow:
        return _offer(uow.directory.current(), offer_id)


def add_offer(
    company_id: CompanyId, data: OfferData, *, unit_of_work: UnitOfWorkFactory, clock: Clock, mint: Mint
) -> Offer:
    """Make an offer under the company's next number, and the lead token that names it.

    Raises: NameTaken: the company has an offer of that name.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        _check(uow.directory.current(), data)
        offer = _changed(uow.directory.add_offer(name=data["name"]), data, at=clock())
        uow.directory.save_offer(offer)
        # Without one nobody could send leads to it.
        uow.directory.add_lead_token(mint.lead_token(company_id, offer.ref))
        uow.commit()
    return offer


def change_offer(
    company_id: CompanyId, offer_id: OfferId, data: OfferData, *, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> Offer:
    """Change what is given of an offer, and return it as it is then.

    Raises: NotFound: the company has none of that number. NameTaken: another one has that name.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        directory = uow.directory.current()
        before = _offer(directory, offer_id)
        _check(directory, data, but_for=offer_id)
        offer = _changed(before, data, at=clock())
        uow.directory.save_offer(offer)
        uow.commit()
    return offer


def _offer(directory: Directory, offer_id: OfferId) -> Offer:
    if (offer := directory.offers.get(offer_id)) is None:
        raise NotFound
    return offer


def _matches(offer: Offer, wanted: Wanted) -> bool:
    return (wanted.name is None or is_named(offer.name, wanted.name)) and wanted.paused in {
        None,
        offer.paused_at is not None,
    }


def _check(directory: Directory, data: OfferData, *, but_for: OfferId | None = None) -> None:
    if "name" in data:
        require_free(data["name"], (each.name for each in directory.offers.values() if each.id != but_for))


def _changed(offer: Offer, data: OfferData, *, at: datetime) -> Offer:
    return replace(
        offer,
        name=data.get("name", offer.name),
        requires_traffic_source=data.get("requires_traffic_source", offer.requires_traffic_source),
        paused_at=paused_at(offer.paused_at, paused=data.get("paused"), at=at),
        rules=replace(offer.rules, **data.get("rules", {})),
    )
