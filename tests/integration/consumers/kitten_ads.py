"""The client library of an imaginary publisher, who sends the leads of their landing pages to a leadintake.

It stands for everybody's: nothing here knows how leadintake is made, only what its documents say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEMPORARY = frozenset({429, 503})


class LeadRefused(Exception):
    """The platform does not take the lead; sending it again would change nothing."""

    def __init__(self, code: str, errors: Mapping[str, list[str]]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


class TryAgainLater(Exception):
    """The platform cannot say now; `seconds` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What the platform did with a lead."""

    lead_id: str | None
    outcome: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KittenAds:
    """Sends leads of one campaign."""

    url: str
    lead_token: str = field(repr=False)
    source: int | None = None
    new_key: Callable[[], str] = lambda: str(uuid4())

    def send(self, caller_id: str, *, page: str = "", key: str | None = None, **answers: Any) -> Sent:  # noqa: ANN401
        """Send what somebody has filled in; sending it again with the same key sends it once.

        Raises: LeadRefused. TryAgainLater.
        """
        lead = {"caller_id": caller_id, "traffic_source_id": self.source, "sub_id": page, "data": answers}
        answer = self._post("/api/v1/leads", lead, {"Idempotency-Key": key or self.new_key()})
        return Sent(
            lead_id=answer["lead_id"],
            outcome=answer["outcome"],
            warnings=tuple(warning["code"] for warning in answer["warnings"]),
        )

    def stop_calling(self, caller_id: str) -> None:
        """Pass on that somebody wants to be left alone. Raises: LeadRefused. TryAgainLater."""
        self._post("/api/v1/leads/caller_opt_out", {"caller_id": caller_id}, {})

    def take_back(self, caller_id: str) -> str:
        """Take a lead out that was sent by mistake, and return what was done. Raises: LeadRefused. TryAgainLater."""
        return str(self._post("/api/v1/leads/caller_remove", {"caller_id": caller_id}, {})["outcome"])

    def _post(self, path: str, fields: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        every = {"Content-Type": "application/json", "X-Lead-Token": self.lead_token, **headers}
        request = Request(self.url + path, json.dumps(fields).encode(), every)  # noqa: S310  the platform's
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310  likewise
                document: dict[str, Any] = json.load(answer)
        except HTTPError as error:
            with error:
                problem = json.load(error)
            if error.code in TEMPORARY:
                raise TryAgainLater(int(error.headers.get("Retry-After", "1"))) from error
            raise LeadRefused(problem["code"], problem["errors"]) from error
        return document
