"""``/contacts``: who is left alone, and all that is known of one caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import flash, redirect, request, url_for

from leadintake.domain.contact import LeftAlone
from leadintake.domain.errors import InvalidCallerId, NotFound
from leadintake.domain.operations import Operation
from leadintake.domain.phone import PhoneNumber, country_of, possible_time_zones, readable
from leadintake.domain.use_cases.erase_callers import EraseCallers
from leadintake.domain.use_cases.read_callers import CallerRecord, ListLeftAlone
from leadintake.domain.user import Role
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.web import words
from leadintake.entrypoints.web.doing import operate, told_and_back
from leadintake.entrypoints.web.filters import given, link
from leadintake.entrypoints.web.forms import window
from leadintake.entrypoints.web.names import Names
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.signed_in import company, needs, pages

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

bp = pages("contact_pages", __name__, url_prefix="/contacts")

MOST_LEADS: Final = 25
_REASONS: Final = (
    ("", "Opted out or blocked"),
    (LeftAlone.OPTED_OUT.value, "Opted out"),
    (LeftAlone.BLOCKED.value, "Blocked"),
)
_UNKNOWN: Final = CallerRecord(contact=None, leads=(), events=(), suppression_lists=())


@bp.get("")
def index() -> ResponseReturnValue:
    """List who is left alone; a number that is searched for leads to its own page."""
    filters, at, error = given("q", "reason"), window(), None
    if text := filters.get("q"):
        try:
            caller = _parsed(request.args["q"].rstrip() or text)
        except InvalidCallerId as refusal:
            error = refusal.detail
        else:
            return redirect(url_for("contact_pages.show", caller_id=caller.e164), 303)
    reason = filters.get("reason", "")
    command = ListLeftAlone(
        company_id=company(),
        reason=LeftAlone(reason) if reason in set(LeftAlone) else LeftAlone.ANY,
        page=at.page,
        per_page=at.per_page,
    )
    return page(
        "contacts.html",
        status=422 if error else 200,
        found=services().list_left_alone(command),
        at=at,
        filters=filters,
        error=error,
        reasons=_REASONS,
        readable=readable,
        link=lambda number: link("contact_pages.index", {"reason": reason}, page=str(number)),
    )


@bp.get("/erasures")
@needs(Role.OWNER)
def erasures() -> Response:
    """List the receipts of erasures; they name nobody."""
    at = window()
    return page(
        "erasures.html",
        found=services().list_erasures(company(), at),
        at=at,
        link=lambda number: url_for("contact_pages.erasures", page=number),
    )


@bp.get("/<path:caller_id>")
def show(caller_id: str) -> ResponseReturnValue:
    """Show all that is known of a caller, or that nothing is."""
    caller = _named(caller_id)
    if caller.e164 != caller_id:
        # One address for each caller, however it was spelled.
        return redirect(url_for("contact_pages.show", caller_id=caller.e164), 303)
    try:
        record, is_known = services().read_caller(company(), caller), True
    except NotFound:
        record, is_known = _UNKNOWN, False
    return _contact(caller, record, is_known=is_known)


@bp.post("/<path:caller_id>/opt_out")
def opt_out(caller_id: str) -> ResponseReturnValue:
    """Opt a caller out: the wish is recorded whether or not they were ever seen here."""
    return _operate(Operation.CALLER_OPT_OUT, caller_id)


@bp.post("/<path:caller_id>/block")
def block(caller_id: str) -> ResponseReturnValue:
    """Block a caller everywhere in the company."""
    return _operate(Operation.CALLER_BLOCK, caller_id)


@bp.post("/<path:caller_id>/unblock")
def unblock(caller_id: str) -> ResponseReturnValue:
    """Lift a block; an opt-out stays."""
    return _operate(Operation.CALLER_UNBLOCK, caller_id)


@bp.post("/<path:caller_id>/lift_opt_out")
@needs(Role.OWNER)
def lift_opt_out(caller_id: str) -> ResponseReturnValue:
    """Lift an opt-out, once somebody has said in so many words that the caller has asked for it."""
    caller = _named(caller_id)
    if request.form.get("asked") != "yes":
        flash("Nothing was done: tick the box to say that the caller has asked to be contacted again.", "bad")
        return redirect(url_for("contact_pages.show", caller_id=caller.e164), 303)
    return _operate(Operation.CALLER_UNBLOCK, caller_id, lifts=True)


@bp.get("/<path:caller_id>/erase")
@needs(Role.OWNER)
def ask_erase(caller_id: str) -> Response:
    """Ask for the number once more before everything of a caller is destroyed."""
    return _erase_form(_named(caller_id))


@bp.post("/<path:caller_id>/erase")
@needs(Role.OWNER)
def erase(caller_id: str) -> ResponseReturnValue:
    """Destroy everything that is kept of a caller, and show the receipt."""
    caller = _named(caller_id)
    try:
        is_meant = _parsed(request.form.get("number", "")) == caller
    except InvalidCallerId:
        is_meant = False
    if not is_meant:
        return _erase_form(
            caller, error="is not the number of this caller: type it to say that you mean it", status=422
        )
    [erased] = services().erase_callers(EraseCallers(company_id=company(), callers=[caller]))
    # The receipt names nobody, and neither may the message, which a cookie carries.
    flash(
        "Everything of that caller is destroyed; the receipt stands first below."
        if erased.is_new
        else "Nothing was left to destroy: that caller had been erased before.",
        "good" if erased.is_new else "warn",
    )
    return redirect(url_for("contact_pages.erasures"), 303)


def _contact(caller: PhoneNumber, record: CallerRecord, *, is_known: bool) -> Response:
    names = Names()
    return page(
        "contact.html",
        caller=caller,
        readable=readable(caller),
        country=country_of(caller),
        zones=possible_time_zones(caller),
        is_known=is_known,
        contact=record.contact,
        leads=record.leads[:MOST_LEADS],
        lead_count=len(record.leads),
        lists=record.suppression_lists,
        consents=len(record.consents),
        told=[words.told(event, names) for event in reversed(record.events) if event.lead_id is None],
        names=names,
        words=words,
    )


def _erase_form(caller: PhoneNumber, *, error: str | None = None, status: int = 200) -> Response:
    return page(
        "contact_erase.html",
        status=status,
        caller=caller,
        readable=readable(caller),
        errors={"number": [error]} if error else {},
    )


def _operate(operation: Operation, caller_id: str, *, lifts: bool = False) -> ResponseReturnValue:
    caller = _named(caller_id)
    decision = operate(operation, caller=caller, lifts=lifts)
    return told_and_back(decision, url_for("contact_pages.show", caller_id=caller.e164))


def _named(caller_id: str) -> PhoneNumber:
    """Return the number in an address, in any spelling. Raises: NotFound: it is none."""
    try:
        return _parsed(caller_id)
    except InvalidCallerId as error:
        raise NotFound("That is no phone number, so it can be nobody’s.") from error


def _parsed(text: str) -> PhoneNumber:
    return PhoneNumber.parse(text, services().read_directory(company()).company.region)
