"""The pages of schedules and of offers: what both kinds of owners have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for

from leadintake.domain.calendar import Period
from leadintake.domain.errors import Invalid, NotFound, Refused
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.report import By, Dimension
from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens, TokenStatus
from leadintake.domain.use_cases.paging import Wanted
from leadintake.domain.use_cases.report_attribution import ReportAttribution
from leadintake.entrypoints.api.context import context, services
from leadintake.entrypoints.api.intake.replaying import kept_reader
from leadintake.entrypoints.schemas.company.trials import MOST_DAYS, TrialSchema, trial_of
from leadintake.entrypoints.web import words
from leadintake.entrypoints.web.filters import ANY, link
from leadintake.entrypoints.web.forms import read_form, window
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.signed_in import company

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from flask import Blueprint
    from flask.typing import ResponseReturnValue
    from marshmallow import Schema

    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Owner
    from leadintake.domain.use_cases.paging import Page
    from leadintake.domain.use_cases.try_rules import Trial

ALL: Final = 1_000_000
RULES: Final = (
    "name",
    "require_traffic_source",
    "lead_duplicate_timeframe",
    "lead_duplicate_scope",
    "reject_same_source",
    "phone_lengths",
    "max_leads_per_ip_per_day",
    "enforce_contact_fields",
    "phone_fields",
)
"""What the form of every owner has."""
_TRIAL: Final = TrialSchema()
_TRIED: Final = ("days", *(name for name in RULES if name != "name"))
_FLIPS_SHOWN: Final = 25
_BY: Final = {OwnerKind.SCHEDULE: By.SCHEDULE, OwnerKind.OFFER: By.OFFER}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerPages:
    """One kind of owner: its blueprint, and the use cases and schemas behind it.

    Shape: `shown` are the schema's fields that the form has; `besides` returns those that stand in
    the form in another way.
    """

    kind: OwnerKind
    bp: Blueprint
    new: Schema
    changed: Schema
    shown: tuple[str, ...]
    list_them: Callable[[CompanyId, Wanted], Page[Any]]
    add: Callable[[CompanyId, Any], Owner]
    change: Callable[[CompanyId, int, Any], Owner]
    besides: Callable[[], dict[str, Any]] = dict

    @property
    def plural(self) -> str:
        """Return what several are called."""
        return f"{self.kind}s"

    def found(self, number: int) -> tuple[Directory, Owner]:
        """Return the owner of that number, in what its company has set up. Raises: NotFound."""
        directory = services().read_directory(company())
        owner = directory.owner(OwnerRef(self.kind, number))
        if owner is None:
            raise NotFound
        return directory, owner

    def url(self, view: str, number: int, **query: Any) -> str:  # noqa: ANN401 - Flask's own
        """Return the address of one of the owner's pages."""
        return url_for(f"{self.bp.name}.{view}", number=number, **query)

    # --- the pages ---------------------------------------------------------------------------------------------------

    def index(self) -> ResponseReturnValue:
        """List the owners."""
        at = window()
        found = self.list_them(company(), Wanted(page=at.page, per_page=at.per_page))
        used, tokens = _tokens_by_owner()
        day, leads = _leads_today(self.kind)
        return page(
            "owners.html",
            kind=self.kind,
            found=found,
            at=at,
            used=used,
            tokens=tokens,
            leads=leads,
            # Removed ones too: they are counted.
            leads_link=lambda ref: link(
                "lead_pages.index", {"owner": f"{ref.kind}:{ref.id}", "status": ANY, "from": day, "to": day}
            ),
            offers=services().read_directory(company()).offers,
        )

    def show_new(self) -> ResponseReturnValue:
        """Ask what a new one is to be."""
        return self._form(None, {})

    def create(self) -> ResponseReturnValue:
        """Make one, and go on to where its token is."""
        try:
            made = self.add(company(), read_form(self.new, self.shown, besides=self.besides()))
        except (Invalid, Refused) as refusal:
            return self._form(None, refusal.errors or {"name": [refusal.detail]}, status=422)
        flash(f"The {self.kind} is made, and its first API token with it. Copy a sample, and send a test lead.")
        return redirect(self.url("submit_leads_help", made.ref.id), 303)

    def edit(self, number: int) -> ResponseReturnValue:
        """Show what one is, to change it."""
        return self._form(number, {})

    def save(self, number: int) -> ResponseReturnValue:
        """Change one."""
        self.found(number)
        try:
            self.change(company(), number, read_form(self.changed, self.shown, besides=self.besides()))
        except (Invalid, Refused) as refusal:
            return self._form(number, refusal.errors or {"name": [refusal.detail]}, status=422)
        flash("Saved. It holds for the next lead.")
        return redirect(self.url("edit", number), 303)

    def try_rules(self, number: int) -> ResponseReturnValue:
        """Say what the rules in the form would have done to the submissions of the last days; nothing is saved."""
        _, owner = self.found(number)
        try:
            command = trial_of(read_form(_TRIAL, _TRIED), company(), owner.ref)
        except Invalid as refusal:
            return self._form(number, refusal.errors, status=422)
        return self._form(number, {}, trial=services().try_rules(command, kept_reader(context().limits)))

    def pause(self, number: int) -> ResponseReturnValue:
        """Take no leads from now on, or take them again."""
        self.found(number)
        is_paused = request.form.get("paused") == "yes"
        self.change(company(), number, {"paused": is_paused})
        flash("Paused: every lead is refused until it is resumed." if is_paused else "Resumed: leads are taken again.")
        return redirect(self.url("edit", number), 303)

    def _form(
        self,
        number: int | None,
        errors: Mapping[str, Sequence[str]],
        *,
        trial: Trial | None = None,
        status: int = 200,
    ) -> ResponseReturnValue:
        directory, owner = (services().read_directory(company()), None) if number is None else self.found(number)
        return page(
            "owner.html",
            status=status,
            kind=self.kind,
            plural=self.plural,
            place=self.bp.name,
            owner=owner,
            directory=directory,
            errors=errors,
            trial=trial,
            flips_shown=_FLIPS_SHOWN,
            most_days=MOST_DAYS,
            words=words,
            # What was typed stays, whatever was wrong with it.
            typed=request.form if request.method == "POST" else None,
        )


