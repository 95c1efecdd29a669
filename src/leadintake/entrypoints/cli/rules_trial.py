"""`leadintake schedule try` and `offer try`: what changed rules would have done to the submissions of the last days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadintake.entrypoints.cli.companies import company_option
from leadintake.entrypoints.cli.installation import read_settings
from leadintake.entrypoints.cli.option_types import RECORD_ID
from leadintake.entrypoints.cli.output import output_option, print_json, print_table, say
from leadintake.entrypoints.cli.owner_rules import rules_options
from leadintake.entrypoints.cli.set_up import changes, company_of, document, instant, load, looking_for

if TYPE_CHECKING:
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.use_cases.try_rules import Flip, Trial

_SHOWN = 25


@click.command("try")
@click.argument("schedule_id", metavar="ID", type=RECORD_ID)
@rules_options
@click.option("--days", metavar="N", type=int, default=7, show_default=True, help="How many days back; at most 30.")
@company_option
@output_option
def try_for_schedule(*, schedule_id: int, days: int, company: str | None, output: str, **options: Any) -> None:  # noqa: ANN401 - as click hands them over
    """Say what other rules would have done to the submissions of the last days, and change nothing.

    What no option names stays as it is. Contact fields are tried by the HTTP API.

    \b
    Examples:
      leadintake schedule try 1 --duplicate-timeframe 30d
      leadintake schedule try 1 --enforce-contact-fields --phone-length 10 --days 14
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.owner import OwnerKind, OwnerRef

    owner = OwnerRef(OwnerKind.SCHEDULE, schedule_id)
    _try(owner, changes(options) | {"days": days}, company=company, output=output)


@click.command("try")
@click.argument("offer_id", metavar="ID", type=RECORD_ID)
@rules_options
@click.option("--days", metavar="N", type=int, default=7, show_default=True, help="How many days back; at most 30.")
@company_option
@output_option
def try_for_offer(*, offer_id: int, days: int, company: str | None, output: str, **options: Any) -> None:  # noqa: ANN401 - likewise
    """Say what other rules would have done to the submissions of the last days, and change nothing.

    What no option names stays as it is. Contact fields are tried by the HTTP API.

    \b
    Examples:
      leadintake offer try 1 --duplicate-timeframe 30d --duplicate-scope company
      leadintake offer try 1 --enforce-contact-fields --days 14
    """  # noqa: D301  likewise
    from leadintake.domain.owner import OwnerKind, OwnerRef

    _try(OwnerRef(OwnerKind.OFFER, offer_id), changes(options) | {"days": days}, company=company, output=output)


def _try(owner: OwnerRef, fields: dict[str, Any], *, company: str | None, output: str) -> None:
    from leadintake.bootstrap import limits_of
    from leadintake.entrypoints.api.intake.replaying import kept_reader
    from leadintake.entrypoints.schemas.company.trials import ONE_TRIAL, TrialSchema, trial_of

    data = load(TrialSchema(), fields)
    read = kept_reader(limits_of(read_settings()))
    with (
        company_of(company) as (services, chosen),
        looking_for(f"{owner.kind} {owner.id}", f"leadintake {owner.kind} list"),
    ):
        trial = services.try_rules(trial_of(data, chosen.id, owner), read)
    if output == "json":
        print_json(document(ONE_TRIAL, "trial", trial))
    else:
        _print(trial)


def _print(trial: Trial) -> None:
    since, until = instant(trial.since), instant(trial.until)
    if not trial.tried:
        say(f"Nothing that could be judged again was submitted from {since} to {until}.")
        return
    if trial.flips:
        print_table(("Submission", "Received", "Now", "Then", "Why"), map(_row, trial.flips[:_SHOWN]))
    reasons = ", ".join(f"{count} {code}" for code, count in trial.codes.items())
    say(
        f"{trial.tried} submissions from {since} to {until}: {trial.refused_now} are refused by the rules as they are, "
        f"{trial.refused_then} would be by these. {trial.flip_count} verdicts flip{f' ({reasons})' if reasons else ''}."
    )
    if trial.flip_count > _SHOWN:
        say(f"The first {_SHOWN} are shown; --output json has more.")
    if trial.unreadable:
        say(f"{trial.unreadable} more could not be judged: what they held is erased or kept no longer.")
    if not trial.is_complete:
        say("There are more after that: fewer --days show the latest.")


def _row(flip: Flip) -> tuple[object, ...]:
    from leadintake.entrypoints.cli.submission_documents import why

    receipt, before, after = flip.submission.receipt, flip.before, flip.after
    reason = "" if after is None else why(after.errors) or after.detail
    now, then = ("taken" if refusal is None else refusal.code for refusal in (before, after))
    return receipt.id, instant(receipt.received_at), now, then, reason
