"""The options that say by which rules a schedule or an offer takes leads, and what is shown of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from leadintake.domain.owner_rules import DuplicateScope
from leadintake.entrypoints.cli.option_types import DIGIT_COUNTS, SPAN
from leadintake.entrypoints.cli.set_up import clearable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from leadintake.domain.owner import Owner

Command = TypeVar("Command", bound="Callable[..., Any]")

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def rules_options(command: Command) -> Command:
    """Give a command the options of the rules; each arrives under the name of the API's field."""
    for decorate in reversed(
        (
            click.option(
                "--require-traffic-source/--no-require-traffic-source",
                default=None,
                help="Refuse leads without a known traffic source.",
            ),
            click.option(
                "--duplicate-timeframe",
                "lead_duplicate_timeframe",
                metavar="SPAN",
                type=SPAN,
                help="Refuse a caller who was submitted within this span: 3600, 90m, 12h, 30d; 0 refuses none.",
            ),
            click.option(
                "--duplicate-scope",
                "lead_duplicate_scope",
                type=click.Choice([scope.value for scope in DuplicateScope]),
                help="Whose earlier leads count: this one's own, or those of the whole company.",
            ),
            click.option(
                "--reject-same-source/--no-reject-same-source",
                default=None,
                help="Refuse a caller whom the same traffic source has sent before, however long ago.",
            ),
            clearable(
                "--phone-length",
                "phone_lengths",
                metavar="N|N-M",
                type=DIGIT_COUNTS,
                help="How many digits a number may have without its country code: 10, or 7-11.",
                told="Take numbers of any length.",
            ),
            clearable(
                "--per-ip-limit",
                "max_leads_per_ip_per_day",
                metavar="N",
                type=int,
                help="The most leads from one address within a day.",
                told="Take any number of leads from one address.",
            ),
            click.option(
                "--enforce-contact-fields/--no-enforce-contact-fields",
                default=None,
                help="Refuse leads that are not what the offer's contact fields ask for.",
            ),
            clearable(
                "--phone-field",
                "phone_fields",
                metavar="NAME",
                multiple=True,
                help="A lead token in which senders put the phone number; give it again for others, likeliest first.",
                told="Look for the number under its usual names only.",
            ),
        )
    ):
        command = decorate(command)
    return command


def rules_shown(owner: Owner) -> Iterator[tuple[str, object]]:
    """Yield what is shown of an owner's rules: those in force."""
    rules = owner.rules
    yield "Traffic source", "required" if owner.requires_traffic_source else "optional"
    whose = "any schedule or offer" if rules.duplicate_scope is DuplicateScope.COMPANY else "this one"
    if rules.duplicate_timeframe:
        yield "Duplicates", f"refused within {_span(rules.duplicate_timeframe)} of a lead in {whose}"
    if rules.rejects_same_source:
        yield "Same source", f"refused when it has sent the caller to {whose} before"
    if rules.phone_lengths is not None:
        yield "Phone digits", "-".join(map(str, dict.fromkeys(rules.phone_lengths)))
    if rules.most_per_ip_a_day is not None:
        yield "Per address", f"{rules.most_per_ip_a_day} a day"
    if rules.enforces_contact_fields:
        yield "Contact fields", "enforced"
    if rules.phone_fields:
        yield "Phone fields", ", ".join(rules.phone_fields)


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    unit, size = next(unit for unit in _UNITS if seconds % unit[1] == 0)
    return f"{seconds // size} {unit}{'s' * (seconds != size)}"
