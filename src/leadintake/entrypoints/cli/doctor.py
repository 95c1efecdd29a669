"""``leadintake doctor``: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from leadintake.config import Settings, SettingsError
from leadintake.entrypoints.cli.audited import NotedHead, audited
from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.exit_statuses import DONE, REFUSED
from leadintake.entrypoints.cli.installation import environment, installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_table
from leadintake.entrypoints.cli.program import Failed, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import Finding


@click.command()
@click.option("--audit", is_flag=True, help="Also verify every event against the segment it was sealed into.")
@click.option(
    "--head",
    "heads",
    metavar="HEAD",
    type=NotedHead(),
    multiple=True,
    help="With --audit: what `leadintake audit head` showed earlier; shows whether anything was taken off the end.",
)
@company_option
@output_option
def doctor(*, audit: bool, heads: tuple[tuple[CompanyId, int, bytes], ...], company: str | None, output: str) -> int:
    """Find what is wrong here, and how to mend it.

    Looks at settings, folders, keys, clock and database. Changes nothing, save that a new installation gets its
    folder and secret key. Exits with 0 when all is fine, else with 1. --audit also verifies the record of events, of
    every company unless one is named.

    \b
    Examples:
      leadintake doctor
      leadintake doctor --output json | jq '.findings[] | select(.ok | not)'
      leadintake doctor --audit --company "Solar Savings"
    """  # noqa: D301  click keeps the lines of a paragraph after it
    if not audit and (heads or company is not None):
        raise click.UsageError("--company and --head go with --audit.")
    findings = list(_examine(partial(audited, wanted=company, heads=heads) if audit else None))
    is_fine = all(finding.is_fine for finding in findings)
    if output == "json":
        print_json(
            {
                "is_fine": is_fine,
                "findings": [
                    {"check": one.check, "ok": one.is_fine, "detail": one.detail, "mend": one.mend} for one in findings
                ],
            }
        )
    else:
        _print(findings)
    return DONE if is_fine else REFUSED


def _examine(audit: Callable[[Services], Sequence[Finding]] | None) -> Iterator[Finding]:
    """Yield every finding, those of an audit too if wished; what a fault makes impossible to look at is left out."""
    from leadintake.domain.ports import Finding
    from leadintake.entrypoints.cli.examination import examine_place

    environ = environment()
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        for name, said in told(error):
            yield Finding("settings", is_fine=False, detail=f"{name}: {said}", mend=f"correct {name}")
        return
    yield from examine_place(settings, environ)
    try:
        with installation(settings) as services:
            found = services.inspect()
            yield from found
            if all(finding.is_fine for finding in found if finding.check in {"database_reachable", "schema_current"}):
                yield from services.inspect_records()
                yield from services.inspect_rollups()
                if audit is not None:
                    yield from audit(services)
    except click.UsageError:
        raise
    except Failed as error:
        yield Finding("data_folder", is_fine=False, detail=error.message, mend="correct LEADINTAKE_DATA_DIR")
    except Exception as error:  # noqa: BLE001  a damaged database must not silence who looks for damage
        yield Finding(
            "database_intact",
            is_fine=False,
            detail=f"looking at the database failed: {type(error).__name__}",
            mend="if it is damaged, put back a backup; LEADINTAKE_LOG_LEVEL=debug leadintake migrate --check says more",
        )


def _print(findings: Sequence[Finding]) -> None:
    rows: list[tuple[str, str, str]] = []
    for finding in findings:
        rows.append(("ok" if finding.is_fine else "WRONG", finding.check, finding.detail))
        if not finding.is_fine:
            rows.append(("", "", f"-> {finding.mend}"))
    print_table(("", "Check", "Found"), rows, styles={"WRONG": "red"})
    wrong = sum(not finding.is_fine for finding in findings)
    click.echo("\nAll is fine." if not wrong else f"\nTo mend: {wrong}.")
