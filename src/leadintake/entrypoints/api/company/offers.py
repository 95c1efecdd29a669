"""`/api/v1/offers`: the campaigns that callers answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation, shown
from leadintake.entrypoints.api.context import context, services
from leadintake.entrypoints.api.intake.replaying import kept_reader
from leadintake.entrypoints.schemas.company.owners import (
    OFFERS,
    ONE_OFFER,
    ChangedOfferSchema,
    ListOffersSchema,
    NewOfferSchema,
)
from leadintake.entrypoints.schemas.company.trials import ONE_TRIAL, TrialSchema, trial_of

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.owner import OfferId
    from leadintake.domain.use_cases.manage_offers import OfferData
    from leadintake.domain.use_cases.paging import Wanted

bp = CompanyBlueprint("offers", "Offers")


@operation(bp, "GET", "/offers", needs=Permission.READ, query=ListOffersSchema(), answers=OFFERS)
def list_offers(key: ApiKey, wanted: Wanted) -> dict[str, Any]:
    """List the company's offers."""
    return listed("offers", services().list_offers(key.company_id, wanted), wanted)


@operation(bp, "POST", "/offers", needs=Permission.WRITE, body=NewOfferSchema(), answers=ONE_OFFER, status=201)
def add_offer(key: ApiKey, data: OfferData) -> dict[str, Any]:
    """Make an offer."""
    return shown("offer", services().add_offer(key.company_id, data))


@operation(bp, "GET", "/offers/<offer_id>", needs=Permission.READ, answers=ONE_OFFER)
def read_offer(key: ApiKey, offer_id: OfferId) -> dict[str, Any]:
    """Show an offer."""
    return shown("offer", services().read_offer(key.company_id, offer_id))


@operation(bp, "PATCH PUT", "/offers/<offer_id>", needs=Permission.WRITE, body=ChangedOfferSchema(), answers=ONE_OFFER)
def change_offer(key: ApiKey, data: OfferData, offer_id: OfferId) -> dict[str, Any]:
    """Change what is given of an offer."""
    return shown("offer", services().change_offer(key.company_id, offer_id, data))


@operation(bp, "POST", "/offers/<offer_id>/try", needs=Permission.WRITE, body=TrialSchema(), answers=ONE_TRIAL)
def try_rules(key: ApiKey, data: dict[str, Any], offer_id: OfferId) -> dict[str, Any]:
    """Say what changed rules would have done to the submissions of the last days; nothing is changed."""
    command = trial_of(data, key.company_id, OwnerRef(OwnerKind.OFFER, offer_id))
    return shown("trial", services().try_rules(command, kept_reader(context().limits)))
