"""The ledger of submissions with their verdicts, and their replays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.credential import ApiKeyId, LeadTokenId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.submission import KeptClass, Outcome, Replay, Submission, SubmissionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionFilter:
    """Which submissions to list; None leaves a column open.

    Shape: `received_from` is inclusive, `received_to` is not. `after` is the last submission of the page before: only
    what comes after it in the list is found. `lead_ids` finds those that touched any of these leads. `accepted` tells
    those that were refused from all others.
    """

    outcome: Outcome | None = None
    code: str | None = None
    owner: OwnerRef | None = None
    lead_ids: frozenset[LeadId] | None = None
    lead_token_id: LeadTokenId | None = None
    api_key_id: ApiKeyId | None = None
    route: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    accepted: bool | None = None
    after: SubmissionId | None = None


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """One page of submissions, newest first, and how many match in all, those before `after` included.

    Shape: nobody counts on beyond `MOST_COUNTED`; with more than those `total_count` is that. Where not all were looked
    at, it counts those that were, and `until` is the last of them; None when nothing is left to look at.
    """

    submissions: Sequence[Submission]
    total_count: int
    until: SubmissionId | None = None


MOST_COUNTED: Final = 10_000
"""How far the submissions of a list are counted: the whole of a long ledger would be read for each page."""


@dataclass(frozen=True, slots=True)
class SubmissionScan:
    """Some of the submissions that were looked at; `last` was the last of all of these, None when there was none."""

    submissions: Sequence[Submission]
    looked_at: int
    last: SubmissionId | None


class SubmissionLedger(Protocol):
    """Every submission to the company with its verdict."""

    def append_all(self, submissions: Collection[Submission]) -> None:
        """Keep these submissions, in this order."""

    def newest(self, *, limit: int) -> Sequence[Submission]:
        """Return the latest submissions, newest first."""

    def find(self, submission_id: SubmissionId) -> Submission | None:
        """Return that submission, or None."""

    def search(self, wanted: SubmissionFilter, *, offset: int, limit: int, among: int | None = None) -> SubmissionPage:
        """Return the submissions that match, newest first: in the order of their identifiers, which count up.

        Args:
            wanted: Which.
            offset: How many of them to leave out.
            limit: How many to return.
            among: Look only at so many submissions of that time behind `wanted.after`, refused ones if only these are
                wanted. None looks at all.
        """

    def count_codes(self, wanted: SubmissionFilter, *, among: int) -> Mapping[str, int]:
        """Count the refused submissions by their codes, looking at so many as `search` does.

        Shape: `wanted.code` and `wanted.after` are not looked at.
        """

    def following(self, wanted: SubmissionFilter, *, after: SubmissionId | None, limit: int) -> Sequence[Submission]:
        """Return the submissions that match and have a later identifier than `after`, oldest first.

        Shape: None for `after` begins with the oldest; `wanted.after` is not looked at.
        """

    def find_all(self, submission_ids: Collection[SubmissionId]) -> Sequence[Submission]:
        """Return those of these submissions that exist, oldest first."""

    def empty(self, submission_ids: Collection[SubmissionId]) -> None:
        """Forget what these requests and their replays held, and where they came from; the verdicts stay."""

    def add_replays(self, replays: Collection[Replay]) -> None:
        """Keep what became of submissions that were judged again.

        Raises, here or at the commit: StaleWrite: one of the submissions has been taken by another replay already.
        """

    def replays_of(self, submission_ids: Collection[SubmissionId]) -> Mapping[SubmissionId, Sequence[Replay]]:
        """Return the replays of those of these submissions that have any, oldest first."""

    def emptied_to(self, kept_class: KeptClass) -> SubmissionId | None:
        """Return up to which submission, in the order of their identifiers, that class has been emptied; or None."""

    def mark_emptied(self, kept_class: KeptClass, submission_id: SubmissionId) -> None:
        """Note up to which submission that class has been emptied."""

    def reconsider(self, submission_id: SubmissionId) -> None:
        """Take every such note back to before that submission: it came into the ledger later than its time."""

    def count(self) -> int:
        """Return how many submissions there are."""

    def look_through(
        self, digests: Collection[bytes], lead_ids: Collection[LeadId], *, after: SubmissionId | None, limit: int
    ) -> SubmissionScan:
        """Look at the next submissions after that one, oldest first.

        Returns: Those among them that may be about these callers: by their digest, by their lead, or because nobody
            could read whom they are about.
        """

    def erase(self, submission_ids: Collection[SubmissionId]) -> int:
        """Blank what was sent, from where, and what was said of it; return how many there were.

        Their replays are blanked too. The verdicts stay.
        """

    def replays_about(self, digests: Collection[bytes], lead_ids: Collection[LeadId]) -> Sequence[Replay]:
        """Return the replays that may be about these callers, oldest first.

        Shape: by their digest, by their lead, or because of edits in which nobody could read whom they are about.
        """
