"""Counting: what a verdict adds to the roll-ups.

A submission counts once, in the quarter of an hour in which it was received: under its owner, the source and the sub id
that it named as far as the company knows them, and the country of its caller. The lead that it began counts there too.
Tests, repeats that were answered with the first answer, and operations on callers do not count. A replay that takes
a refused submission takes it out of the refused ones, and counts its lead where the submission was counted in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.claims import Claim, attribution_of, caller_of
from leadintake.domain.errors import DuplicateLead
from leadintake.domain.phone import country_of
from leadintake.domain.rollup import CountedAs, Measures, RollupDelta, RollupKey, summed
from leadintake.domain.submission import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leadintake.domain.decision import Decision
    from leadintake.domain.directory import Directory
    from leadintake.domain.errors import Refusal
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.submission import Replay, Submission

_TAKEN: Final = Measures(submissions=1)
_BEGUN: Final = Measures(submissions=1, leads=1)
_REFUSED: Final = Measures(submissions=1, refused=1)
_DUPLICATE: Final = Measures(submissions=1, refused=1, duplicates=1)
_LEAD: Final = Measures(leads=1)
_NO_LONGER_REFUSED: Final = Measures(refused=-1)
_NO_LONGER_DUPLICATE: Final = Measures(refused=-1, duplicates=-1)


def counted_as(decision: Decision, claim: Claim | Refusal, directory: Directory) -> CountedAs | None:
    """Return what the submission is counted under, None for one that does not count."""
    if decision.command.test or decision.outcome is Outcome.REPLAYED:
        return None
    if isinstance(claim, Claim):
        return CountedAs(claim.attribution, country_of(claim.caller))
    caller = caller_of(decision.command, directory)
    return CountedAs(attribution_of(decision.command, directory), None if caller is None else country_of(caller))


def counted(submissions: Iterable[Submission]) -> Sequence[RollupDelta]:
    """Return what these submissions add."""
    return summed(
        RollupDelta(_key(each, each.owner, each.counted_as), _measures(each))
        for each in submissions
        if each.counted_as is not None
    )


def counted_anew(replayed: Iterable[tuple[Submission, Replay]]) -> Sequence[RollupDelta]:
    """Return what these replays change."""
    return summed(delta for submission, replay in replayed for delta in _of_replay(submission, replay))


def _measures(submission: Submission) -> Measures:
    if submission.outcome is Outcome.CREATED:
        return _BEGUN
    if submission.outcome is not Outcome.REFUSED:
        return _TAKEN
    return _DUPLICATE if submission.code == DuplicateLead.code else _REFUSED


def _of_replay(submission: Submission, replay: Replay) -> Iterator[RollupDelta]:
    if replay.is_done and submission.counted_as is not None:
        was_duplicate = submission.code == DuplicateLead.code
        difference = _NO_LONGER_DUPLICATE if was_duplicate else _NO_LONGER_REFUSED
        yield RollupDelta(_key(submission, submission.owner, submission.counted_as), difference)
    if replay.counted_as is not None:
        yield RollupDelta(_key(submission, replay.owner, replay.counted_as), _LEAD)


def _key(submission: Submission, owner: OwnerRef | None, counted_as: CountedAs) -> RollupKey:
    attribution, country = counted_as
    return RollupKey.of(submission.receipt.received_at, owner=owner, attribution=attribution, country=country)
