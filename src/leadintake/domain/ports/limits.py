"""Who may ask how often, and the daily caps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from datetime import date

    from leadintake.domain.budget import Budget, Standing
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.quota import Quota

Client: TypeAlias = Callable[[], str | None]
"""The address that a request comes from, None when it has none; asked only when somebody counts addresses."""


class RequestCounter(Protocol):
    """Who has asked how often within the last minute, as far as this process knows."""

    @property
    def is_idle(self) -> bool:
        """Say whether nobody is counted at all; costs next to nothing."""

    def stand(self, budget: Budget) -> Standing:
        """Say how the budget stands for one more request, without counting it."""

    def take(self, budgets: Sequence[Budget]) -> Sequence[Standing]:
        """Count a request in each of these budgets, or in none if one of them is used up, and say how they stand."""


class GuessingBrake(Protocol):
    """Slows down whoever tries out credentials."""

    def admit(self, lookup: bytes, client: Client) -> None:
        """Let a credential be looked up, unless its client has failed too often and it is not known to be good.

        Raises: TooManyRequests.
        """

    def note_good(self, lookup: bytes) -> None:
        """Remember that the credential is good."""

    def note_failed(self, lookup: bytes, client: Client) -> None:
        """Count a credential that is not good against its client."""


class SignInBrake(Protocol):
    """Slows down whoever tries out passwords, the longer the more often."""

    def admit(self, email: str, client: Client) -> None:
        """Let a password be looked at, and count it as a failure until it is known to be good.

        Raises: TooManySignIns: too many have failed for that address, or from that client; it says how long to wait.
        """

    def note_good(self, email: str, client: Client) -> None:
        """Forget what was counted, and know the client as one from which that user signs in."""


class QuotaRepository(Protocol):
    """How much of the daily caps is leased out."""

    def claim(self, lead_token_id: LeadTokenId, day: date) -> int:
        """Return how much of that day's cap is leased out, and hold that until the unit ends; 0 where none was.

        Raises: Unavailable: somebody else held it for too long.
        """

    def save(self, lead_token_id: LeadTokenId, day: date, *, leased: int) -> None:
        """Replace what was claimed."""

    def forget(self, lead_token_id: LeadTokenId, *, before: date) -> None:
        """Forget the lead token's earlier days."""


class Quotas(Protocol):
    """The daily caps, shared out so that all processes together never exceed one."""

    def take(self, quota: Quota) -> bool:
        """Take one out of the quota; False when it is used up.

        Raises: Unavailable: that cannot be said just now.
        """

    def give_back(self, quota: Quota) -> None:
        """Give one back that was taken and not used."""
