"""The options that choose submissions, for every command that lists, follows or replays them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from leadintake.entrypoints.cli.option_types import OWNER, SPAN, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import Clock
    from leadintake.domain.use_cases.read_submissions import ListSubmissions

Command = TypeVar("Command", bound="Callable[..., Any]")


def _outcomes() -> Sequence[str]:
    from leadintake.domain.submission import Outcome

    return tuple(Outcome)


def _codes() -> Sequence[str]:
    from leadintake.entrypoints.api.documents import documented_refusals

    return [kind.code for kind in documented_refusals()]


def refused_options(command: Command) -> Command:
    """Give a command the options that choose among refused submissions; they arrive by name."""
    for option in (
        click.option("--route", metavar="ROUTE", help="That came in by that route, such as leads/capture."),
        click.option("--api-key", "api_key_id", metavar="ID", type=click.UUID, help="That came by that API key."),
        click.option("--token", "lead_token_id", metavar="ID", type=click.UUID, help="That came by that lead token."),
        click.option("--until", "received_to", metavar="TIME", help="Received before then."),
        click.option(
            "--since",
            "received_from",
            metavar="TIME",
            help="Received then or later: ISO 8601, in the company's time zone unless it says so; or such as 24h ago.",
        ),
        click.option("--owner", metavar="OWNER", type=OWNER, help="Of that owner: schedule:1 or offer:2."),
        click.option(
            "--code",
            metavar="CODE",
            shell_complete=one_of(_codes),
            help="Refused for that reason, such as invalid_caller_id.",
        ),
    ):
        command = option(command)
    return command


def filter_options(command: Command) -> Command:
    """Give a command the options that choose among all submissions; they arrive by name."""
    for option in (
        click.option("--caller", "caller_id", metavar="NUMBER", help="That touched a lead of that caller; any form."),
        click.option("--lead", "lead_id", metavar="ID", type=click.UUID, help="That touched that lead."),
        click.option("--refused", is_flag=True, help="Only those that were refused."),
        click.option(
            "--outcome", metavar="OUTCOME", shell_complete=one_of(_outcomes), help="With that outcome, such as created."
        ),
    ):
        command = option(command)
    return refused_options(command)


def chosen(
    options: Mapping[str, Any], company: Company, clock: Clock, *, per_page: int, page: int = 1
) -> ListSubmissions:
    """Return which submissions the options of `filter_options` choose.

    Raises: UsageError: an option cannot be used. InvalidCallerId: the caller is no phone number.
    """
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.submission import Outcome
    from leadintake.domain.use_cases.read_submissions import ListSubmissions

    outcome = (options.get("outcome") or "").strip().lower()
    if outcome and outcome not in set(Outcome):
        raise click.BadParameter(f"must be one of {', '.join(Outcome)}.", param_hint="--outcome")
    if options.get("refused"):
        if outcome not in {"", Outcome.REFUSED}:
            raise click.UsageError("give --refused or --outcome, not both.")
        outcome = Outcome.REFUSED
    caller = options.get("caller_id")
    return ListSubmissions(
        company_id=company.id,
        outcome=Outcome(outcome) if outcome else None,
        code=options["code"],
        owner=owner_of(options["owner"]),
        lead_id=options.get("lead_id"),
        caller=PhoneNumber.parse(caller, company.region) if caller else None,
        lead_token_id=options["lead_token_id"],
        api_key_id=options["api_key_id"],
        route=options["route"],
        received_from=_instant(options["received_from"], "--since", company, clock),
        received_to=_instant(options["received_to"], "--until", company, clock),
        page=page,
        per_page=per_page,
    )


def owner_of(named: tuple[str, int] | None) -> OwnerRef | None:
    """Return the owner of an option, None for none."""
    from leadintake.domain.owner import OwnerKind, OwnerRef

    return None if named is None else OwnerRef(OwnerKind(named[0]), named[1])


def _instant(text: str | None, option: str, company: Company, clock: Clock) -> datetime | None:
    """Return the moment of an option: a time, or so long ago."""
    from datetime import timedelta

    from leadintake.domain.claims import read_time

    if text is None:
        return None
    span = text.strip().lower().removesuffix("ago").strip()
    try:
        if span[-1:].isalpha() and span[:-1].strip().isdecimal():
            return clock() - timedelta(seconds=SPAN.convert(span, None, None))
        return read_time(text, company.time_zone)
    except (ValueError, OverflowError, click.BadParameter) as error:
        message = f"{text!r} is no time: give ISO 8601, such as 2030-01-31T09:00, or a span, such as 90m, 24h, 7d."
        raise click.BadParameter(message, param_hint=option) from error
