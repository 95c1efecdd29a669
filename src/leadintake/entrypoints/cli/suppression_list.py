"""``leadintake suppression-list …``: callers whom the company contacts for none of its offers, or not for one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.caller_numbers import numbers_options, read_numbers
from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.option_types import RECORD_ID
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.set_up import (
    ALL,
    changes,
    clearable,
    company_of,
    document,
    given,
    instant,
    listing,
    load,
    looking_for,
    tell_of_more,
)

if TYPE_CHECKING:
    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.suppression import SuppressionList, SuppressionListId


@click.group("suppression-list")
def suppression_list() -> None:
    """Suppression lists: callers not to be contacted, for any offer or for one."""


@suppression_list.command("list")
@company_option
@output_option
def list_suppression_lists(*, company: str | None, output: str) -> None:
    """List the company's suppression lists.

    \b
    Example:
      leadintake suppression-list list
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.paging import Wanted
    from leadintake.entrypoints.schemas.company.suppression_lists import SUPPRESSION_LISTS

    with company_of(company) as (services, chosen):
        lists = services.list_suppression_lists(chosen.id, Wanted(per_page=ALL)).items
        entries = [] if output == "json" else [_count(services, chosen.id, one.id) for one in lists]
    if output == "json":
        print_json(listing(SUPPRESSION_LISTS, "suppression_lists", lists))
    elif not lists:
        say("There is no suppression list yet. Make one: leadintake suppression-list create Complaints")
    else:
        print_table(
            ("ID", "Name", "Holds for", "Callers"),
            [(one.id, one.name, _holds_for(one), count) for one, count in zip(lists, entries, strict=True)],
        )


@suppression_list.command("show")
@click.argument("list_id", metavar="ID", type=RECORD_ID)
@click.option("--page", metavar="N", help="Which page of its callers; the first unless given.")
@click.option("--per-page", metavar="N", help="How many on a page, at most 250; 25 unless given.")
@company_option
@output_option
def show_suppression_list(*, list_id: int, company: str | None, output: str, **options: object) -> None:
    """Show a suppression list, and who is on it in order of their numbers.

    \b
    Examples:
      leadintake suppression-list show 1
      leadintake suppression-list show 1 --per-page 250 --output json | jq -r '.callers[].caller_id'
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.suppression_lists import (
        CALLERS,
        ONE_SUPPRESSION_LIST,
        ListCallersSchema,
    )

    window = load(ListCallersSchema(), given(options))
    with company_of(company) as (services, chosen), _found(list_id):
        found = services.read_suppression_list(chosen.id, _id(list_id))
        callers = services.list_suppressed_callers(chosen.id, found.id, window)
    if output == "json":
        shown = document(ONE_SUPPRESSION_LIST, "suppression_list", found)
        metadata = {"total_count": callers.total_count, "page": window.page, "per_page": window.per_page}
        print_json(
            {"suppression_list": shown["suppression_list"], **listing(CALLERS, "callers", callers.items, **metadata)}
        )
        return
    _print_pairs(found, callers.total_count)
    if callers.items:
        click.echo()
        print_table(("Caller", "Since"), [(one.caller.e164, instant(one.added_at)) for one in callers.items])
    elif not callers.total_count:
        say(f"Nobody is on it. Add callers: leadintake suppression-list add {list_id} +18004506787")
    tell_of_more(len(callers.items), callers.total_count, page=window.page)


@suppression_list.command("create")
@click.argument("name")
@click.option(
    "--offer",
    "offer_id",
    metavar="ID",
    type=RECORD_ID,
    help="Let it hold for that offer and its schedules; for the whole company unless given.",
)
@company_option
@output_option
def create_suppression_list(*, company: str | None, output: str, **options: object) -> None:
    """Make an empty suppression list.

    \b
    Examples:
      leadintake suppression-list create Complaints
      leadintake suppression-list create "Has a solar roof" --offer 1
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.suppression_lists import NewSuppressionListSchema

    data = load(NewSuppressionListSchema(), given(options))
    with company_of(company) as (services, chosen):
        made = services.add_suppression_list(chosen.id, data)
    _print(made, 0, output)


