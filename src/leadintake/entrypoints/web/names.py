"""What things are called on the pages: owners, traffic sources, lead tokens, and who did something."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.credential import LeadTokenId
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens
from leadintake.domain.use_cases.paging import Window
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.web.signed_in import company

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.credential import LeadTokenCredential
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Owner

_ALL: Final = 1_000_000
_BY: Final[Mapping[str, str]] = {
    "lead_token": "by a lead token",
    "api_key": "with an API key",
    "command_line": "at the command line",
    "pages": "on these pages",
}


class Names:
    """The names of one company's things, as of this request; what a page does not ask for is not read."""

    @cached_property
    def directory(self) -> Directory:
        """Return what the company has set up."""
        return services().read_directory(company())

    def owner(self, ref: OwnerRef | None) -> str:
        """Return what an owner is called."""
        if ref is None:
            return "–"
        owner = self.directory.owner(ref)
        return f"{ref.kind} {ref.id}" if owner is None else owner.name

    def owner_in(self, details: Mapping[str, Any]) -> str | None:
        """Return what the owner is called that an event names, None if it names none."""
        match details.get("owner"):
            case {"kind": str(kind), "id": int(number)}:
                return self.owner(OwnerRef(OwnerKind(kind), number))
            case _:
                return None

    def source(self, number: int | None) -> str | None:
        """Return what a traffic source is called, with its number."""
        if number is None:
            return None
        source = self.directory.traffic_sources.get(TrafficSourceId(number))
        return str(number) if source is None else f"{source.name} ({number})"

    @property
    def owners(self) -> list[tuple[str, str]]:
        """Return the choices of an owner: ``schedule:1`` and what it is called."""
        directory = self.directory
        found: list[Owner] = [*directory.schedules.values(), *directory.offers.values()]
        return [(f"{each.ref.kind}:{each.ref.id}", f"{each.name} ({each.ref.kind})") for each in found]

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Return the choices of a traffic source."""
        return [(str(each.id), f"{each.name} ({each.id})") for each in self.directory.traffic_sources.values()]

    @property
    def tokens(self) -> list[tuple[str, str]]:
        """Return the choices of a lead token."""
        return [(str(token_id), self.token(token_id)) for token_id in self._tokens]

    def token(self, token_id: LeadTokenId | None) -> str:
        """Return what a lead token is called: its label and its owner, or its owner and when it was made."""
        found = None if token_id is None else self._tokens.get(token_id)
        if found is None:
            return "a lead token that is no longer there"
        owner = self.owner(found.owner)
        return f"{found.label} ({owner})" if found.label else f"{owner}, made on {found.created_at:%Y-%m-%d}"

    def by(self, details: Mapping[str, Any]) -> str | None:
        """Return by whom, or which way, something came about, as far as the details say; None when they say nothing."""
        came_by = details.get("came_by")
        if user_id := details.get("user_id"):
            return f"by {self._users.get(str(user_id), 'a user who is no longer there')}"
        if key_id := details.get("api_key_id"):
            return f"with the API key {self.key(str(key_id))}"
        if (token_id := details.get("lead_token_id")) is not None:
            return f"by the lead token {self.token(LeadTokenId(UUID(str(token_id))))}"
        return _BY.get(str(came_by)) if came_by else None

    def key(self, key_id: str) -> str:
        """Return what an API key is called: its label, or its public half."""
        return self._keys.get(key_id, "that is no longer there")

    @cached_property
    def _tokens(self) -> dict[LeadTokenId, LeadTokenCredential]:
        found = services().list_lead_tokens(company(), ListLeadTokens(per_page=_ALL)).items
        return {each.credential.id: each.credential for each in found}

    @cached_property
    def _users(self) -> dict[str, str]:
        return {str(each.id): each.email for each in services().list_users(company(), Window(per_page=_ALL)).items}

    @cached_property
    def _keys(self) -> dict[str, str]:
        found = services().list_api_keys(company(), Window(per_page=_ALL)).items
        return {str(each.key.id): each.key.label or str(each.key.public) for each in found}
