"""Replaying many submissions from a page: what is meant, how far it has come, and what became of them so far.

All of it travels in the form that asks for the next part, so that any process can go on, and a reload does no harm:
what was taken is never taken again. Whoever changes the numbers deceives nobody but themselves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from leadintake.domain.errors import InvalidParameter
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.submission import SubmissionId
from leadintake.domain.use_cases.replay_submissions import ReplaySubmissions
from leadintake.entrypoints.schemas.company.replays import summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

    from leadintake.domain.use_cases.read_submissions import ListSubmissions
    from leadintake.domain.use_cases.replay_submissions import ReplayedSubmissions
    from leadintake.domain.user import UserId

FILTERS: Final = ("code", "owner", "lead_token_id", "from", "to")
A_PART: Final = 100
"""So many are judged for one request: the bar moves, and nobody waits for long meanwhile."""
_CODE: Final = "code."
_MOST_CODES: Final = 100
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far it has come.

    Shape: `total` is about how many there are, 0 when nobody counts that far, None before the first part. Only what was
    received before `started_at` is meant: what is refused meanwhile is not.
    """

    is_dry_run: bool
    filters: Mapping[str, str]
    started_at: datetime
    after: SubmissionId | None = None
    is_done: bool = False
    total: int | None = None
    taken: int = 0
    unchanged: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        """Return how many still fail."""
        return self.codes.total()

    @property
    def looked_at(self) -> int:
        """Return how many have been judged so far."""
        return self.taken + self.unchanged + self.refused

    @classmethod
    def read(cls, form: MultiDict[str, str], *, now: datetime) -> Tally:
        """Read how far it has come; a form that says nothing of it begins. Raises: InvalidParameter."""
        try:
            started = form.get("started_at")
            after = form.get("after")
            return cls(
                is_dry_run=form.get("really") != "yes",
                filters={name: text for name in FILTERS if (text := form.get(name, "").strip())},
                started_at=min(datetime.fromisoformat(started).astimezone(UTC), now) if started else now,
                after=SubmissionId(UUID(after)) if after else None,
                total=_number(form["total"]) if "total" in form else None,
                taken=_number(form.get("taken", "0")),
                unchanged=_number(form.get("unchanged", "0")),
                codes=Counter(
                    {
                        name.removeprefix(_CODE): _number(text)
                        for name, text in [*form.items()][:_MOST_CODES]
                        if name.startswith(_CODE)
                    }
                ),
            )
        except (ValueError, OverflowError) as error:
            raise InvalidParameter("This form cannot be read; begin again from the list.") from error

    def command(self, wanted: ListSubmissions, user_id: UserId) -> ReplaySubmissions:
        """Return the command for the next part, on the word of that user."""
        until = min(filter(None, (wanted.received_to, self.started_at)))
        return ReplaySubmissions(
            company_id=wanted.company_id,
            wanted=SubmissionFilter(
                code=wanted.code,
                owner=wanted.owner,
                lead_token_id=wanted.lead_token_id,
                received_from=wanted.received_from,
                received_to=until,
            ),
            after=self.after,
            limit=A_PART,
            is_dry_run=self.is_dry_run,
            user_id=user_id,
        )

    def add(self, found: ReplayedSubmissions, *, total: int) -> Tally:
        """Return the tally with another part of them."""
        told = summary(found.replayed, is_dry_run=self.is_dry_run)
        return replace(
            self,
            total=total,
            taken=self.taken + told["taken"],
            unchanged=self.unchanged + told["unchanged"],
            codes=self.codes + Counter(told["codes"]),
            after=found.next,
            is_done=found.next is None,
        )

    def fields(self) -> dict[str, str]:
        """Return what the form for the next part holds."""
        return {
            **self.filters,
            "really": "no" if self.is_dry_run else "yes",
            "started_at": self.started_at.isoformat(),
            "after": str(self.after),
            "total": str(self.total),
            "taken": str(self.taken),
            "unchanged": str(self.unchanged),
            **{f"{_CODE}{code}": str(count) for code, count in self.codes.items()},
        }


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValueError(text)
    return int(text)
