"""``…/submit_leads_help``: an owner's API tokens, samples that work as they stand, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from flask import flash, redirect, request

from leadintake.domain.credential import LEAD_TOKEN_PREFIX, LeadTokenId, LeadTokenSecret
from leadintake.domain.errors import Invalid, LeadTokenEnded, NotFound, Refused
from leadintake.domain.owner import OwnerRef
from leadintake.domain.submission import SubmissionId
from leadintake.domain.token_rules import TokenKind
from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens, TokenStatus
from leadintake.domain.use_cases.watch_intake import WatchIntake
from leadintake.domain.user import Role
from leadintake.entrypoints.api.context import context, services
from leadintake.entrypoints.api.intake.replaying import kept_reader
from leadintake.entrypoints.api.openapi.samples import PLACEHOLDER
from leadintake.entrypoints.schemas.company.fields import OneOf
from leadintake.entrypoints.schemas.company.lead_tokens import (
    MOST_GRACE_SECONDS,
    ChangedLeadTokenSchema,
    lead_token_data,
)
from leadintake.entrypoints.web.forms import read_form
from leadintake.entrypoints.web.highlighting import highlighted
from leadintake.entrypoints.web.owner_pages import ALL, OwnerPages
from leadintake.entrypoints.web.owner_samples import EXAMPLE_SUB_ID, samples_for, sources_of
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.sent_test import send_test_lead
from leadintake.entrypoints.web.served import base_url
from leadintake.entrypoints.web.signed_in import company, may, user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response
    from flask.typing import ResponseReturnValue

    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Owner
    from leadintake.domain.use_cases.manage_lead_tokens import LeadTokenRecord
    from leadintake.entrypoints.web.sent_test import SentTest

HELP: Final = "submit_leads_help"
MASK: Final = LEAD_TOKEN_PREFIX + "•" * 12
GRACES: Final = (
    (0, "at once"),
    (3_600, "after an hour"),
    (86_400, "after a day"),
    (7 * 86_400, "after a week"),
    (30 * 86_400, "after 30 days"),
)
_WORKING: Final = frozenset({TokenStatus.ACTIVE, TokenStatus.ENDING})
_WATCHED_BEFORE: Final = timedelta(minutes=15)
_MOST_TEST_CHARS: Final = 10_000


class _NewLeadTokenSchema(ChangedLeadTokenSchema):
    """A lead token to be made for the owner whose page it is."""

    kind = OneOf(TokenKind)


_NEW: Final = _NewLeadTokenSchema()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Which lead token the page is about; `publishable` is the one for browser pages and its text, if there is one."""

    record: LeadTokenRecord | None
    working: Sequence[LeadTokenRecord]
    ended: Sequence[LeadTokenRecord]
    publishable: LeadTokenRecord | None = None
    publishable_text: str | None = None


