"""What the commands for calls and for conversions have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from leadintake.entrypoints.cli.exit_statuses import DONE
from leadintake.entrypoints.cli.option_types import RECORD_ID
from leadintake.entrypoints.cli.output import print_json, print_pairs, print_table, say, warn
from leadintake.entrypoints.cli.recorded_files import Import
from leadintake.entrypoints.cli.set_up import company_of, given, instant, looking_for, tell_of_more

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from uuid import UUID

    from leadintake.domain.call import Call
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.money import Currency
    from leadintake.domain.parameters import TextPairs
    from leadintake.domain.recording import Recording, RecordOne
    from leadintake.entrypoints.cli.recorded_files import Line
    from leadintake.entrypoints.recorded_kinds import Kind

Command = TypeVar("Command", bound="Callable[..., Any]")
Told = TypeVar("Told", bound="RecordOne")
One = TypeVar("One", "Call", "Conversion")


def stamp_filters(command: Command) -> Command:
    """Give a list the filters by what is stamped on each."""
    for option in (
        click.option("--country", metavar="COUNTRY", help="Of callers of that country."),
        click.option("--sub-id", metavar="TEXT", help="Counted under that sub id."),
        click.option(
            "--source", "traffic_source_id", metavar="ID", type=RECORD_ID, help="Counted under that traffic source."
        ),
        click.option("--offer", "offer_id", metavar="ID", type=RECORD_ID, help="Of that offer's leads."),
        click.option("--schedule", "schedule_id", metavar="ID", type=RECORD_ID, help="Of that schedule's leads."),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands(Generic[One]):
    """What the commands for one kind of what is recorded do.

    Shape: `kind` imports the description when a command runs, for a help text needs none of it. `example` goes on where
    ``leadintake … record`` ends; `columns` head what `row` makes of one in a list, `pairs` is one for people.
    """

    kind: Callable[[], Kind[One]]
    example: str
    columns: tuple[str, ...]
    row: Callable[[One, Currency], tuple[object, ...]]
    pairs: Callable[[One, Currency], Iterator[tuple[str, object]]]

    def record(self, options: Mapping[str, object], company: str | None, output: str) -> int:
        """Record what options tell, show what became of it, and return the exit status."""
        kind, fields = self.kind(), given(options)
        with company_of(company) as (services, chosen):
            command = kind.tell(fields, company_id=chosen.id, api_key_id=None)
            recording: Recording[One] = kind.record(services)([command])[0]
            if recording.refusal is not None:
                raise recording.refusal
        return self.answer(recording, chosen.currency, output)

    def list(self, wanted: Mapping[str, object], company: str | None, output: str) -> None:
        """Show the page that options ask for."""
        kind, query = self.kind(), _filters(wanted)
        with company_of(company) as (services, chosen):
            command = kind.load_list(query, company=chosen)
            found = kind.list(services)(command)
        if output == "json":
            from leadintake.entrypoints.schemas.company.recorded_answers import list_document

            documents = [kind.document(one, chosen.currency) for one in found.items]
            print_json(_as_json(list_document(found, command, kind.plural, documents)))
            return
        if found.items:
            print_table(self.columns, [self.row(one, chosen.currency) for one in found.items])
        elif query:
            say(f"No {kind.name} matches.")
        else:
            say(f"There is no {kind.name} yet. Record one: leadintake {kind.name} record {self.example}")
        tell_of_more(len(found.items), found.total_count, page=command.page)

    def show(self, one_id: UUID, company: str | None, output: str) -> None:
        """Show one."""
        kind = self.kind()
        with company_of(company) as (services, chosen), self.looking_for(one_id):
            found = kind.read(services)(chosen.id, one_id)
        if output == "json":
            shown = kind.document(found, chosen.currency)
            print_json(_as_json({kind.name: shown, "metadata": {"root": kind.name}}))
        else:
            print_pairs(self.pairs(found, chosen.currency))

    def looking_for(self, one_id: UUID) -> Any:  # noqa: ANN401 - a context manager
        """Say that there is none of that id, and which command shows what there is."""
        name = self.kind().name
        return looking_for(f"{name} {one_id}", f"leadintake {name} list")

    def import_file(self, file: str, company: str | None, output: str, *, is_dry_run: bool) -> int:
        """Record what a file tells, show what became of it, and return the exit status."""
        kind = self.kind()
        with company_of(company) as (services, chosen):
            record = (kind.rehearse if is_dry_run else kind.record)(services)

            def record_lines(lines: Sequence[Line]) -> Sequence[Recording[One]]:
                read = [kind.tell(line.told, company_id=chosen.id, api_key_id=None) for line in lines]
                return record([_told(command, line) for command, line in zip(read, lines, strict=True)])

            asked = Import(
                file=file,
                what=kind.plural,
                schema=kind.new,
                record=record_lines,
                is_dry_run=is_dry_run,
                output=output,
            )
            return asked.run()

    def answer(self, recording: Recording[One], currency: Currency, output: str) -> int:
        """Print what was done, and return the exit status."""
        kind = self.kind()
        return _show(recording, kind.name, lambda one: kind.document(one, currency), output)


def named_tokens(arguments: Sequence[str]) -> dict[str, str]:
    """Return the lead tokens that are given. Raises: UsageError: an argument is no NAME=VALUE."""
    tokens: dict[str, str] = {}
    for argument in arguments:
        name, is_named, value = argument.partition("=")
        if not is_named or not name.strip():
            raise click.UsageError("give lead tokens as NAME=VALUE, such as agent=Eve.")
        tokens[name] = value
    return tokens


def _filters(wanted: Mapping[str, object]) -> TextPairs:
    """Return the filters that options set, as a query string would have them."""
    written = {True: "true", False: "false"}
    return tuple(
        (name, written[value] if isinstance(value, bool) else str(value))
        for name, value in wanted.items()
        if value is not None
    )


def _told(command: Told, line: Line) -> Told:
    """Return what a line tells, with what was wrong with the line itself."""
    from leadintake.domain.parameter_text import FieldError

    if line.error is None:
        return command
    return replace(command, errors=(FieldError("invalid_parameter", "line", line.error),))


def _as_json(document: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a document of the HTTP API as plain values."""
    import orjson

    from leadintake.entrypoints.api.answers import json_response

    return orjson.loads(json_response(document).get_data())


