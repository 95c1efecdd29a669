"""``/submissions``: what came in, the refused ones first: why, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from flask import flash, redirect, request, url_for

from leadintake.domain.errors import InvalidParameter, NotReplayable, Refusal
from leadintake.domain.submission import Outcome, SubmissionId
from leadintake.domain.use_cases.replay_submissions import NO_EDITS, ReplaySubmissions, require_replayable
from leadintake.entrypoints.api.context import context, services
from leadintake.entrypoints.api.intake.replaying import kept_reader
from leadintake.entrypoints.schemas.company.submissions import load_list_submissions
from leadintake.entrypoints.web import words
from leadintake.entrypoints.web.edited_request import EditedRow, read_edits, rows_of, without_row
from leadintake.entrypoints.web.filters import AMONG, as_api, given, link
from leadintake.entrypoints.web.names import Names
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.signed_in import company, pages, user
from leadintake.entrypoints.web.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask import Response
    from flask.typing import ResponseReturnValue

    from leadintake.domain.submission import Submission
    from leadintake.domain.use_cases.read_submissions import ListSubmissions, SubmissionRecord
    from leadintake.domain.use_cases.replay_submissions import Replayed

bp = pages("submission_pages", __name__, url_prefix="/submissions")

_FILTERS: Final = ("show", "code", "owner", "lead_token_id", "from", "to")
_TABS: Final = (("", "Refused"), ("accepted", "Accepted"), ("all", "All"))
_ACCEPTED: Final[Mapping[str, bool | None]] = {"": False, "accepted": True, "all": None}


@bp.get("")
def index() -> ResponseReturnValue:
    """List the submissions that match, the refused ones unless others are asked for, newest first."""
    names, filters = Names(), given(*_FILTERS)
    try:
        wanted, errors = _wanted(names, filters), {}
    except InvalidParameter as refusal:
        wanted, errors = None, _of_page(refusal.errors)
    found = None if wanted is None else services().list_submissions(wanted)
    ids = [each.receipt.id for each in found.submissions] if found else []
    is_refused = wanted is not None and wanted.accepted is False
    return page(
        "submissions.html",
        status=422 if errors else 200,
        found=found,
        errors=errors,
        filters=filters,
        tab=filters.get("show", ""),
        tabs=_TABS,
        cursor=request.args.get("cursor"),
        codes=services().count_codes(wanted) if wanted is not None and is_refused else {},
        replays=services().list_replays(company(), ids) if ids else {},
        names=names,
        words=words,
        link=lambda **others: link("submission_pages.index", filters, **others),
    )


@bp.get("/<uuid:submission_id>")
def show(submission_id: UUID) -> Response:
    """Show a submission: the request as it was kept, the verdict, and what can be edited to judge it again."""
    return _one(_read(submission_id))


@bp.post("/<uuid:submission_id>/replay")
def replay(submission_id: UUID) -> ResponseReturnValue:
    """Judge a submission again with what was edited: to see what would happen, or in earnest."""
    record = _read(submission_id)
    is_dry_run = request.form.get("really") != "yes"
    try:
        edits = read_edits(_rows(record.submission))
        replayed = _judge(record.submission, edits, is_dry_run=is_dry_run)
    except (InvalidParameter, NotReplayable) as refusal:
        return _one(record, faults=refusal.errors or {"": [refusal.detail]}, status=422)
    if is_dry_run or replayed.refusal is not None:
        return _one(record, replayed=replayed, is_dry_run=is_dry_run, status=200 if replayed.is_taken else 422)
    flash(*_said(replayed))
    return redirect(url_for("submission_pages.show", submission_id=submission_id), 303)


@bp.post("/replay")
def replay_all() -> ResponseReturnValue:
    """Judge those that match again, a part of them for each request; the page asks for the next part by itself."""
    names = Names()
    tally = Tally.read(request.form, now=services().clock())
    wanted = _wanted(names, {"show": "", **tally.filters})
    total = tally.total
    if total is None:
        listed = services().list_submissions(replace(wanted, per_page=1, among=None))
        total = listed.total_count if listed.is_count_exact else 0
    found = services().replay_submissions(tally.command(wanted, user().id), kept_reader(context().limits))
    tally = tally.add(found, total=total)
    return page("replaying.html", tally=tally, names=names, words=words, back=_back(tally.filters))


def _back(filters: Mapping[str, str]) -> str:
    return link("submission_pages.index", filters)


def _wanted(names: Names, filters: Mapping[str, str]) -> ListSubmissions:
    shown = {name: text for name, text in filters.items() if name != "show"}
    query = (*as_api(shown, time="received_at"), ("cursor", request.args.get("cursor", "")))
    wanted = load_list_submissions(query, company=names.directory.company)
    accepted = _ACCEPTED.get(filters.get("show", ""), False)
    return replace(wanted, accepted=accepted, among=AMONG)


def _of_page(errors: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return what is wrong under the names of the page's own fields."""
    own = {"schedule_id": "owner", "offer_id": "owner", "received_at_from": "from", "received_at_to": "to"}
    return {own.get(name, name): said for name, said in errors.items()}


