"""Decisions: the verdict on a submission, and the snapshot that a batch of them is made over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from leadintake.domain.attribution import UNATTRIBUTED, Attribution
from leadintake.domain.consent import Consent, carries_consent, evidence_in
from leadintake.domain.submission import Outcome, Submission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.claims import Claim, EnrollLead
    from leadintake.domain.contact import Contact
    from leadintake.domain.directory import Directory
    from leadintake.domain.errors import Refusal
    from leadintake.domain.event import Event
    from leadintake.domain.idempotency import IdempotencyRecord
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.notice import Notice
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.rollup import CountedAs
    from leadintake.domain.suppression import SuppressionListId
    from leadintake.domain.trace import TraceStep


class Dedupe(StrEnum):
    """What was known of the caller when the submission came."""

    NONE = "none"
    MATCHED_LIVE_LEAD = "matched_live_lead"
    MATCHED_CONTACT = "matched_contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on one command, and what to store because of it.

    Shape: exactly one of `refusal` and an `outcome` other than refused; `lead` is the lead the submission was
    about as it is afterwards (None for a refusal, an ignored update and a change of the contact alone; one that
    is not stored for a test); `attribution` is what this request said, as far as it was known. `contact` and
    `leads` are the changed values; several decisions of a batch may change the same one, the last counts. `trace` is
    empty unless the command asked for it; `replay` is the first answer, where this is only its repeat.
    """

    command: EnrollLead
    outcome: Outcome
    refusal: Refusal | None = None
    owner: OwnerRef | None = None
    lead: Lead | None = None
    attribution: Attribution = UNATTRIBUTED
    notices: tuple[Notice, ...] = ()
    contact: Contact | None = None
    leads: tuple[Lead, ...] = ()
    events: tuple[Event, ...] = ()
    dedupe: Dedupe = Dedupe.NONE
    trace: tuple[TraceStep, ...] = ()
    replay: IdempotencyRecord | None = None

    def consent(self) -> Consent | None:
        """Return the evidence of consent that came with the lead, None when there is none."""
        lead, receipt = self.lead, self.command.receipt
        if lead is None or self.outcome is Outcome.TEST or not carries_consent(self.command.tokens):
            return None
        said: dict[str, Any] = evidence_in(self.command.tokens)
        said["user_agent"] = said["user_agent"] or self.command.user_agent
        return Consent(
            company_id=receipt.company_id,
            submission_id=receipt.id,
            lead_id=lead.id,
            caller=lead.caller,
            received_at=receipt.received_at,
            remote_ip=receipt.remote_ip,
            **said,
        )

    def submission(self, *, caller_digest: bytes | None = None, counted_as: CountedAs | None = None) -> Submission:
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
            counted_as=counted_as,
        )


@dataclass(slots=True, kw_only=True)
class Snapshot:
    """All that a batch of decisions may depend on.

    Shape: `contacts` holds every caller of the batch (new ones in version 0), `leads` their live leads under any
    owner. `past` holds all leads, ended ones included, of the callers for whom a claim looks back; `suppressed` the
    lists of those who are on any; `from_ip` how many leads each owner that counts them has had from an address
    within a day. All are as claimed, and `after` brings them up to date.
    """

    directory: Directory
    contacts: dict[PhoneNumber, Contact]
    leads: dict[tuple[PhoneNumber, OwnerRef], Lead] = field(default_factory=dict)
    past: dict[PhoneNumber, dict[LeadId, Lead]] = field(default_factory=dict)
    suppressed: Mapping[PhoneNumber, frozenset[SuppressionListId]] = field(default_factory=dict)
    from_ip: dict[tuple[OwnerRef, str], int] = field(default_factory=dict)

    def live_of(self, caller: PhoneNumber) -> list[Lead]:
        """Return the caller's live leads under any owner."""
        return [lead for (whose, _), lead in self.leads.items() if whose == caller]

    def after(self, decision: Decision) -> None:
        """Fold a decision in, for the commands that come after it."""
        if decision.contact is not None:
            self.contacts[decision.contact.caller] = decision.contact
        for lead in decision.leads:
            if lead.is_live:
                self.leads[lead.caller, lead.owner] = lead
            elif (known := self.leads.get((lead.caller, lead.owner))) and known.id == lead.id:
                # Only that very lead leaves: an older, ended one says nothing about the present one.
                del self.leads[lead.caller, lead.owner]
            if self.past and lead.caller in self.past:
                self.past[lead.caller][lead.id] = lead
            if self.from_ip and lead.version == 1 and lead.counted_ip is not None:
                self.from_ip[lead.owner, lead.counted_ip] += 1


def refuse(command: EnrollLead, refusal: Refusal, directory: Directory) -> Decision:
    """Return the decision to refuse."""
    return Decision(
        command=command,
        outcome=Outcome.REFUSED,
        refusal=refusal,
        owner=command.owner_in(directory),
        notices=command.notices,
    )


def tried_out(claim: Claim, lead: Lead | None = None, *, dedupe: Dedupe = Dedupe.NONE) -> Decision:
    """Return the decision on a test: what would be, and nothing to store."""
    return Decision(
        command=claim.command,
        outcome=Outcome.TEST,
        owner=claim.owner.ref,
        lead=lead,
        attribution=claim.attribution,
        notices=claim.notices,
        dedupe=dedupe,
    )
