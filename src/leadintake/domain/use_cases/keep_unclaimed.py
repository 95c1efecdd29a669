"""Keep a sample of what could not be filed under any company."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadintake.domain.ports import Installation
    from leadintake.domain.submission import UnclaimedSubmission

MOST_UNCLAIMED = 1_000


def keep_unclaimed(submission: UnclaimedSubmission, *, installation: Installation) -> None:
    """Keep the sample; the oldest gives way once there are enough. Source: specification, section 11."""
    installation.keep_unclaimed(submission, most=MOST_UNCLAIMED)
