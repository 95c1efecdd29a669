"""What the commands for calls and for conversions have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from leadintake.entrypoints.cli.exit_statuses import DONE
from leadintake.entrypoints.cli.output import print_json, warn
from leadintake.entrypoints.cli.set_up import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadintake.domain.call import Call
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.money import Currency
    from leadintake.domain.parameters import TextPairs
    from leadintake.domain.recording import Recording, RecordOne
    from leadintake.domain.use_cases.read_calls import ListCalls, ListConversions, Listed
    from leadintake.entrypoints.cli.recorded_files import Line

Told = TypeVar("Told", bound="RecordOne")
One = TypeVar("One", "Call", "Conversion")


def named_tokens(arguments: Sequence[str]) -> dict[str, str]:
    """Return the lead tokens that are given. Raises: UsageError: an argument is no NAME=VALUE."""
    tokens: dict[str, str] = {}
    for argument in arguments:
        name, is_named, value = argument.partition("=")
        if not is_named or not name.strip():
            raise click.UsageError("give lead tokens as NAME=VALUE, such as agent=Eve.")
        tokens[name] = value
    return tokens


def filters(wanted: Mapping[str, object]) -> TextPairs:
    """Return the filters that options set, as a query string would have them."""
    written = {True: "true", False: "false"}
    return tuple(
        (name, written[value] if isinstance(value, bool) else str(value))
        for name, value in wanted.items()
        if value is not None
    )


def told_once(recordings: Sequence[Recording[One]]) -> Recording[One]:
    """Return what became of the only one. Raises: Refusal: it was refused."""
    [recording] = recordings
    if recording.refusal is not None:
        raise recording.refusal
    return recording


def tell(command: Told, line: Line) -> Told:
    """Return what a line tells, with what was wrong with the line itself."""
    from leadintake.domain.parameter_text import FieldError

    if line.error is None:
        return command
    return replace(command, errors=(FieldError("invalid_parameter", "line", line.error),))


def as_json(document: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a document of the HTTP API as plain values."""
    import orjson

    from leadintake.entrypoints.api.answers import json_response

    return orjson.loads(json_response(document).get_data())


def listed_json(
    found: Listed[Any], command: ListCalls | ListConversions, roots: str, documents: list[dict[str, Any]]
) -> Any:  # noqa: ANN401 - likewise
    """Return a page as the HTTP API answers it."""
    from leadintake.entrypoints.schemas.company.recorded_answers import list_document

    return as_json(list_document(found, command, roots, documents))


def show_recording(recording: Recording[Any], root: str, show: Callable[[Any], dict[str, Any]], output: str) -> int:
    """Print what was done, and return the exit status."""
    from leadintake.entrypoints.schemas.company.recorded_answers import recorded_document

    if output == "json":
        print_json(as_json(recorded_document(recording, root, show)))
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
