"""Posting pages: instructions for senders that anybody may read, without a credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.owner import OwnerRef

PostingPageId = NewType("PostingPageId", str)

RANDOM_BYTES: Final = 16
"""What makes the address of a posting page one that nobody comes upon by guessing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingPage:
    """An owner's public page while it is switched on; switched on again, it has another address."""

    id: PostingPageId
    company_id: CompanyId
    owner: OwnerRef
    switched_on_at: datetime
