"""Look after the lead tokens of a company: make, restrict, rotate, revoke and review them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypedDict

from leadintake.domain.errors import InvalidParameter, LeadTokenEnded, NotFound
from leadintake.domain.token_rules import UNRESTRICTED, TokenKind
from leadintake.domain.use_cases.paging import Page, Window, page_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from leadintake.domain.alarm import Alarm
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenCredential, LeadTokenId, LeadTokenSecret
    from leadintake.domain.directory import Directory
    from leadintake.domain.minting import Mint
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.token_rules import TokenRules

MOST_LABEL_CHARS: Final = 100


class TokenStatus(StrEnum):
    """Whether a lead token works; one that is ending does so until it expires."""

    ACTIVE = "active"
    ENDING = "ending"
    EXPIRED = "expired"
    REVOKED = "revoked"


class LeadTokenData(TypedDict, total=False):
    """What is said about a lead token: only what is there is set; `rules` holds single rules by their names."""

    label: str
    kind: TokenKind
    rules: Mapping[str, Any]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTokenRecord:
    """A lead token as its company sees it; its text is None unless it was asked for.

    Shape: `alarms` are the latest first.
    """

    credential: LeadTokenCredential
    status: TokenStatus
    last_used_at: datetime | None = None
    alarms: Sequence[Alarm] = ()
    lead_token: LeadTokenSecret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLeadTokens(Window):
    """A page of a company's lead tokens; None leaves a column open."""

    owner: OwnerRef | None = None
    status: TokenStatus | None = None


@dataclass(frozen=True, slots=True)
class RotatedLeadToken:
    """A lead token that has a successor, and the successor with its text."""

    ending: LeadTokenRecord
    successor: LeadTokenRecord


def list_lead_tokens(
    company_id: CompanyId, wanted: ListLeadTokens, *, reading: UnitOfWorkFactory, clock: Clock
) -> Page[LeadTokenRecord]:
    """Return that page of the company's lead tokens, revoked and expired ones included, oldest first."""
    now = clock()
    with reading(company_id) as uow:
        tokens = [each for each in uow.directory.all_lead_tokens() if wanted.owner in {None, each.owner}]
        found = [each for each in tokens if wanted.status in {None, status_of(each, at=now)}]
        page = page_of(found, wanted)
        records = _records(uow, page.items, at=now)
    return Page(records, page.total_count)


def read_lead_token(
    company_id: CompanyId, lead_token_id: LeadTokenId, *, reading: UnitOfWorkFactory, clock: Clock
) -> LeadTokenRecord:
    """Return one lead token without its text. Raises: NotFound: the company has none of that id."""
    with reading(company_id) as uow:
        [record] = _records(uow, [_found(uow, lead_token_id)], at=clock())
    return record


def reveal_lead_token(
    company_id: CompanyId, lead_token_id: LeadTokenId, *, reading: UnitOfWorkFactory, clock: Clock, mint: Mint
) -> LeadTokenRecord:
    """Return one lead token with its text.

    Raises: NotFound: the company has none of that id. LeadTokenEnded: it works no more, so there is no use for it.
    """
    record = read_lead_token(company_id, lead_token_id, reading=reading, clock=clock)
    if record.status not in _WORKING:
        raise LeadTokenEnded
    return replace(record, lead_token=mint.reveal(record.credential))


def add_lead_token(
    company_id: CompanyId, owner: OwnerRef, data: LeadTokenData, *, unit_of_work: UnitOfWorkFactory, mint: Mint
) -> LeadTokenRecord:
    """Make a further lead token for a schedule or an offer, and return it with its text.

    Raises: InvalidParameter: no such owner or source, a publishable token without an origin, or an end that is over.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        directory = uow.directory.current()
        if directory.owner(owner) is None:
            raise InvalidParameter(errors={f"{owner.kind}_id": [f"is no {owner.kind} of this company"]})
        credential = mint.lead_token(
            company_id,
            owner,
            label=data.get("label", ""),
            kind=data.get("kind", TokenKind.SECRET),
            rules=replace(UNRESTRICTED, **data.get("rules", {})),
            expires_at=data.get("expires_at"),
        )
        _check(credential, directory, at=credential.created_at)
        uow.directory.add_lead_token(credential)
        uow.commit()
    return _with_text(credential, mint)


def change_lead_token(
    company_id: CompanyId,
    lead_token_id: LeadTokenId,
    data: LeadTokenData,
    *,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> LeadTokenRecord:
    """Change what is given of a lead token; it holds from the next transaction on, on every machine.

    Raises: NotFound: the company has none of that id. LeadTokenEnded: it works no more. InvalidParameter: as in
        `add_lead_token`.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        now = clock()
        before = _working(uow, lead_token_id, at=now)
        changed = replace(
            before,
            label=data.get("label", before.label),
            rules=replace(before.rules, **data.get("rules", {})),
            expires_at=data.get("expires_at", before.expires_at),
        )
        _check(changed, uow.directory.current(), at=now)
        uow.directory.save_lead_token(changed)
        [record] = _records(uow, [changed], at=now)
        uow.commit()
    return record


