"""``leadintake submit``: leads in from the command line, by the same way as over HTTP."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from leadintake.domain.errors import MalformedBody, Refusal
from leadintake.domain.reserved_names import is_credential_name
from leadintake.entrypoints.cli.companies import choose_company, company_option
from leadintake.entrypoints.cli.exit_statuses import DONE, status_of
from leadintake.entrypoints.cli.installation import LEAD_TOKEN_VARIABLE, read_settings, ready_installation
from leadintake.entrypoints.cli.output import complain, output_option, print_table, warn
from leadintake.entrypoints.cli.owners import find_owner, owner_named, owner_options
from leadintake.entrypoints.cli.program import Failed, complain_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.decision import Decision
    from leadintake.domain.idempotency import IdempotencyRecord, Idempotent
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.parameters import Limits, TextPairs
    from leadintake.domain.reserving import FieldError
    from leadintake.domain.use_cases.identify_sender import Sender

_FROM_STANDARD_INPUT = "-"
_LEADS = "leads"
_CREATE_OR_UPDATE = "create_or_update"


@click.command()
@click.argument("arguments", metavar="CALLER_ID... [NAME=VALUE]...", nargs=-1)
@click.option(
    "--lead-token",
    metavar="TOKEN",
    envvar=LEAD_TOKEN_VARIABLE,
    show_envvar=True,
    help="Names the schedule or offer; - reads it from standard input. Not given, it is asked for.",
)
@click.option("--data", metavar="JSON", help="The rest of the lead, as the body of an HTTP request would be.")
@click.option(
    "--route",
    type=click.Choice(["leads", "capture", "create_or_update"]),
    default="leads",
    show_default=True,
    help="By the rules of that endpoint; create_or_update looks for the caller in the whole offer.",
)
@click.option("--explain", is_flag=True, help="Also show the rules that the lead went through, and their verdicts.")
@click.option(
    "--idempotency-key",
    metavar="KEY",
    help="Your own name for this lead: sent again under it, it gets the first answer again, for three days.",
)
@owner_options
@company_option
@output_option
@click.pass_context
def submit(  # noqa: PLR0913  one for each option, and they arrive by keyword
    context: click.Context,
    *,
    arguments: tuple[str, ...],
    lead_token: str | None,
    data: str | None,
    route: str,
    explain: bool,
    idempotency_key: str | None,
    schedule: int | None,
    offer: int | None,
    company: str | None,
    output: str,
) -> int:
    """Submit leads, just as POST /api/v1/leads does, or the endpoint below it that --route names.

    Each CALLER_ID is one lead, and is answered by itself. Every NAME=VALUE is what it would be in a request: a
    platform field if the name is reserved (email, sub_id, expires_in, ...), else a named value of the lead.

    The lead token says whose the leads are. Keep it out of the shell's history: put it into the variable, or type it
    when asked. On the machine of the installation --schedule or --offer can stand in for it.

    \b
    Examples:
      leadintake submit +18004506787 email=john@example.com interest=kittens
      leadintake submit --schedule 1 +18004506787 '+1 (202) 555-0143' sub_id=creative-A
      leadintake submit --offer 1 +18004506787 --data '{"expires_in": 60, "data": {"interest": "kittens"}}'
      leadintake submit --lead-token - +18004506787 <token.txt
      leadintake submit --schedule 1 --explain +18004506787 test=true
      leadintake submit --schedule 1 --route capture --idempotency-key order-4711 +18004506787
    """  # noqa: D301  click keeps the lines of a paragraph after it
    callers, parameters = _sorted(arguments)
    if not callers and data is None:
        raise click.UsageError("Missing argument 'CALLER_ID': whose lead is it?")
    if idempotency_key is not None and len(callers) > 1:
        raise click.UsageError("an --idempotency-key stands for one lead: give one CALLER_ID.")
    owner = owner_named(schedule, offer)
    if owner is None:
        lead_token = _read_lead_token(lead_token)
    elif context.get_parameter_source("lead_token") is ParameterSource.COMMANDLINE:
        # The variable may well be there for other calls; the owner that is named goes before it.
        raise click.UsageError(f"give --lead-token or --{owner.kind}, not both: a lead has one owner.")
    settings = read_settings()
    with ready_installation(settings) as services:
        # Imported late, as all of the answer's machinery is.
        from leadintake.bootstrap import limits_of

        sender, secret = _sender(services, owner, company=company, lead_token=lead_token)
        form = _Form(
            parameters=parameters,
            data=data,
            route=route,
            is_explained=explain,
            idempotency_key=idempotency_key,
            limits=limits_of(settings),
            sender=sender,
            secret=secret,
        )
        # One after the other: each is answered with what became of it, and a later one cannot undo an earlier.
        statuses = [_submit(services, form, caller, output=output) for caller in callers or (None,)]
    return max(statuses, default=DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What all leads of one call have in common."""

    parameters: TextPairs
    data: str | None = field(repr=False)
    route: str
    is_explained: bool
    idempotency_key: str | None
    limits: Limits
    sender: Sender
    secret: str = field(repr=False)


