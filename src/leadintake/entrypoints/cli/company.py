"""``leadintake company …``: what the company is called, and how it reads numbers and times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs
from leadintake.entrypoints.cli.set_up import changes, company_of, document, load

if TYPE_CHECKING:
    from leadintake.domain.company import Company


@click.group()
def company() -> None:
    """The company: its name, region and time zone."""


@company.command("show")
@company_option
@output_option
def show_company(*, company: str | None, output: str) -> None:
    """Show the company.

    \b
    Example:
      leadintake company show
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with company_of(company) as (_, chosen):
        _print(chosen, output)


@company.command("update")
@click.option("--name", metavar="TEXT", help="What it is called from now on, for --company too.")
@click.option("--region", metavar="COUNTRY", help="Country in which phone numbers without a country code are read.")
@click.option("--time-zone", metavar="ZONE", help="Zone of times without an offset, and of days and months of reports.")
@company_option
@output_option
def update_company(*, company: str | None, output: str, **options: object) -> None:
    """Change the company. What is kept stays as it is; its currency is chosen once, by `leadintake init`.

    \b
    Example:
      leadintake company update --region GB --time-zone Europe/London
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.entrypoints.schemas.company.company import RenamedCompanySchema

    data = load(RenamedCompanySchema(), changes(options))
    with company_of(company) as (services, chosen):
        _print(services.change_company(chosen.id, data), output)


def _print(found: Company, output: str) -> None:
    from leadintake.entrypoints.schemas.company.company import ONE_COMPANY

    if output == "json":
        print_json(document(ONE_COMPANY, "company", found))
        return
    print_pairs(
        [
            ("ID", found.id),
            ("Name", found.name),
            ("Region", found.region),
            ("Time zone", found.time_zone),
            ("Currency", found.currency),
        ]
    )
