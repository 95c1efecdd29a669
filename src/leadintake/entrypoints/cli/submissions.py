"""``leadintake submissions …``: what was sent of late, and why it was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.set_up import company_of, instant, looking_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from leadintake.domain.submission import Submission


@click.group()
def submissions() -> None:
    """Submissions: every request that named one of our owners, with its verdict."""


@submissions.command("list")
@click.option("--refused", is_flag=True, help="Only those that were refused.")
@click.option("--code", metavar="CODE", help="Only those refused for that reason, such as invalid_caller_id.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 10_000), default=25, help="How many; 25 unless given.")
@company_option
@output_option
def list_submissions(*, refused: bool, code: str | None, limit: int, company: str | None, output: str) -> None:
    """List the newest submissions; --refused shows what was not taken, and why.

    \b
    Examples:
      leadintake submissions list --refused
      leadintake submissions list --code caller_suppressed --limit 100 --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.submission import Outcome
    from leadintake.domain.use_cases.read_submissions import ListSubmissions

    with company_of(company) as (services, chosen):
        found = services.list_submissions(
            ListSubmissions(
                company_id=chosen.id, outcome=Outcome.REFUSED if refused else None, code=code, per_page=limit
            )
        ).submissions
    if output == "json":
        print_json({"submissions": [_document(one) for one in found], "metadata": {"root": "submissions"}})
    elif not found:
        say(
            "None was refused; `leadintake submissions list` shows what was taken."
            if refused or code
            else "There is no submission yet. Send one: leadintake submit --schedule 1 +18004506787"
        )
    else:
        print_table(("ID", "Received", "Route", "Owner", "Outcome", "Code", "Why"), map(_row, found))


@submissions.command("show")
@click.argument("submission_id", metavar="ID", type=click.UUID)
@company_option
@output_option
def show_submission(*, submission_id: UUID, company: str | None, output: str) -> None:
    """Show one submission: its verdict, and the request as it is kept.

    \b
    Example:
      leadintake submissions show 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.submission import SubmissionId

    with (
        company_of(company) as (services, chosen),
        looking_for(f"submission {submission_id}", "leadintake submissions list"),
    ):
        found = services.read_submission(chosen.id, SubmissionId(submission_id))
    if output == "json":
        print_json({"submission": _document(found), "metadata": {"root": "submission"}})
    else:
        print_pairs(_pairs(found))


def _document(one: Submission) -> dict[str, Any]:
    receipt = one.receipt
    return {
        "id": receipt.id,
        "received_at": receipt.received_at,
        "route": receipt.route,
        "remote_ip": receipt.remote_ip,
        "outcome": one.outcome.value,
        "schedule_id": one.owner.id if one.owner and one.owner.kind == "schedule" else None,
        "offer_id": one.owner.id if one.owner and one.owner.kind == "offer" else None,
        "lead_id": one.lead_id,
        "code": one.code,
        "errors": {name: list(said) for name, said in one.errors.items()},
        "warnings": [{"code": each.code, "field": each.field, "message": each.message} for each in one.notices],
        "request": dict(receipt.request),
    }


def _owner(one: Submission) -> str:
    return "" if one.owner is None else f"{one.owner.kind} {one.owner.id}"


def _why(one: Submission) -> str:
    return "; ".join(f"{name} {said}" for name, all_said in one.errors.items() for said in all_said)


def _row(one: Submission) -> tuple[object, ...]:
    receipt = one.receipt
    return (
        receipt.id,
        instant(receipt.received_at),
        receipt.route,
        _owner(one),
        one.outcome.value,
        one.code or "",
        _why(one),
    )


def _pairs(one: Submission) -> Iterator[tuple[str, object]]:
    import orjson

    receipt = one.receipt
    yield "ID", receipt.id
    yield "Received", instant(receipt.received_at)
    yield "Route", receipt.route
    yield "From", receipt.remote_ip or "the command line"
    yield "Owner", _owner(one)
    yield "Outcome", one.outcome.value
    yield "Code", one.code
    yield "Why", _why(one)
    yield "Lead", one.lead_id
    for notice in one.notices:
        yield "Warning", f"{notice.field}: {notice.message}" if notice.field else notice.message
    for name, value in receipt.request.items():
        yield f"Request {name}", value if isinstance(value, str) else orjson.dumps(value, default=dict).decode()
