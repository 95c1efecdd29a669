"""``leadintake tail``: submissions as they come."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.exit_statuses import DONE
from leadintake.entrypoints.cli.output import output_option, print_json, printable
from leadintake.entrypoints.cli.set_up import company_of
from leadintake.entrypoints.cli.submission_documents import document, line
from leadintake.entrypoints.cli.submission_filters import chosen, filter_options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.bootstrap import Services
    from leadintake.domain.submission import Submission, SubmissionId
    from leadintake.domain.use_cases.read_submissions import ListSubmissions

_A_PAGE: Final = 250
_OVERLAP: Final = timedelta(seconds=10)


@click.command()
@filter_options
@click.option("--lines", metavar="N", type=click.IntRange(0, _A_PAGE), default=10, help="How many to begin with; 10.")
@click.option(
    "--interval",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 60),
    default=1.0,
    help="How often to look; every second unless given.",
)
@company_option
@output_option
def tail(*, lines: int, interval: float, company: str | None, output: str, **options: Any) -> int:  # noqa: ANN401 - as click hands them over
    """Follow submissions as they come, until Ctrl-C; --output json prints one in a line.

    \b
    Examples:
      leadintake tail
      leadintake tail --refused --owner schedule:1
      leadintake tail --output json | jq .code
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with company_of(company) as (services, of_company):
        following = Following(services, chosen(options, of_company, services.clock, per_page=_A_PAGE))
        try:
            _print(following.begin(lines), output)
            while True:
                time.sleep(interval)
                _print(following.new(), output)
        except KeyboardInterrupt:
            # This is how it ends.
            return DONE


class Following:
    """Submissions that have come since the last look, each once.

    Several processes file at the same time, so that one may come to sight after another with a later identifier:
    every look goes back a little, and leaves out what was seen.
    """

    def __init__(self, services: Services, wanted: ListSubmissions) -> None:
        self._services = services
        self._wanted = wanted
        self._since: SubmissionId | None = None
        self._seen: dict[SubmissionId, datetime] = {}

    def begin(self, count: int) -> Sequence[Submission]:
        """Return so many of the newest, oldest first."""
        newest = [*reversed(self._services.list_submissions(self._wanted).submissions)]
        self._note(newest)
        return newest[len(newest) - min(count, len(newest)) :]

    def new(self) -> Sequence[Submission]:
        """Return those that have come to sight since, oldest first."""
        found: list[Submission] = []
        since, is_more = self._since, True
        while is_more:
            page = self._services.follow_submissions(self._wanted, since=since)
            found += [each for each in page if each.receipt.id not in self._seen]
            is_more = len(page) == self._wanted.per_page
            since = page[-1].receipt.id if page else since
        self._note(found)
        return found

    def _note(self, found: Sequence[Submission]) -> None:
        self._seen.update((each.receipt.id, each.receipt.received_at) for each in found)
        if not self._seen:
            return
        settled_at = max(self._seen.values()) - _OVERLAP
        settled = [submission_id for submission_id, at in self._seen.items() if at < settled_at]
        if settled:
            self._since = max(settled)
            self._seen = {each: at for each, at in self._seen.items() if each > self._since}


def _print(found: Sequence[Submission], output: str) -> None:
    for each in found:
        if output == "json":
            print_json(document(each), is_line=True)
        else:
            click.echo(printable(line(each)))
