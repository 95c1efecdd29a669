"""Caller operations: opting a caller out, taking a lead out, moving it on, blocking; and whom each is about.

`examine` says whom a command is about, or why nobody; `domain.operating` decides what becomes of them.
Source: specification, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import (
    InvalidCallerId,
    MissingCallerId,
    NotFound,
    PermissionDenied,
    UnknownLeadToken,
)
from leadintake.domain.faults import as_fault, as_refusal
from leadintake.domain.notice import Notice
from leadintake.domain.phone import PhoneNumber, read_phone
from leadintake.domain.submission import Outcome, Submission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.contact import Contact
    from leadintake.domain.credential import TokenGrant
    from leadintake.domain.decision import Decision
    from leadintake.domain.directory import Directory
    from leadintake.domain.errors import Refusal
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.reserving import FieldError
    from leadintake.domain.submission import Receipt
    from leadintake.domain.suppression import SuppressionListId
    from leadintake.domain.user import UserId


class Operation(StrEnum):
    """What can be done to a caller or to one lead; each is also the last part of its address."""

    CALLER_OPT_OUT = "caller_opt_out"
    CALLER_REMOVE = "caller_remove"
    CALLER_MOVE_TO_END_OF_SCHEDULE = "caller_move_to_end_of_schedule"
    CALLER_BLOCK = "caller_block"
    CALLER_UNBLOCK = "caller_unblock"
    LEAD_OPT_OUT = "lead_opt_out"
    LEAD_REMOVE = "lead_remove"
    LEAD_MOVE_TO_END_OF_SCHEDULE = "lead_move_to_end_of_schedule"
    LEAD_UPDATE = "lead_update"

    @property
    def names_a_lead(self) -> bool:
        """Say whether it is told which lead; else it is told which caller."""
        return self in _OF_ONE_LEAD

    @property
    def is_a_wish(self) -> bool:
        """Say whether it is the caller's own wish, which is heard whatever else is wrong."""
        return self in {Operation.CALLER_OPT_OUT, Operation.LEAD_OPT_OUT}

    @property
    def is_budgeted(self) -> bool:
        """Say whether a lead token may ask for it only so many times a day."""
        return self is not Operation.LEAD_UPDATE

    @property
    def is_about_the_contact(self) -> bool:
        """Say whether it needs to know of no lead that has ended."""
        return self in {Operation.CALLER_OPT_OUT, Operation.CALLER_BLOCK, Operation.CALLER_UNBLOCK}


_OF_ONE_LEAD: Final = frozenset(
    {
        Operation.LEAD_OPT_OUT,
        Operation.LEAD_REMOVE,
        Operation.LEAD_MOVE_TO_END_OF_SCHEDULE,
        Operation.LEAD_UPDATE,
    }
)
_COMPANYS_CHOICE: Final = frozenset({Operation.CALLER_BLOCK, Operation.CALLER_UNBLOCK})


class CameBy(StrEnum):
    """Which way a command came, for the events: never the credential itself."""

    LEAD_TOKEN = "lead_token"  # noqa: S105 - the name of a way, not a secret
    API_KEY = "api_key"
    COMMAND_LINE = "command_line"
    PAGES = "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperateOnCaller:
    """One operation, read but not yet judged.

    Shape: `owner` is the only one whose leads are meant, None for every owner of the company; a lead token's own takes
    its place. `origin` is that of the browser page that it came from. `caller_id` is still text because only the
    company knows its region; `lead_id` is None for a text that is no UUID. `update` holds what a lead is to be updated
    with. `user_id` is whose doing it is, if it came by the pages. `errors` are what the reading already found wrong.
    """

    receipt: Receipt
    operation: Operation
    came_by: CameBy
    owner: OwnerRef | None = None
    origin: str | None = None
    caller_id: str | None = None
    lead_id: LeadId | None = None
    update: EnrollLead | None = None
    user_id: UserId | None = None
    lifts_opt_out: bool = False
    test: bool = False
    notices: tuple[Notice, ...] = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A sound command, and whom it is about; `owner` is the only one whose leads are meant, None for every one."""

    command: OperateOnCaller
    owner: OwnerRef | None
    caller: PhoneNumber
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationDecision:
    """The verdict on one operation, and what to store because of it.

    Shape: exactly one of `refusal` and an `outcome` other than refused; `lead` is the one it was about, the newest if
    there were several, as it is afterwards (None when it was about the contact alone). `done_to` are the leads that
    the operation was done to; `leads` all that changed, those whose time was found to be up included. `updated` is
    what enrollment said of an update. `contact` and `leads` are the changed values; several decisions of a batch may
    change the same one, the last counts.
    """

    command: OperateOnCaller
    outcome: Outcome
    refusal: Refusal | None = None
    owner: OwnerRef | None = None
    lead: Lead | None = None
    done_to: tuple[Lead, ...] = ()
    updated: Decision | None = None
    notices: tuple[Notice, ...] = ()
    contact: Contact | None = None
    leads: tuple[Lead, ...] = ()
    events: tuple[Event, ...] = ()

    def submission(self, *, caller_digest: bytes | None = None) -> Submission:
        """Return the ledger's entry for this verdict."""
        return Submission(
            receipt=self.command.receipt,
            outcome=self.outcome,
            owner=self.owner,
            lead_id=self.lead.id if self.lead and self.outcome is not Outcome.TEST else None,
            code=self.refusal.code if self.refusal else None,
            errors=self.refusal.errors if self.refusal else {},
            notices=self.notices,
            caller_digest=caller_digest,
        )