def _sorted(arguments: Sequence[str]) -> tuple[list[str], TextPairs]:
    """Return the callers and the parameters among the arguments.

    Raises: UsageError: an argument cannot be used, or holds a credential.
    """
    callers: list[str] = []
    parameters: list[tuple[str, str]] = []
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise click.UsageError("an argument is not in the encoding of this terminal; send UTF-8.")
        name, is_parameter, value = argument.partition("=")
        # As RFC 3966 has them, telephone numbers can hold an equals sign: tel:+12025550143;ext=7.
        if not is_parameter or name.lower().startswith("tel:"):
            callers.append(argument)
        elif is_credential_name(name):
            raise click.UsageError(
                f"leave {name}= out: everybody on this machine can read arguments. Use --lead-token - or "
                f"{LEAD_TOKEN_VARIABLE}."
            )
        else:
            parameters.append((name, value))
    return callers, tuple(parameters)


def _read_lead_token(given: str | None) -> str:
    """Return the lead token: as given, from standard input, or typed without being shown.

    Raises: UsageError: there is none.
    """
    if given is not None and given != _FROM_STANDARD_INPUT:
        return given.strip()
    if sys.stdin.isatty():
        return str(click.prompt("Lead token", hide_input=True, err=True)).strip()
    text = sys.stdin.readline().strip() if given == _FROM_STANDARD_INPUT else ""
    if not text:
        raise click.UsageError(
            f"whose lead is it? Name the owner with --lead-token, {LEAD_TOKEN_VARIABLE}, --schedule ID or --offer ID."
        )
    return text


def _sender(
    services: Services, owner: OwnerRef | None, *, company: str | None, lead_token: str | None
) -> tuple[Sender, str]:
    """Return who sends, and the secret that must not be kept.

    Raises: UnknownLeadToken. NotFound: the company has no such owner. Failed: the owner has no lead token.
    """
    from leadintake.domain.use_cases.identify_sender import Sender

    if owner is None:
        secret = lead_token or ""
        return services.identify_lead_token(secret, kind=None), secret
    of_company = choose_company(services, company)
    find_owner(services.read_directory(of_company.id), owner)
    tokens = services.reveal_lead_tokens(of_company.id, owner)
    if not tokens:
        raise Failed(f"{owner.kind} {owner.id} has no lead token: nobody can send leads to it.")
    # The oldest is the owner's own; those made later were given to somebody. One that is restricted is for others.
    credential, secret = next((each for each in tokens if each[0].is_unrestricted), tokens[0])
    return Sender(credential, of_company), secret


def _submit(services: Services, form: _Form, caller: str | None, *, output: str) -> int:
    """Submit one lead, print the answer, and return the exit status."""
    decision = services.enroll_lead(_command(services, form, caller))
    if output == "json":
        _print_document(decision)
    elif decision.replay is not None:
        _print_replay(decision.replay, caller)
    else:
        _print_answer(decision, caller)
    if decision.replay is not None:
        return _status_of_first(decision.replay)
    return DONE if decision.refusal is None else status_of(type(decision.refusal))