def _show(recording: Recording[Any], root: str, show: Callable[[Any], dict[str, Any]], output: str) -> int:
    from leadintake.entrypoints.schemas.company.recorded_answers import recorded_document

    if output == "json":
        print_json(_as_json(recorded_document(recording, root, show)))
        return DONE
    document = show(recording.one)
    caller = document["caller_id"] or "erased"
    source = f"source {document['traffic_source_id']}" if document["traffic_source_id"] else "no source"
    revenue = f"{document['revenue']} {document['currency']}"
    click.echo("  ".join((recording.outcome.value, caller, source, revenue, f"{root} {document['id']}")))
    for notice in recording.notices:
        warn(f"{notice.field}: {notice.message}" if notice.field else notice.message)
    return DONE


def stamp_pairs(one: Call | Conversion, currency: Currency) -> Iterator[tuple[str, object]]:
    """Yield what calls and conversions have in common, for people."""
    from leadintake.domain.money import write_amount

    stamp = one.stamp
    yield "ID", one.id
    yield "External ID", one.external_id
    yield "Caller", stamp.caller.e164 if stamp.caller else "erased"
    yield "Lead", stamp.lead_id
    yield "Owner", f"{stamp.owner.kind} {stamp.owner.id}" if stamp.owner else ""
    yield "Source", stamp.attribution.traffic_source_id
    yield "Sub ID", stamp.attribution.sub_id
    yield "Country", stamp.country
    yield "Revenue", f"{write_amount(one.revenue, currency)} {currency}"
    yield "Payout", f"{write_amount(one.payout, currency)} {currency}"
    yield "Recorded", instant(one.recorded_at)
    yield "Corrected", instant(one.corrected_at)