@dataclass(slots=True, kw_only=True)
class Standing:
    """All that a batch of operations may depend on.

    Shape: `contacts` holds every caller of the batch (new ones in version 0), `leads` their leads oldest first: those
    that are live at least, and those that have ended where an operation of the batch asks for them. All are as
    claimed, and `after` brings them up to date.
    """

    directory: Directory
    contacts: dict[PhoneNumber, Contact]
    leads: dict[PhoneNumber, dict[LeadId, Lead]] = field(default_factory=dict)
    suppressed: Mapping[PhoneNumber, frozenset[SuppressionListId]] = field(default_factory=dict)

    def of(self, caller: PhoneNumber, owner: OwnerRef | None = None) -> list[Lead]:
        """Return the caller's leads, under one owner if wished, oldest first."""
        leads = self.leads.get(caller, {}).values()
        return [lead for lead in leads if owner is None or lead.owner == owner]

    def after(self, decision: OperationDecision) -> None:
        """Fold a decision in, for the commands that come after it."""
        if decision.contact is not None:
            self.contacts[decision.contact.caller] = decision.contact
        for lead in decision.leads:
            self.leads.setdefault(lead.caller, {})[lead.id] = lead


def refuse(
    command: OperateOnCaller, refusal: Refusal, *, owner: OwnerRef | None, notices: tuple[Notice, ...] = ()
) -> OperationDecision:
    """Return the decision to refuse."""
    return OperationDecision(
        command=command,
        outcome=Outcome.REFUSED,
        refusal=refusal,
        owner=owner,
        notices=notices or command.notices,
    )


# --- whom it is about -------------------------------------------------------------------------------------------------


def owner_of(command: OperateOnCaller, directory: Directory) -> OwnerRef | None:
    """Return the only owner whose leads the command may touch, None for every owner of the company."""
    if command.came_by is CameBy.LEAD_TOKEN:
        grant = _grant(command, directory)
        return grant.owner if grant else None
    return command.owner


def _grant(command: OperateOnCaller, directory: Directory) -> TokenGrant | None:
    return directory.grant(command.receipt.lead_token_id, at=command.receipt.received_at)


def examine(command: OperateOnCaller, directory: Directory, named: Mapping[LeadId, Lead]) -> Target | Refusal:
    """Say whom the command is about.

    Args:
        command: What is to be done.
        directory: The company's set-up.
        named: The leads that commands of the batch name, as far as they exist.

    Returns: The target to decide on, or why there is none. A lead that is not there and one of another owner look
        the same.
    """
    owner = owner_of(command, directory)
    if refusal := _out_of_bounds(command, owner, directory):
        return refusal
    if not command.operation.names_a_lead:
        return _caller_named(command, owner, directory.company.region)
    lead = named.get(command.lead_id) if command.lead_id else None
    if lead is None or owner not in {None, lead.owner}:
        return NotFound()
    if command.errors and not command.operation.is_a_wish:
        return as_refusal(command.errors)
    return Target(command=command, owner=owner, caller=lead.caller, notices=command.notices + _left_out(command.errors))


def _out_of_bounds(command: OperateOnCaller, owner: OwnerRef | None, directory: Directory) -> Refusal | None:
    """Return why the sender may not do this at all, or None."""
    if command.came_by is not CameBy.LEAD_TOKEN:
        is_known = owner is None or directory.owner(owner) is not None
        return None if is_known else NotFound("The company has no schedule or offer of that number.")
    grant = _grant(command, directory)
    if grant is None or owner is None or directory.owner(owner) is None:
        # Revoked since the request was identified: it dies at once, and looks like any unknown token.
        return UnknownLeadToken()
    if refusal := grant.refusal(remote_ip=command.receipt.remote_ip, origin=command.origin):
        return refusal
    if grant.is_publishable:
        return PermissionDenied("This lead token is for browser pages: it only submits leads, and changes nobody's.")
    if command.operation in _COMPANYS_CHOICE:
        return PermissionDenied("Only an API key with write permission blocks callers and lifts that again.")
    return None


def _caller_named(command: OperateOnCaller, owner: OwnerRef | None, region: str) -> Target | Refusal:
    errors = command.errors
    if command.caller_id is None:
        return as_refusal(errors or (as_fault(MissingCallerId()),))
    try:
        parsed = read_phone(command.caller_id, region)
    except InvalidCallerId as refusal:
        return as_refusal((*errors, as_fault(refusal)))
    # A wish to be left alone needs a number and nothing else.
    if errors and not command.operation.is_a_wish:
        return as_refusal(errors)
    notices = (*command.notices, *parsed.notices, *_left_out(errors))
    return Target(command=command, owner=owner, caller=parsed.number, notices=notices)


def _left_out(errors: Sequence[FieldError]) -> tuple[Notice, ...]:
    return tuple(
        Notice(error.code, error.field, f"{error.field} {error.message}; it was left out.") for error in errors
    )