def _command(services: Services, form: _Form, caller: str | None) -> EnrollLead:
    from leadintake.domain.claims import Reach
    from leadintake.domain.quota import DailyCap
    from leadintake.domain.submission import Receipt, SubmissionId
    from leadintake.entrypoints.api.intake.carriers import EMPTY_BODY, Body, BodyKind
    from leadintake.entrypoints.api.intake.json_body import read_json_object
    from leadintake.entrypoints.api.intake.kept import kept_request
    from leadintake.entrypoints.api.intake.repeats import under_key
    from leadintake.entrypoints.schemas.submission import to_command

    query = form.parameters if caller is None else (("caller_id", caller), *form.parameters)
    body = EMPTY_BODY
    if form.data is not None:
        try:
            body = Body(kind=BodyKind.JSON, pairs=read_json_object(form.data, form.limits))
        except MalformedBody as refusal:
            raise click.BadParameter(refusal.detail, param_hint="--data") from refusal
        if any(is_credential_name(name) for name, _ in body.pairs):
            raise click.BadParameter("leave the credential out; use --lead-token.", param_hint="--data")
    route = form.route if form.route == _LEADS else f"{_LEADS}/{form.route}"
    kept = kept_request(query, body, secrets={form.secret}).as_mapping()
    idempotent: Idempotent | None = None
    errors: tuple[FieldError, ...] = ()
    if form.idempotency_key is not None:
        idempotent, errors = under_key(form.idempotency_key, kept, route, services.digests)
    receipt = Receipt(
        id=SubmissionId(services.new_id()),
        company_id=form.sender.company.id,
        lead_token_id=form.sender.lead_token.id,
        received_at=services.clock(),
        # Judged by the rules of that endpoint, should it ever be replayed; without an address it came from here.
        route=route,
        remote_ip=None,
        request=kept,
    )
    command = to_command(
        body.submitted(query),
        receipt,
        region=form.sender.company.region,
        limits=form.limits,
        secrets={form.secret},
        errors=errors,
        reach=Reach.OFFER if form.route == _CREATE_OR_UPDATE else Reach.OWNER,
        explain=form.is_explained,
        idempotent=idempotent,
    )
    most = form.sender.lead_token.rules.daily_cap
    if most is None:
        return command
    return replace(command, daily_cap=DailyCap(most=most, time_zone=form.sender.company.time_zone))


def _print_document(decision: Decision) -> None:
    """Print the answer's body as it would go over HTTP, in one line."""
    from leadintake.entrypoints.api.answers import answer

    click.echo(answer(decision).get_data(as_text=True))


def _print_answer(decision: Decision, caller: str | None) -> None:
    if decision.refusal is None:
        click.echo("  ".join(_answer(decision, caller)))
        for notice in decision.notices:
            warn(f"{notice.field}: {notice.message}" if notice.field else notice.message)
    else:
        complain_of(decision.refusal, about=f"{caller}: " if caller else "")
    if decision.trace:
        print_table(("Step", "Rule", "Verdict"), [(one.step.value, one.rule, one.verdict) for one in decision.trace])


def _print_replay(first: IdempotencyRecord, caller: str | None) -> None:
    """Print what the first answer under the key came to."""
    answered = json.loads(first.document)
    if first.status == HTTPStatus.OK:
        click.echo("  ".join(filter(None, ("replayed", caller, answered["outcome"], _lead_named(answered)))))
    else:
        complain(f"{caller}: {answered['detail']}" if caller else answered["detail"])


def _status_of_first(first: IdempotencyRecord) -> int:
    """Return the exit status that the first answer under the key had."""
    if first.status == HTTPStatus.OK:
        return DONE
    kinds = [Refusal]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    code = json.loads(first.document)["code"]
    return status_of(next(kind for kind in reversed(kinds) if kind.code == code))


def _lead_named(answered: Mapping[str, Any]) -> str:
    return f"lead {answered['lead_id']}" if answered["lead_id"] else ""


def _answer(decision: Decision, caller: str | None) -> Iterator[str]:
    yield decision.outcome.value
    lead = decision.lead
    if lead is None:
        yield caller or ""
        return
    yield lead.caller.e164
    yield f"{lead.owner.kind} {lead.owner.id}"
    yield lead.status.value
    if decision.submission().lead_id is not None:
        yield f"lead {lead.id}"
