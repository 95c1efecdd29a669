"""``leadintake submissions unclaimed …``: samples of requests that name no known owner, for the administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadintake.domain.errors import NotFound
from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.exit_statuses import DONE, status_of
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.option_types import OWNER
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.owners import find_owner
from leadintake.entrypoints.cli.program import complain_of
from leadintake.entrypoints.cli.set_up import instant
from leadintake.entrypoints.cli.submission_documents import request_pairs, sample_document
from leadintake.entrypoints.cli.submission_filters import owner_of

if TYPE_CHECKING:
    from uuid import UUID

    from leadintake.bootstrap import Services
    from leadintake.domain.submission import UnclaimedSubmission


@click.group()
def unclaimed() -> None:
    """Samples of requests that name no owner we know, or could not be read: in the hands of no company."""


@unclaimed.command("list")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1_000), default=25, help="How many; 25 unless given.")
@output_option
def list_unclaimed(*, limit: int, output: str) -> None:
    """List the newest samples: somebody may be sending leads with a mistyped or revoked lead token.

    \b
    Example:
      leadintake submissions unclaimed list
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with ready_installation(read_settings()) as services:
        samples = services.list_unclaimed()
    if output == "json":
        metadata = {"root": "unclaimed", "total_count": len(samples)}
        print_json({"unclaimed": [sample_document(one) for one in samples[:limit]], "metadata": metadata})
    elif not samples:
        say("There is none: every request named an owner.")
    else:
        print_table(
            ("ID", "Received", "Route", "From", "Reason"),
            [
                (one.id, instant(one.received_at), one.route, one.remote_ip or "", one.reason.value)
                for one in samples[:limit]
            ],
        )


@unclaimed.command("show")
@click.argument("submission_id", metavar="ID", type=click.UUID)
@output_option
def show_unclaimed(*, submission_id: UUID, output: str) -> None:
    """Show one sample with the request as it is kept.

    \b
    Example:
      leadintake submissions unclaimed show 019a5d6e-0000-7000-8000-000000000001
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with ready_installation(read_settings()) as services:
        sample = _sample(services, submission_id)
    if output == "json":
        print_json({"unclaimed": sample_document(sample), "metadata": {"root": "unclaimed"}})
        return
    told = [
        ("ID", sample.id),
        ("Received", instant(sample.received_at)),
        ("Reason", sample.reason.value),
        ("Route", sample.route),
        ("From", sample.remote_ip),
    ]
    print_pairs([*told, *request_pairs(sample.request)])


@unclaimed.command("replay")
@click.argument("submission_id", metavar="ID", type=click.UUID)
@click.option("--owner", metavar="OWNER", type=OWNER, required=True, help="Whose it is: schedule:1 or offer:2.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of it.")
@company_option
@output_option
def replay_unclaimed(
    *, submission_id: UUID, owner: tuple[str, int], dry_run: bool, company: str | None, output: str
) -> int:
    """Say whose a sample is: it is filed in that company's ledger, judged as of when it came, and no sample any more.

    If it is refused, it can be replayed like any other submission: `leadintake submissions replay`.

    \b
    Example:
      leadintake submissions unclaimed replay 019a5d6e-0000-7000-8000-000000000001 --owner schedule:1 --company Acme
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.submission import SubmissionId
    from leadintake.domain.use_cases.replay_unclaimed import ReplayUnclaimed

    settings = read_settings()
    with ready_installation(settings) as services:
        from leadintake.bootstrap import limits_of
        from leadintake.entrypoints.api.intake.replaying import kept_reader

        of_company = choose_company(services, company)
        ref = owner_of(owner)
        assert ref is not None  # noqa: S101 - the option is required
        find_owner(services.read_directory(of_company.id), ref)
        command = ReplayUnclaimed(
            company_id=of_company.id, owner=ref, submission_id=SubmissionId(submission_id), is_dry_run=dry_run
        )
        try:
            replayed = services.replay_unclaimed(command, kept_reader(limits_of(settings)))
        except NotFound as missing:
            raise _no_sample(submission_id) from missing
    if output == "json":
        from leadintake.entrypoints.schemas.company.replays import ONE_REPLAY

        print_json(ONE_REPLAY.dump({"replay": replayed, "metadata": {"root": "replay"}}))
    elif replayed.refusal is not None:
        complain_of(replayed.refusal)
    else:
        click.echo(
            "  ".join(filter(None, (replayed.outcome.value, f"lead {replayed.lead_id or ''}".removesuffix("lead "))))
        )
    return DONE if dry_run or replayed.refusal is None else status_of(type(replayed.refusal))


def _sample(services: Services, submission_id: UUID) -> UnclaimedSubmission:
    from leadintake.domain.submission import SubmissionId

    try:
        return services.read_unclaimed(SubmissionId(submission_id))
    except NotFound as missing:
        raise _no_sample(submission_id) from missing


def _no_sample(submission_id: UUID) -> NotFound:
    return NotFound(
        f"there is no sample {submission_id}; `leadintake submissions unclaimed list` shows which there are."
    )
