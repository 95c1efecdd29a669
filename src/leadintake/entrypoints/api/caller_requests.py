"""One request for a caller operation read: who asks, by which credential, what for, and what is kept of it.

The order of refusals is that of the intake: first what is too large or in no known carrier, then a credential outside
the body, then the body, then a lead token inside it. Source: specification, sections 3.1 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flask import request

from leadintake.domain.credential import Permission
from leadintake.domain.errors import (
    MalformedBody,
    MissingLeadToken,
    PayloadTooLarge,
    UnknownLeadToken,
    UnsupportedMediaType,
)
from leadintake.domain.notice import Notice
from leadintake.domain.operations import CameBy, Operation
from leadintake.domain.reserving import FieldError
from leadintake.domain.submission import Receipt, SubmissionId
from leadintake.entrypoints.api.context import context, page_origin, remote_ip, services
from leadintake.entrypoints.api.credentials import api_key_beside, identify, known_api_key
from leadintake.entrypoints.api.intake.carried import carry
from leadintake.entrypoints.api.limiting import count
from leadintake.entrypoints.schemas.operations import Asked, to_operation

if TYPE_CHECKING:
    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKey, LeadTokenCredential, LeadTokenId
    from leadintake.domain.operations import OperateOnCaller
    from leadintake.domain.parameters import TextPairs
    from leadintake.domain.use_cases.identify_sender import Sender
    from leadintake.entrypoints.api.intake.carried import Carried

_TWO_TOKENS: Final = FieldError("ambiguous_parameter", "lead_token", "was given more than once with different values")
_BODY_LEFT_OUT: Final = Notice("unreadable_body", None, "The body could not be read and was left out.")
_FOR_KEYS_ONLY: Final = frozenset({Operation.CALLER_BLOCK, Operation.CALLER_UNBLOCK})


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRequest:
    """A request, read; `sees_stored` says whether its sender may read what is stored."""

    command: OperateOnCaller
    sees_stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """What the address names: a caller or a lead, if any."""

    operation: Operation
    caller_id: str | None
    lead_id: str | None

    @property
    def pairs(self) -> TextPairs:
        """Return it as parameters, so that it is compared with the others, and kept with them."""
        named = (("caller_id", self.caller_id), ("lead_id", self.lead_id))
        return tuple((name, text) for name, text in named if text is not None)

    @property
    def is_a_whole_wish(self) -> bool:
        """Say whether it is a wish to be left alone, and whose: then nothing more is needed to hear it."""
        return self.operation.is_a_wish and bool(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """Who asks: a lead token, an API key, or a lead token in the company of an API key."""

    company: Company
    lead_token_id: LeadTokenId | None = None
    lead_token: LeadTokenCredential | None = None
    key: ApiKey | None = None
    errors: tuple[FieldError, ...] = ()

    @property
    def came_by(self) -> CameBy:
        return CameBy.API_KEY if self.lead_token_id is None else CameBy.LEAD_TOKEN


def read_operation(
    operation: Operation, *, caller_id: str | None = None, lead_id: str | None = None
) -> OperationRequest:
    """Read the current request into a command.

    What is wrong with its parameters goes into the command, so that the verdict is kept with all others. What comes by
    no known credential or cannot be read raises, and a sample of it is kept for the administrator.

    Args:
        operation: What is asked for.
        caller_id: The number in the address, however it is written; None when it has none.
        lead_id: The lead in the address.

    Raises: PayloadTooLarge, UnsupportedMediaType, MalformedBody: as they say.
        MissingLeadToken, UnknownLeadToken, MissingApiKey, UnknownApiKey: it comes by no credential that is known.
        PermissionDenied: the API key may not write. TooManyRequests: the request is one too many, and no wish.
    """
    address = _Address(operation=operation, caller_id=caller_id, lead_id=lead_id)
    carried = carry(context().limits, operation.value, may_lack_body=address.is_a_whole_wish)
    try:
        asker = _asker(address, carried)
    except (MissingLeadToken, UnknownLeadToken, MalformedBody, PayloadTooLarge, UnsupportedMediaType) as refusal:
        _with(address.pairs, carried).keep_sample(operation.value, refusal)
        raise
    if not operation.is_a_wish:
        count(services(), asker.company.id, asker.lead_token)
    return OperationRequest(command=_command(address, carried, asker), sees_stored=asker.key is not None)


def _asker(address: _Address, carried: Carried) -> _Asker:
    """Return who asks, by credentials that are all known."""
    credentials = carried.credentials
    is_for_keys = address.operation in _FOR_KEYS_ONLY
    known = [] if is_for_keys else [identify(candidate) for candidate in credentials.outside]
    key = None
    if is_for_keys or (not credentials.lead_tokens and request.authorization is not None):
        key = known_api_key(Permission.WRITE)
    if carried.unreadable is not None and not _does_without(address, known, key):
        raise carried.unreadable
    if key is not None:
        return _Asker(company=services().read_directory(key.company_id).company, key=key)
    known += [identify(candidate) for candidate in credentials.lead_tokens if candidate not in credentials.outside]
    if not known:
        raise MissingLeadToken
    first = known[0]
    is_one = all(sender.lead_token.id == first.lead_token.id for sender in known)
    return _Asker(
        company=first.company,
        lead_token_id=first.lead_token.id,
        lead_token=first.lead_token,
        key=api_key_beside(first.company),
        errors=() if is_one else (_TWO_TOKENS,),
    )


def _does_without(address: _Address, known: list[Sender], key: ApiKey | None) -> bool:
    """Say whether nothing of what could not be read is needed: a wish to be left alone is heard all the same."""
    return address.is_a_whole_wish and bool(known or key)


def _with(pairs: TextPairs, carried: Carried) -> Carried:
    """Return what the request carries with these parameters before all others."""
    return replace(carried, query=(*pairs, *carried.query))


def _command(address: _Address, carried: Carried, asker: _Asker) -> OperateOnCaller:
    kept = _with(address.pairs, carried).kept().as_mapping()
    kept["came_by"] = asker.came_by.value
    if asker.key is not None:
        kept["api_key_id"] = str(asker.key.id)
    receipt = Receipt(
        id=SubmissionId(services().new_id()),
        company_id=asker.company.id,
        lead_token_id=asker.lead_token_id,
        received_at=services().clock(),
        route=address.operation.value,
        remote_ip=remote_ip(),
        request=kept,
        api_key_id=None if asker.key is None else asker.key.id,
    )
    # A lead's id is no parameter: an update would make a lead token of it.
    about = () if address.operation.names_a_lead else address.pairs
    return to_operation(
        _with(about, carried).submitted(),
        Asked(
            receipt=receipt,
            operation=address.operation,
            came_by=asker.came_by,
            region=asker.company.region,
            limits=context().limits,
            secrets=carried.credentials.secrets,
            lead_id=address.lead_id,
            origin=page_origin(),
            errors=asker.errors,
            notices=() if carried.unreadable is None else (_BODY_LEFT_OUT,),
        ),
    )