class LeadTokenPages:
    """The help page of one kind of owner, and what its forms do."""

    def __init__(self, owners: OwnerPages) -> None:
        self._owners = owners

    def show(self, number: int) -> ResponseReturnValue:
        """Show the tokens, hidden, and the samples."""
        return self._page(number)

    def reveal(self, number: int) -> ResponseReturnValue:
        """Show a token's text, and note who was shown it."""
        directory, owner = self._owners.found(number)
        record = self._named(owner)
        text = services().reveal_to_user(company(), record.credential.id, user().id)
        return self._page(number, found=(directory, owner), chosen=record.credential.id, revealed=text)

    def rotate(self, number: int) -> ResponseReturnValue:
        """Put a new token in the place of one."""
        _, owner = self._owners.found(number)
        record = self._named(owner)
        text = request.form.get("grace_seconds", "")
        seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1  # noqa: PLR2004 - digits
        if not 0 <= seconds <= MOST_GRACE_SECONDS:
            return self._page(number, errors={"grace_seconds": ["is none of the choices"]}, status=422)
        try:
            rotated = services().rotate_lead_token(company(), record.credential.id, grace=timedelta(seconds=seconds))
        except LeadTokenEnded as ended:
            return self._page(number, errors={"rotate": [ended.detail]}, status=422)
        how = "The old one has ended." if not seconds else "The old one works until its time is over."
        flash(f"Here is the new API token. {how} Reveal it, and put it where the old one is.")
        return redirect(self._owners.url(HELP, number, lead_token_id=rotated.successor.credential.id), 303)

    def add(self, number: int) -> ResponseReturnValue:
        """Make a further token."""
        directory, owner = self._owners.found(number)
        try:
            data = lead_token_data(read_form(_NEW), directory.company)
            made = services().add_lead_token(company(), owner.ref, data)
        except (Invalid, Refused) as refusal:
            return self._page(number, errors=refusal.errors, status=422)
        flash("Here is the new API token.")
        is_public = made.credential.kind is TokenKind.PUBLISHABLE
        chosen = {} if is_public else {"lead_token_id": made.credential.id}
        return redirect(self._owners.url(HELP, number, **chosen) + ("#javascript" if is_public else ""), 303)

    def revoke(self, number: int) -> ResponseReturnValue:
        """End a token for good."""
        _, owner = self._owners.found(number)
        services().revoke_lead_token(company(), self._named(owner).credential.id)
        flash("The API token has ended: whatever still sends it gets a 401.")
        return redirect(self._owners.url(HELP, number), 303)

    def send_test(self, number: int) -> ResponseReturnValue:
        """Send a lead as a stranger would, and show what was sent and answered."""
        found = self._owners.found(number)
        record = self._named(found[1])
        fields = {
            name.removeprefix("field."): text[:_MOST_TEST_CHARS]
            for name, text in request.form.items()
            if name.startswith("field.") and text
        }
        if request.form.get("enroll") != "yes":
            fields["test"] = "1"
        text = services().reveal_lead_token(company(), record.credential.id).lead_token or ""
        sent = send_test_lead(fields, text, record.credential.rules)
        return self._page(number, found=found, chosen=record.credential.id, sent=sent, typed=fields)

    def switch_posting_page(self, number: int) -> ResponseReturnValue:
        """Publish how leads are sent, or publish it no more."""
        self._owners.found(number)
        is_on = request.form.get("is_on") == "yes"
        services().switch_posting_page(company(), OwnerRef(self._owners.kind, number), is_on=is_on)
        flash("The posting instructions are published." if is_on else "The posting instructions are public no more.")
        return redirect(self._owners.url(HELP, number) + "#posting-page", 303)

    def watch(self, number: int) -> ResponseReturnValue:
        """Show what has come since the page was opened; the page asks for this again and again."""
        directory, owner = self._owners.found(number)
        try:
            since = SubmissionId(UUID(request.args.get("since", "")))
        except ValueError:
            raise NotFound from None
        watched = services().watch_intake(
            WatchIntake(company_id=company(), owner=owner.ref, since=since), kept_reader(context().limits)
        )
        return page("watched.html", watched=watched, kind=self._owners.kind, owner=owner, directory=directory)

    def _named(self, owner: Owner) -> LeadTokenRecord:
        """Return the lead token that a form is about. Raises: NotFound: the owner has none of that id."""
        try:
            named = LeadTokenId(UUID(request.form.get("lead_token_id", "")))
        except ValueError:
            raise NotFound from None
        record = services().read_lead_token(company(), named)
        if record.credential.owner != owner.ref:
            raise NotFound
        return record

    def _page(
        self,
        number: int,
        *,
        found: tuple[Directory, Owner] | None = None,
        chosen: LeadTokenId | None = None,
        revealed: LeadTokenSecret | None = None,
        sent: SentTest | None = None,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
        status: int = 200,
    ) -> Response:
        directory, owner = found or self._owners.found(number)
        tokens = _chosen(owner, chosen or _asked_for())
        samples = samples_for(
            directory,
            owner,
            base_url=base_url(request),
            lead_token=revealed or PLACEHOLDER,
            publishable=tokens.publishable_text or PLACEHOLDER,
        )
        credential = tokens.record.credential if tokens.record else None
        shows_reveals = credential is not None and may(Role.OPERATOR)
        return page(
            "submit_leads_help.html",
            status=status,
            kind=self._owners.kind,
            plural=self._owners.plural,
            place=self._owners.bp.name,
            owner=owner,
            directory=directory,
            tokens=tokens,
            revealed=revealed,
            mask=MASK,
            placeholder=PLACEHOLDER,
            reveals=services().list_reveals(company(), credential.id) if shows_reveals and credential else [],
            graces=GRACES,
            samples=samples,
            highlighted=highlighted,
            sources=sources_of(directory),
            sub_id=EXAMPLE_SUB_ID,
            sent=sent,
            lead={name: text for name, text in typed.items() if name != "test"} if typed else samples.lead,
            enrolls=sent is not None and "test" not in (typed or {}),
            posting_page=services().find_posting_page(company(), owner.ref),
            base_url=base_url(request),
            since=_since(),
            errors=errors or {},
        )


def register(owners: OwnerPages) -> None:
    """Give a kind of owner its help pages."""
    help_pages, add = LeadTokenPages(owners), owners.bp.add_url_rule
    add(f"/<int:number>/{HELP}", HELP, help_pages.show, methods=["GET"])
    add(f"/<int:number>/{HELP}/watch", "watch", help_pages.watch, methods=["GET"])
    for path, name, view in (
        ("reveal", "reveal_token", help_pages.reveal),
        ("rotate", "rotate_token", help_pages.rotate),
        ("tokens", "add_token", help_pages.add),
        ("revoke", "revoke_token", help_pages.revoke),
        ("test", "send_test", help_pages.send_test),
        ("posting_page", "switch_posting_page", help_pages.switch_posting_page),
    ):
        add(f"/<int:number>/{HELP}/{path}", name, view, methods=["POST"])


def _chosen(owner: Owner, asked_for: LeadTokenId | None) -> _Chosen:
    """Return the owner's lead tokens, and the one that is asked for or else the likeliest."""
    records = services().list_lead_tokens(company(), ListLeadTokens(owner=owner.ref, per_page=ALL)).items
    working = [each for each in records if each.status in _WORKING]
    # Those that were made for somebody, or end soon, are the last to be handed out.
    by_merit = sorted(
        (each for each in working if each.credential.kind is TokenKind.SECRET),
        key=lambda each: (each.status is not TokenStatus.ACTIVE, not each.credential.is_unrestricted),
    )
    record = next((each for each in working if each.credential.id == asked_for), None)
    publishable = next(
        (
            each
            for each in reversed(working)
            if each.credential.kind is TokenKind.PUBLISHABLE and each.status is TokenStatus.ACTIVE
        ),
        None,
    )
    text = None
    if publishable is not None and may(Role.OPERATOR):
        # Everybody who opens the page that it is in can read it.
        text = services().reveal_lead_token(company(), publishable.credential.id).lead_token
    return _Chosen(
        record=record or next(iter(by_merit), None),
        working=working,
        ended=[each for each in records if each.status not in _WORKING],
        publishable=publishable,
        publishable_text=text,
    )


def _asked_for() -> LeadTokenId | None:
    try:
        return LeadTokenId(UUID(request.args.get("lead_token_id", "")))
    except ValueError:
        return None


def _since() -> SubmissionId:
    """Return the least id of what came a while before now: identifiers follow the clock."""
    milliseconds = int((services().clock() - _WATCHED_BEFORE).timestamp() * 1_000)
    return SubmissionId(UUID(int=milliseconds << 80))