def _read(submission_id: UUID) -> SubmissionRecord:
    return services().read_submission(company(), SubmissionId(submission_id))


def _judge(submission: Submission, edits: Mapping[str, str | None], *, is_dry_run: bool) -> Replayed:
    command = ReplaySubmissions(
        company_id=company(),
        submission_ids=frozenset({submission.receipt.id}),
        edits=edits or NO_EDITS,
        is_dry_run=is_dry_run,
        user_id=user().id,
    )
    [replayed] = services().replay_submissions(command, kept_reader(context().limits)).replayed
    if isinstance(replayed.refusal, NotReplayable):
        raise replayed.refusal
    return replayed


def _said(replayed: Replayed) -> tuple[str, str]:
    if replayed.outcome is Outcome.UNCHANGED:
        return "Nothing changed: it had been taken before.", "warn"
    return f"Taken: {words.outcome_word(replayed.outcome)}.", "good"


def _one(
    record: SubmissionRecord,
    *,
    replayed: Replayed | None = None,
    is_dry_run: bool = False,
    faults: Mapping[str, Sequence[str]] = {},
    status: int = 200,
) -> Response:
    names, submission = Names(), record.submission
    is_open = submission.outcome is Outcome.REFUSED and not any(each.is_done for each in record.replays)
    rows: Sequence[EditedRow] = ()
    why_not: str | None = None
    if is_open:
        try:
            rows = _rows(submission)
        except Refusal as refusal:
            why_not = refusal.detail
    if replayed is not None and replayed.refusal is not None:
        faults = replayed.refusal.errors
    elif not faults and replayed is None:
        faults = submission.errors
    request_kept = submission.receipt.request
    return page(
        "submission.html",
        status=status,
        record=record,
        submission=submission,
        receipt=submission.receipt,
        names=names,
        words=words,
        is_open=is_open,
        why_not=why_not,
        rows=EditedRow.in_order(rows, faults, request.form if request.method == "POST" else None),
        replayed=replayed,
        is_dry_run=is_dry_run,
        faults=faults,
        unplaced=without_row(faults),
        body=_pretty(request_kept.get("json")),
        by=names.by({**request_kept, **_came_with(submission)}),
        edits_shown=request.form if request.method == "POST" else None,
    )


def _rows(submission: Submission) -> Sequence[EditedRow]:
    """Return what of a request can be edited. Raises: NotReplayable, Malformed, TooLarge."""
    require_replayable(submission.receipt)
    region = services().read_directory(company()).company.region
    return rows_of(submission.receipt, limits=context().limits, region=region)


def _came_with(submission: Submission) -> dict[str, Any]:
    receipt = submission.receipt
    if receipt.lead_token_id is not None:
        return {"lead_token_id": receipt.lead_token_id}
    return {"api_key_id": receipt.api_key_id} if receipt.api_key_id is not None else {}


def _pretty(text: object) -> str | None:
    """Return JSON text with its members below each other, as it came where it is none."""
    if not isinstance(text, str):
        return None
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
