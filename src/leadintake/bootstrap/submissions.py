"""The ledger of submissions, replays, and samples of what belonged to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from leadintake.domain.use_cases.prune_submissions import Retention, prune_submissions
from leadintake.domain.use_cases.read_submissions import (
    ListedSubmissions,
    ListSubmissions,
    SubmissionRecord,
    count_codes,
    follow_submissions,
    list_replays,
    list_submissions,
    read_submission,
)
from leadintake.domain.use_cases.replay_submissions import (
    ReadKept,
    Replayed,
    ReplayedSubmissions,
    ReplaySubmissions,
    replay_submissions,
)
from leadintake.domain.use_cases.replay_unclaimed import (
    ReplayUnclaimed,
    list_unclaimed,
    read_unclaimed,
    replay_unclaimed,
)
from leadintake.domain.use_cases.watch_intake import WatchedIntake, WatchIntake, watch_intake

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.company import CompanyId
    from leadintake.domain.submission import KeptClass, Replay, Submission, SubmissionId, UnclaimedSubmission


class FollowSubmissions(Protocol):
    """`follow_submissions` with its ports bound."""

    def __call__(self, command: ListSubmissions, *, since: SubmissionId | None) -> Sequence[Submission]:
        """Return what has come since."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SubmissionServices:
    """What is done with what came in and was kept."""

    list_submissions: Callable[[ListSubmissions], ListedSubmissions]
    count_codes: Callable[[ListSubmissions], Mapping[str, int]]
    list_replays: Callable[[CompanyId, Collection[SubmissionId]], Mapping[SubmissionId, Sequence[Replay]]]
    follow_submissions: FollowSubmissions
    read_submission: Callable[[CompanyId, SubmissionId], SubmissionRecord]
    replay_submissions: Callable[[ReplaySubmissions, ReadKept], ReplayedSubmissions]
    prune_submissions: Callable[[], Mapping[KeptClass, int]]
    count_outlived_submissions: Callable[[], Mapping[KeptClass, int]]
    watch_intake: Callable[[WatchIntake, ReadKept], WatchedIntake]
    list_unclaimed: Callable[[], Sequence[UnclaimedSubmission]]
    read_unclaimed: Callable[[SubmissionId], UnclaimedSubmission]
    replay_unclaimed: Callable[[ReplayUnclaimed, ReadKept], Replayed]


def wire_submissions(ports: Ports, *, retention: Retention) -> SubmissionServices:
    """Bind what is done with submissions to these ports."""
    prune = partial(
        prune_submissions,
        retention=retention,
        installation=ports.installation,
        reading=ports.reading,
        unit_of_work=ports.unit_of_work,
        clock=ports.clock,
    )
    return SubmissionServices(
        list_submissions=partial(list_submissions, reading=ports.reading),
        count_codes=partial(count_codes, reading=ports.reading),
        list_replays=partial(list_replays, reading=ports.reading),
        follow_submissions=partial(follow_submissions, reading=ports.reading),
        read_submission=partial(read_submission, reading=ports.reading),
        replay_submissions=partial(
            replay_submissions,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            keyring=ports.keyring,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
        prune_submissions=prune,
        count_outlived_submissions=partial(prune, is_dry_run=True),
        watch_intake=partial(watch_intake, reading=ports.reading),
        list_unclaimed=partial(list_unclaimed, installation=ports.installation),
        read_unclaimed=partial(read_unclaimed, installation=ports.installation),
        replay_unclaimed=partial(
            replay_unclaimed,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            keyring=ports.keyring,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
    )
