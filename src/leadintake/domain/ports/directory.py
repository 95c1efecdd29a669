"""What a company has set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from leadintake.domain.owner_rules import NO_RULES, OwnerRules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.company import Company
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.credential import ApiKey, ApiKeyId, LeadTokenCredential, LeadTokenId
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Action, Offer, OfferId, OwnerRef, Schedule
    from leadintake.domain.posting_page import PostingPage
    from leadintake.domain.suppression import SuppressionList, SuppressionListId
    from leadintake.domain.user import User, UserId


class DirectoryRepository(Protocol):
    """What a company has set up. Every change makes a new version of the directory."""

    def current(self) -> Directory:
        """Return the directory as of this unit's beginning, or as this unit has changed it.

        Raises: NotFound: there is no such company.
        """

    def hold(self) -> None:
        """Keep everybody else from changing the set-up until the unit ends; what is read from now on is the latest.

        Raises: NotFound: there is no such company. Unavailable: somebody else held it for too long.
        """

    def save_company(self, company: Company) -> None:
        """Replace the company's name, region and time zone; its currency stays as it is.

        Raises: NameTaken: another company of the installation is called so. NotFound.
        """

    def add_schedule(
        self,
        *,
        name: str,
        actions: Sequence[Action],
        end_actions: Sequence[Action] = (),
        offer_id: OfferId | None = None,
        rules: OwnerRules = NO_RULES,
    ) -> Schedule:
        """Store a schedule under the company's next schedule number."""

    def add_offer(self, *, name: str, rules: OwnerRules = NO_RULES) -> Offer:
        """Store an offer under the company's next offer number."""

    def add_traffic_source(self, *, name: str) -> TrafficSource:
        """Store a traffic source under the company's next number, the first being 1000."""

    def save_schedule(self, schedule: Schedule) -> None:
        """Replace a schedule. Raises: NotFound."""

    def save_offer(self, offer: Offer) -> None:
        """Replace an offer. Raises: NotFound."""

    def save_traffic_source(self, source: TrafficSource) -> None:
        """Replace a traffic source. Raises: NotFound. NameTaken: another one has that `external_id`."""

    def add_contact_field(self, field: ContactField) -> None:
        """Store a contact field. Raises: NotFound: no such offer. NameTaken: the offer has a field of that key."""

    def save_contact_field(self, field: ContactField) -> None:
        """Replace the field of that offer and key. Raises: NotFound."""

    def remove_contact_field(self, offer_id: OfferId, key: str) -> None:
        """Forget a contact field. Raises: NotFound."""

    def add_suppression_list(self, *, name: str, offer_id: OfferId | None = None) -> SuppressionList:
        """Store a list under the number after the greatest that is in use, the first being 1.

        Raises: NotFound: no such offer.
        """

    def save_suppression_list(self, suppression_list: SuppressionList) -> None:
        """Replace a list; its entries stay. Raises: NotFound."""

    def remove_suppression_list(self, list_id: SuppressionListId) -> None:
        """Forget a list with its entries. Raises: NotFound."""

    def add_lead_token(self, credential: LeadTokenCredential) -> None:
        """Store a lead token; from the commit on it is found by its look-up."""

    def lead_tokens_of(self, owner: OwnerRef) -> Sequence[LeadTokenCredential]:
        """Return the owner's lead tokens that are not revoked, oldest first."""

    def all_lead_tokens(self) -> Sequence[LeadTokenCredential]:
        """Return the company's lead tokens, revoked and expired ones included, oldest first."""

    def find_lead_token(self, lead_token_id: LeadTokenId) -> LeadTokenCredential | None:
        """Return that lead token, revoked or not, or None."""

    def save_lead_token(self, credential: LeadTokenCredential) -> None:
        """Replace a lead token; under another look-up, the one before finds it no more. Raises: NotFound."""

    def revoke_lead_token(self, lead_token_id: LeadTokenId, *, at: datetime) -> None:
        """End a lead token for good; revoking it again changes nothing. Raises: NotFound."""

    def add_api_key(self, key: ApiKey) -> None:
        """Store an API key."""

    def api_keys(self) -> Sequence[ApiKey]:
        """Return the company's API keys that are not revoked, oldest first."""

    def all_api_keys(self) -> Sequence[ApiKey]:
        """Return the company's API keys, revoked ones included, oldest first."""

    def revoke_api_key(self, api_key_id: ApiKeyId, *, at: datetime) -> None:
        """End an API key for good; revoking it again changes nothing. Raises: NotFound."""

    def add_user(self, user: User) -> None:
        """Store a user. Raises: NameTaken: somebody signs in with that address already."""

    def users(self) -> Sequence[User]:
        """Return the company's users, oldest first."""

    def find_user(self, user_id: UserId) -> User | None:
        """Return that user, or None."""

    def save_user(self, user: User) -> None:
        """Replace a user; the address that they sign in with stays. Raises: NotFound."""

    def note_sign_in(self, user_id: UserId, *, at: datetime) -> None:
        """Note when a user signed in; it is no change of the set-up. Raises: NotFound."""

    def find_posting_page(self, owner: OwnerRef) -> PostingPage | None:
        """Return the owner's posting page, None while it is switched off."""

    def switch_posting_page_on(self, page: PostingPage) -> None:
        """Publish an owner's posting page, in the place of the one it had if any."""

    def switch_posting_page_off(self, owner: OwnerRef) -> None:
        """Publish an owner's posting page no more; one that is off stays off."""