@suppression_list.command("update")
@click.argument("list_id", metavar="ID", type=RECORD_ID)
@click.option("--name", metavar="TEXT", help="What it is called from now on.")
@clearable(
    "--offer",
    "offer_id",
    metavar="ID",
    type=RECORD_ID,
    help="Let it hold for that offer and its schedules only.",
    told="Let it hold for the whole company.",
)
@company_option
@output_option
def update_suppression_list(*, list_id: int, company: str | None, output: str, **options: object) -> None:
    """Change a suppression list's name, or for whom it holds; who is on it stays on it.

    \b
    Examples:
      leadintake suppression-list update 1 --name "Complaints since 2020"
      leadintake suppression-list update 1 --no-offer
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.suppression_lists import ChangedSuppressionListSchema

    data = load(ChangedSuppressionListSchema(), changes(options))
    with company_of(company) as (services, chosen), _found(list_id):
        changed = services.change_suppression_list(chosen.id, _id(list_id), data)
        entries = _count(services, chosen.id, changed.id)
    _print(changed, entries, output)


@suppression_list.command("remove")
@click.argument("list_id", metavar="ID", type=RECORD_ID)
@click.option("--yes", is_flag=True, help="Do not ask whether everybody on it may be contacted again.")
@company_option
@output_option
def remove_suppression_list(*, list_id: int, yes: bool, company: str | None, output: str) -> None:
    """Forget a suppression list with everybody on it: they may be contacted again.

    \b
    Example:
      leadintake suppression-list remove 1 --yes
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with company_of(company) as (services, chosen), _found(list_id):
        found = services.read_suppression_list(chosen.id, _id(list_id))
        entries = _count(services, chosen.id, found.id)
        if entries and not yes:
            _ask(found, entries)
        removed = services.remove_suppression_list(chosen.id, found.id)
    if output == "json":
        _print(removed, entries, output)
    else:
        click.echo(f"removed  {removed.id}  {removed.name}")


@suppression_list.command("add")
@click.argument("list_id", metavar="ID", type=RECORD_ID)
@numbers_options
@company_option
@output_option
def add_callers(*, list_id: int, numbers: tuple[str, ...], file: str | None, company: str | None, output: str) -> int:
    """Put callers on a suppression list; their leads are refused from then on. Twice is once.

    Numbers come as arguments, or one a line from a text or CSV file. A thousand at a time are taken together; what is
    no number is told with its line, and leaves the others alone.

    \b
    Examples:
      leadintake suppression-list add 1 +18004506787 '(202) 555-0143'
      leadintake suppression-list add 1 --file litigators.csv
      leadintake suppression-list add 1 --file - <numbers.txt
    """  # noqa: D301  click keeps the lines of a paragraph after it
    given_numbers = read_numbers(numbers, file)
    from leadintake.entrypoints.cli.suppressed_callers import change_entries

    with company_of(company) as (services, chosen), _found(list_id):
        return change_entries(
            given_numbers,
            done="added",
            region=chosen.region,
            entries=_entries(services, chosen, list_id),
            change=lambda batch: services.suppress_callers(chosen.id, _id(list_id), batch),
            output=output,
        )


@suppression_list.command("release")
@click.argument("list_id", metavar="ID", type=RECORD_ID)
@numbers_options
@company_option
@output_option
def release_callers(
    *, list_id: int, numbers: tuple[str, ...], file: str | None, company: str | None, output: str
) -> int:
    """Take callers off a suppression list; who is not on it is no matter.

    \b
    Examples:
      leadintake suppression-list release 1 +18004506787
      leadintake suppression-list release 1 --file by-mistake.txt --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    given_numbers = read_numbers(numbers, file)
    from leadintake.entrypoints.cli.suppressed_callers import change_entries

    with company_of(company) as (services, chosen), _found(list_id):
        return change_entries(
            given_numbers,
            done="released",
            region=chosen.region,
            entries=_entries(services, chosen, list_id),
            change=lambda batch: services.release_callers(chosen.id, _id(list_id), batch),
            output=output,
        )


def _id(list_id: int) -> SuppressionListId:
    from leadintake.domain.suppression import SuppressionListId

    return SuppressionListId(list_id)


def _found(list_id: int) -> Any:  # noqa: ANN401 - a context manager
    return looking_for(f"suppression list {list_id}", "leadintake suppression-list list")


def _count(services: Services, company_id: CompanyId, list_id: SuppressionListId) -> int:
    """Return how many callers are on the list."""
    from leadintake.domain.use_cases.paging import Window

    return services.list_suppressed_callers(company_id, list_id, Window(per_page=1)).total_count


def _entries(services: Services, chosen: Company, list_id: int) -> int:
    return _count(services, chosen.id, services.read_suppression_list(chosen.id, _id(list_id)).id)


def _ask(found: SuppressionList, entries: int) -> None:
    """Ask whether a list may go. Raises: UsageError: there is nobody to ask. Abort: it may not."""
    callers = f"{entries} caller{'s' * (entries != 1)}"
    if not sys.stdin.isatty():
        raise click.UsageError(f"{callers} could be contacted again; say --yes if that is meant.")
    click.confirm(f"Forget {found.name}? {callers} may be contacted again", abort=True, err=True)


def _holds_for(found: SuppressionList) -> str:
    return "the company" if found.offer_id is None else f"offer {found.offer_id}"


def _print(found: SuppressionList, entries: int, output: str) -> None:
    from leadintake.entrypoints.schemas.company.suppression_lists import ONE_SUPPRESSION_LIST

    if output == "json":
        print_json(document(ONE_SUPPRESSION_LIST, "suppression_list", found))
    else:
        _print_pairs(found, entries)


def _print_pairs(found: SuppressionList, entries: int) -> None:
    print_pairs([("ID", found.id), ("Name", found.name), ("Holds for", _holds_for(found)), ("Callers", entries)])
