"""Inspect what is stored: is there a company, do its lead tokens open, is the clock behind its records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leadintake.domain.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadintake.domain.company import Company
    from leadintake.domain.credential import LeadTokenCredential
    from leadintake.domain.minting import Mint
    from leadintake.domain.ports import Clock, Installation, UnitOfWorkFactory

_WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
_TOLERATED = timedelta(minutes=1)
_MOST_NAMED = 5


def inspect_records(
    *,
    installation: Installation,
    reading: UnitOfWorkFactory,
    mint: Mint,
    clock: Clock,
    cannot_open: type[Exception],
) -> Sequence[Finding]:
    """Look at the records of every company; the store must be reachable and its schema current.

    Args:
        installation: Where the companies are.
        reading: Units that only read.
        mint: What opens lead tokens.
        clock: The machine's.
        cannot_open: What the keyring raises for a lead token that was sealed under another secret key.

    Raises: Unavailable: the store went away.
    """
    companies = installation.companies()
    newest: datetime | None = None
    closed: list[Company] = []
    count = 0
    for company in companies:
        with reading(company.id) as uow:
            # One owner stands for all of a company: its lead tokens were sealed under the same secret key.
            owners = sorted({grant.owner for grant in uow.directory.current().lead_tokens.values()})[:1]
            credentials = [token for owner in owners for token in uow.directory.lead_tokens_of(owner)]
            received = [submission.receipt.received_at for submission in uow.submissions.newest(limit=1)]
        count += len(credentials)
        newest = max((at for at in (newest, *received) if at is not None), default=None)
        if not _open(credentials, mint, cannot_open):
            closed.append(company)
    return (
        *installation.inspect_separation(),
        _companies(companies),
        _lead_tokens(closed, count=count),
        _clock(clock(), newest),
    )


def _open(credentials: Iterable[LeadTokenCredential], mint: Mint, cannot_open: type[Exception]) -> bool:
    try:
        for credential in credentials:
            mint.reveal(credential)
    except cannot_open:
        return False
    return True


def _companies(companies: Sequence[Company]) -> Finding:
    if companies:
        return Finding("companies", is_fine=True, detail=f"{len(companies)} there")
    return Finding("companies", is_fine=False, detail="there is no company yet", mend="run: leadintake init")


def _lead_tokens(closed: Sequence[Company], *, count: int) -> Finding:
    if not closed:
        return Finding("lead_tokens_open", is_fine=True, detail=f"{count} tried, with the secret key in use")
    named = ", ".join(str(company.id) for company in closed[:_MOST_NAMED])
    return Finding(
        "lead_tokens_open",
        is_fine=False,
        detail=f"lead tokens and API keys were made with another secret key (company {named})",
        mend="put that one back (LEADINTAKE_SECRET_KEY, or the file secret_key in the data folder): with this one none "
        "of them works",
    )


def _clock(now: datetime, newest: datetime | None) -> Finding:
    """Say whether the clock can be right: not before this was written, nor before what is stored."""
    mend = "set the machine's clock: leads would expire and be called at the wrong time"
    if now < _WRITTEN_AT:
        return Finding("clock", is_fine=False, detail=f"the clock says {now:%Y-%m-%d}", mend=mend)
    if newest is not None and newest > now + _TOLERATED:
        behind = f"the clock says {now:%Y-%m-%d %H:%M}, the newest submission came at {newest:%Y-%m-%d %H:%M} UTC"
        return Finding("clock", is_fine=False, detail=behind, mend=mend)
    return Finding("clock", is_fine=True, detail=f"{now:%Y-%m-%d %H:%M:%S} UTC")