def rotate_lead_token(
    company_id: CompanyId,
    lead_token_id: LeadTokenId,
    *,
    grace: timedelta,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    mint: Mint,
) -> RotatedLeadToken:
    """Put a new lead token of the same label, kind, rules and end in the place of another.

    Args:
        company_id: Whose.
        lead_token_id: Which.
        grace: How long both work; zero ends the old one at once.
        unit_of_work: Units that may write.
        clock: Now.
        mint: Where the successor comes from.

    Raises: NotFound: the company has none of that id. LeadTokenEnded: it works no more, or has a successor already.
    """
    with unit_of_work(company_id) as uow:
        # Held, so that of two who rotate the same token one is told that it is done.
        uow.directory.hold()
        now = clock()
        before = _working(uow, lead_token_id, at=now)
        if before.successor_id is not None:
            raise LeadTokenEnded
        successor = mint.lead_token(
            company_id,
            before.owner,
            label=before.label,
            kind=before.kind,
            rules=before.rules,
            expires_at=before.expires_at,
        )
        ending = replace(before, successor_id=successor.id)
        if grace:
            ends_at = now + grace
            ending = replace(ending, expires_at=min(ends_at, before.expires_at or ends_at))
        else:
            ending = replace(ending, revoked_at=now)
        uow.directory.add_lead_token(successor)
        uow.directory.save_lead_token(ending)
        [record] = _records(uow, [ending], at=now)
        uow.commit()
    return RotatedLeadToken(record, _with_text(successor, mint))


def revoke_lead_token(
    company_id: CompanyId, lead_token_id: LeadTokenId, *, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> LeadTokenRecord:
    """End a lead token for good, from the next transaction on; revoking it again changes nothing.

    Raises: NotFound: the company has none of that id.
    """
    with unit_of_work(company_id) as uow:
        now = clock()
        uow.directory.revoke_lead_token(lead_token_id, at=now)
        [record] = _records(uow, [_found(uow, lead_token_id)], at=now)
        uow.commit()
    return record


def status_of(credential: LeadTokenCredential, *, at: datetime) -> TokenStatus:
    """Return whether a lead token works at that moment."""
    if credential.revoked_at is not None:
        return TokenStatus.REVOKED
    if credential.expires_at is None:
        return TokenStatus.ACTIVE
    return TokenStatus.ENDING if at < credential.expires_at else TokenStatus.EXPIRED


_WORKING: Final = frozenset({TokenStatus.ACTIVE, TokenStatus.ENDING})


def _found(uow: UnitOfWork, lead_token_id: LeadTokenId) -> LeadTokenCredential:
    found = uow.directory.find_lead_token(lead_token_id)
    if found is None:
        raise NotFound
    return found


def _working(uow: UnitOfWork, lead_token_id: LeadTokenId, *, at: datetime) -> LeadTokenCredential:
    found = _found(uow, lead_token_id)
    if not found.is_alive(at=at):
        raise LeadTokenEnded
    return found


def _records(uow: UnitOfWork, tokens: Sequence[LeadTokenCredential], *, at: datetime) -> list[LeadTokenRecord]:
    if not tokens:
        return []
    uses = uow.credentials.last_uses()
    alarms = uow.credentials.alarms(tokens[0].id if len(tokens) == 1 else None)
    return [
        LeadTokenRecord(
            credential=each,
            status=status_of(each, at=at),
            last_used_at=uses.get(each.id),
            alarms=[alarm for alarm in alarms if alarm.lead_token_id == each.id],
        )
        for each in tokens
    ]


def _with_text(credential: LeadTokenCredential, mint: Mint) -> LeadTokenRecord:
    status = status_of(credential, at=credential.created_at)
    return LeadTokenRecord(credential=credential, status=status, lead_token=mint.reveal(credential))


def _check(credential: LeadTokenCredential, directory: Directory, *, at: datetime) -> None:
    """Refuse what could not work. Raises: InvalidParameter: naming every field at fault."""
    rules: TokenRules = credential.rules
    errors: dict[str, Sequence[str]] = {}
    if rules.traffic_source_id is not None and rules.traffic_source_id not in directory.traffic_sources:
        errors["traffic_source_id"] = ["is no traffic source of this company"]
    if credential.kind is TokenKind.PUBLISHABLE and not rules.origins:
        errors["origins"] = ["must name at least one: a publishable token is for the pages of certain origins"]
    if credential.expires_at is not None and credential.expires_at <= at:
        errors["expires_at"] = ["must be in the future"]
    if errors:
        raise InvalidParameter(errors=errors)
