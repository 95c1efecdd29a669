"""``leadintake submissions …``: what was sent of late, why it was refused, and judging it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.replaying import replay
from leadintake.entrypoints.cli.set_up import company_of, looking_for
from leadintake.entrypoints.cli.submission_documents import COLUMNS, document, pairs, replay_document, row
from leadintake.entrypoints.cli.submission_filters import chosen, filter_options
from leadintake.entrypoints.cli.unclaimed import unclaimed

if TYPE_CHECKING:
    from uuid import UUID


@click.group()
def submissions() -> None:
    """Submissions: every request that named one of our owners, with its verdict."""


submissions.add_command(replay)
submissions.add_command(unclaimed)


@submissions.command("list")
@filter_options
@click.option("--limit", metavar="N", type=click.IntRange(1, 10_000), default=25, help="How many; 25 unless given.")
@company_option
@output_option
def list_submissions(*, limit: int, company: str | None, output: str, **options: Any) -> None:  # noqa: ANN401 - as click hands them over
    """List the newest submissions; --refused shows what was not taken, and why.

    \b
    Examples:
      leadintake submissions list --refused
      leadintake submissions list --code caller_suppressed --limit 100 --output json
      leadintake submissions list --owner schedule:1 --since 24h
      leadintake submissions list --caller '+1 (800) 450-6787'
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with company_of(company) as (services, of_company):
        found = services.list_submissions(chosen(options, of_company, services.clock, per_page=limit))
    shown = found.submissions
    if output == "json":
        metadata = {
            "root": "submissions",
            "total_count": found.total_count,
            "total_count_is_exact": found.is_count_exact,
        }
        print_json({"submissions": [document(one) for one in shown], "metadata": metadata})
    elif not shown:
        is_filtered = any(value not in {None, False} for value in options.values())
        say(
            "None matches; `leadintake submissions list` shows them all."
            if is_filtered
            else "There is no submission yet. Send one: leadintake submit --schedule 1 +18004506787"
        )
    else:
        print_table(COLUMNS, map(row, shown))
        if found.total_count > len(shown):
            total = f"{found.total_count:,}" + ("" if found.is_count_exact else "+")
            say(f"{len(shown)} of {total} shown; --limit shows more, the filters fewer.")


@submissions.command("show")
@click.argument("submission_id", metavar="ID", type=click.UUID)
@company_option
@output_option
def show_submission(*, submission_id: UUID, company: str | None, output: str) -> None:
    """Show one submission: its verdict, the request as it is kept, and what became of it when it was replayed.

    \b
    Example:
      leadintake submissions show 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.submission import SubmissionId

    with (
        company_of(company) as (services, of_company),
        looking_for(f"submission {submission_id}", "leadintake submissions list"),
    ):
        found = services.read_submission(of_company.id, SubmissionId(submission_id))
    if output == "json":
        shown = document(found.submission) | {"replays": [replay_document(one) for one in found.replays]}
        print_json({"submission": shown, "metadata": {"root": "submission"}})
    else:
        print_pairs(pairs(found.submission, found.replays))


@submissions.command("prune")
@click.option("--dry-run", is_flag=True, help="Only count what would be forgotten.")
@output_option
def prune_submissions(*, dry_run: bool, output: str) -> None:
    """Forget what requests held once their time is over, in every company; the verdicts stay.

    `leadintake serve` does this by itself. How long is settled by LEADINTAKE_KEEP_ACCEPTED_DAYS and those beside it.

    \b
    Examples:
      leadintake submissions prune --dry-run
      LEADINTAKE_KEEP_ACCEPTED_DAYS=30 leadintake submissions prune
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with ready_installation(read_settings()) as services:
        pruned = services.count_outlived_submissions() if dry_run else services.prune_submissions()
    if output == "json":
        counts = {kept_class.value: count for kept_class, count in pruned.items()}
        print_json({"pruned": counts, "metadata": {"root": "pruned", "dry_run": dry_run}})
    else:
        print_pairs((kept_class.value.replace("_", " ").capitalize(), count) for kept_class, count in pruned.items())
