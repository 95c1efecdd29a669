"""``leadintake submissions replay``: refused submissions judged again, as they came or with edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.exit_statuses import DONE, status_of
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_table, say
from leadintake.entrypoints.cli.progress import progress
from leadintake.entrypoints.cli.set_up import looking_for
from leadintake.entrypoints.cli.submission_documents import why
from leadintake.entrypoints.cli.submission_filters import chosen, refused_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company
    from leadintake.domain.parameters import Limits
    from leadintake.domain.use_cases.replay_submissions import Edits, Replayed, ReplaySubmissions

_FILTERS: Final = ("code", "owner", "received_from", "received_to", "lead_token_id", "api_key_id", "route")


@click.command()
@click.argument("submission_ids", metavar="[ID]...", nargs=-1, type=click.UUID)
@refused_options
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, help="Judge it with this parameter.")
@click.option("--unset", "removals", metavar="NAME", multiple=True, help="Judge it without this parameter.")
@click.option("--dry-run", is_flag=True, help="Only say what would be taken now, and why the rest would not.")
@company_option
@output_option
def replay(
    *,
    submission_ids: tuple[UUID, ...],
    settings: tuple[str, ...],
    removals: tuple[str, ...],
    dry_run: bool,
    company: str | None,
    output: str,
    **filters: Any,  # noqa: ANN401 - as click hands them over
) -> int:
    """Judge refused submissions again, once the cause is mended: those named, or all that match the filters.

    Each is read again as it came, under its owner and with its own time: what was to end within an hour of it has
    ended by now. Whoever has opted out or is blocked by now stays so. What was taken once is never taken again, so
    that a replay can be repeated. The first verdict stays; `leadintake submissions show` shows both.

    \b
    Examples:
      leadintake submissions replay --code schedule_paused --since 24h --dry-run
      leadintake submissions replay --code schedule_paused --since 24h
      leadintake submissions replay --code invalid_caller_id --owner schedule:1 --since 2026-03-01
      leadintake submissions replay 019a5d6e-0000-7000-8000-000000000001 --set caller_id=+18004506787 --unset sub_id
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.replays import edits_of

    is_filtered = any(filters[name] is not None for name in _FILTERS)
    if not submission_ids and not is_filtered:
        raise click.UsageError("which submissions? Give their IDs, or a filter such as --since 7d or --code CODE.")
    if submission_ids and is_filtered:
        raise click.UsageError("give IDs or filters, not both.")
    try:
        edits = edits_of(settings, removals)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    found_settings = read_settings()
    with ready_installation(found_settings) as services:
        from leadintake.bootstrap import limits_of

        of_company = choose_company(services, company)
        commands = _Commands(services, of_company, filters, edits, is_dry_run=dry_run)
        with looking_for("submission of one of these IDs", "leadintake submissions list"):
            replayed = [*commands.obey(submission_ids, limits_of(found_settings))]
    _print(replayed, is_dry_run=dry_run, output=output)
    refusals = [each.refusal for each in replayed if each.refusal is not None]
    return DONE if dry_run else max((status_of(type(each)) for each in refusals), default=DONE)


class _Commands:
    """What one call comes to: a command for every few submissions."""

    def __init__(
        self, services: Services, company: Company, filters: Mapping[str, Any], edits: Edits, *, is_dry_run: bool
    ) -> None:
        self._services = services
        self._company = company
        self._filters = filters
        self._edits = edits
        self._is_dry_run = is_dry_run

    def obey(self, submission_ids: Sequence[UUID], limits: Limits) -> Iterator[Replayed]:
        """Replay all of them, and yield what became of each."""
        from leadintake.entrypoints.api.intake.replaying import kept_reader

        read = kept_reader(limits)
        total, commands = self._those(submission_ids) if submission_ids else self._matching()
        with progress("replayed", total) as move:
            for command in commands:
                following: ReplaySubmissions | None = command
                while following is not None:
                    found = self._services.replay_submissions(following, read)
                    move(len(found.replayed))
                    yield from found.replayed
                    following = self._after(following, found.next)

    def _after(self, command: ReplaySubmissions, following: Any) -> ReplaySubmissions | None:  # noqa: ANN401 - an id
        from dataclasses import replace

        return None if following is None else replace(command, after=following)

    def _those(self, submission_ids: Sequence[UUID]) -> tuple[int, list[ReplaySubmissions]]:
        from leadintake.domain.submission import SubmissionId
        from leadintake.domain.use_cases.replay_submissions import MOST_REPLAYS, ReplaySubmissions

        ids = sorted({SubmissionId(each) for each in submission_ids})
        return len(ids), [
            ReplaySubmissions(
                company_id=self._company.id,
                submission_ids=frozenset(ids[start : start + MOST_REPLAYS]),
                edits=self._edits,
                is_dry_run=self._is_dry_run,
            )
            for start in range(0, len(ids), MOST_REPLAYS)
        ]

    def _matching(self) -> tuple[int, list[ReplaySubmissions]]:
        from dataclasses import replace

        from leadintake.domain.ports import SubmissionFilter
        from leadintake.domain.submission import Outcome
        from leadintake.domain.use_cases.replay_submissions import ReplaySubmissions

        listed = chosen(self._filters, self._company, self._services.clock, per_page=1)
        total = self._services.list_submissions(replace(listed, outcome=Outcome.REFUSED)).total_count
        wanted = SubmissionFilter(
            code=listed.code,
            owner=listed.owner,
            lead_token_id=listed.lead_token_id,
            api_key_id=listed.api_key_id,
            route=listed.route,
            received_from=listed.received_from,
            received_to=listed.received_to,
        )
        return total, [
            ReplaySubmissions(
                company_id=self._company.id, wanted=wanted, edits=self._edits, is_dry_run=self._is_dry_run
            )
        ]


def _print(replayed: Sequence[Replayed], *, is_dry_run: bool, output: str) -> None:
    from leadintake.entrypoints.schemas.company.replays import REPLAYS, summary

    told = summary(replayed, is_dry_run=is_dry_run)
    if output == "json":
        print_json(REPLAYS.dump({"replays": replayed, "metadata": told}))
        return
    if not replayed:
        say("No refused submission matches; `leadintake submissions list --refused` shows them.")
        return
    print_table(("Submission", "Outcome", "Lead", "Code", "Why"), map(_row, replayed))
    passed = f"{told['taken']} would pass now" if is_dry_run else f"{told['taken']} passed"
    reasons = ", ".join(f"{count} {code}" for code, count in told["codes"].items())
    failed = f"{told['refused']} still fail" + (f" ({reasons})" if reasons else "")
    say(f"{passed}, {failed}, {told['unchanged']} unchanged.")


def _row(one: Replayed) -> tuple[object, ...]:
    refusal = one.refusal
    said = "" if refusal is None else why(refusal.errors) or refusal.detail
    code = "" if refusal is None else refusal.code
    return one.submission.receipt.id, one.outcome.value, one.lead_id or "", code, said
