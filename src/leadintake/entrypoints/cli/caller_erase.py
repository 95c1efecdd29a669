"""``leadintake caller-erase``: take people out of everything, for good."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.caller_numbers import numbers_options, read_numbers
from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.exit_statuses import DONE, status_of
from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_table, printable, say
from leadintake.entrypoints.cli.program import complain_of
from leadintake.entrypoints.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.errors import Refusal
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.use_cases.erase_callers import ErasedPerson
    from leadintake.entrypoints.cli.caller_numbers import Numbered


@click.command("caller-erase")
@numbers_options
@click.option("--dry-run", is_flag=True, help="Count what there is, and keep everything.")
@click.option("--yes", is_flag=True, help="Do not ask: there is no way back.")
@click.option(
    "--no-rebuild",
    is_flag=True,
    help="Leave SQLite's file as it is: quicker in a large one, and traces may stay in it until a later erasure.",
)
@company_option
@output_option
def caller_erase(
    *,
    numbers: tuple[str, ...],
    file: str | None,
    dry_run: bool,
    yes: bool,
    no_rebuild: bool,
    company: str | None,
    output: str,
) -> int:
    """Erase callers: contact, leads, tokens, requests, evidence of consent, everything goes for good.

    Who had opted out, was blocked or suppressed stays refused: a keyed digest is kept for that, no number. A receipt
    says how much there was. Erasing somebody twice is erasing them once. Backups made before still hold them until
    they are restored, which erases them again; see docs/privacy.md.

    \b
    Examples:
      leadintake caller-erase --dry-run +18004506787
      leadintake caller-erase --yes +18004506787 --output json
      leadintake caller-erase --yes --file requests.csv
    """  # noqa: D301  click keeps the lines of a paragraph after it
    given = read_numbers(numbers, file)
    with ready_installation(read_settings()) as services:
        from leadintake.domain.use_cases.erase_callers import EraseCallers

        chosen = choose_company(services, company)
        callers, failures = _read(given, chosen.region)
        if callers and not (dry_run or yes):
            _ask(len(callers))
        erased: Sequence[ErasedPerson] = ()
        if callers:
            with progress("submissions looked through", services.count_submissions(chosen.id)) as advance:
                command = EraseCallers(company_id=chosen.id, callers=callers, is_rehearsal=dry_run)
                erased = services.erase_callers(command, advance=advance)
            if not (dry_run or no_rebuild):
                services.rebuild()
    if output == "json":
        print_json(_document(erased, failures, is_dry_run=dry_run))
    else:
        _print(erased, failures, is_dry_run=dry_run)
    return max((status_of(type(refusal)) for _, refusal in failures), default=DONE)


def _read(given: Sequence[Numbered], region: str) -> tuple[list[PhoneNumber], list[tuple[Numbered, Refusal]]]:
    from leadintake.domain.errors import InvalidCallerId
    from leadintake.domain.phone import PhoneNumber

    callers, failures = [], list[tuple["Numbered", "Refusal"]]()
    for number in given:
        try:
            callers.append(PhoneNumber.parse(number.text, region))
        except InvalidCallerId as refusal:
            failures.append((number, refusal))
    return callers, failures


def _ask(count: int) -> None:
    """Let a person think twice. Raises: UsageError: nobody is there to be asked. Abort: they would rather not."""
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is here to be asked, and there is no way back: give --yes, or --dry-run.")
    people = "this caller" if count == 1 else f"these {count} callers"
    click.confirm(f"Erase {people} for good?", abort=True, err=True)


def _document(
    erased: Sequence[ErasedPerson], failures: Sequence[tuple[Numbered, Refusal]], *, is_dry_run: bool
) -> dict[str, Any]:
    from leadintake.entrypoints.schemas.company.erasures import erasure_document

    return {
        "dry_run": is_dry_run,
        "erasures": [
            erasure_document(one.erasure, is_done=not (is_dry_run and one.is_new)) | {"is_new": one.is_new}
            for one in erased
        ],
        "failures": [
            {"caller_id": number.text, "line": number.line, "code": refusal.code, "error": refusal.detail}
            for number, refusal in failures
        ],
    }


def _print(erased: Sequence[ErasedPerson], failures: Sequence[tuple[Numbered, Refusal]], *, is_dry_run: bool) -> None:
    for number, refusal in failures:
        complain_of(refusal, about=f"{printable(number.place)}: ")
    if not erased:
        return
    names = [name.replace("_", " ").capitalize() for name in erased[0].erasure.removed.as_mapping()]
    print_table(("Receipt", "Left alone", *names), [_row(one, is_dry_run=is_dry_run) for one in erased])
    if is_dry_run:
        say("Nothing was erased: this was a dry run.")
    elif not any(one.is_new for one in erased):
        say("They had been erased before, and nothing had come since.")


def _row(one: ErasedPerson, *, is_dry_run: bool) -> tuple[object, ...]:
    receipt = "(dry run)" if is_dry_run and one.is_new else one.erasure.id
    left_alone = "yes" if one.erasure.was_opted_out else "no"
    return (receipt, left_alone, *one.erasure.removed.as_mapping().values())
