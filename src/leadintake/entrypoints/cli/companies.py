"""``--company``: which company a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from leadintake.entrypoints.cli.output import printable
from leadintake.entrypoints.cli.program import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company

Command = TypeVar("Command", bound="Callable[..., Any]")


def company_option(command: Command) -> Command:
    """Give a command ``--company NAME|ID``; it arrives as `company`, None when it was not given."""
    return click.option("--company", metavar="NAME|ID", help="Whose; can be left out while there is only one company.")(
        command
    )


def choose_company(services: Services, wanted: str | None) -> Company:
    """Return the company of that name or number, or the only one there is.

    Raises: Failed: there is none yet. UsageError: it is not there, or there are several to choose from.
    """
    companies = services.list_companies()
    if not companies:
        raise Failed("there is no company yet; run: leadintake init")
    if wanted is None:
        if len(companies) > 1:
            raise click.UsageError(f"there are several companies; choose one with --company: {_listed(companies)}.")
        return companies[0]
    by_name = {str(company.id): company for company in companies} | {company.name: company for company in companies}
    if wanted.strip() not in by_name:
        raise click.UsageError(f"there is no company {printable(wanted)}; there is: {_listed(companies)}.")
    return by_name[wanted.strip()]


def _listed(companies: Sequence[Company]) -> str:
    return ", ".join(f"{company.id} ({printable(company.name)})" for company in companies)