def register(pages: OwnerPages) -> None:
    """Give a kind of owner its pages."""
    add = pages.bp.add_url_rule
    add("", "index", pages.index, methods=["GET"])
    add("/new", "new", pages.show_new, methods=["GET"])
    add("/new", "create", pages.create, methods=["POST"])
    add("/<int:number>/edit", "edit", pages.edit, methods=["GET"])
    add("/<int:number>/edit", "save", pages.save, methods=["POST"])
    add("/<int:number>/try", "try_rules", pages.try_rules, methods=["POST"])
    add("/<int:number>/paused", "pause", pages.pause, methods=["POST"])


def _tokens_by_owner() -> tuple[dict[OwnerRef, datetime], dict[OwnerRef, int]]:
    """Return when each owner's lead tokens were last used, and how many of them work."""
    used: dict[OwnerRef, datetime] = {}
    count: dict[OwnerRef, int] = {}
    for record in services().list_lead_tokens(company(), ListLeadTokens(per_page=ALL)).items:
        owner = record.credential.owner
        count[owner] = count.get(owner, 0) + (record.status in {TokenStatus.ACTIVE, TokenStatus.ENDING})
        if record.last_used_at is not None:
            used[owner] = max(record.last_used_at, used.get(owner, record.last_used_at))
    return used, count


def _leads_today(kind: OwnerKind) -> tuple[str, dict[int, int]]:
    """Return which day it is for the company, and how many leads each owner of that kind has got on it, if any.

    As in reports, an offer has the leads of its schedules too.
    """
    report = services().report_attribution(
        ReportAttribution(company_id=company(), dimensions=(Dimension(_BY[kind]),), period=Period.TODAY, limit=None)
    )
    day = report.begin.astimezone(ZoneInfo(report.time_zone)).date().isoformat()
    return day, {number: row.measures.leads for row in report.rows if isinstance(number := row.values[0].value, int)}
