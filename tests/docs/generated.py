"""The parts of the documents that are written by the code: ``python -m tests.docs.generated`` writes them anew.

Each stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; a test compares it with what the code says.
"""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

import click

from leadintake.config import SETTINGS
from leadintake.domain.event import MEANINGS, EventKind
from leadintake.domain.lead import LIVE, TRANSITIONS, LeadStatus
from leadintake.domain.reserved_names import PHONE_ALIASES, RESERVED, ReservedName, ValueKind
from leadintake.entrypoints.api.documents import documented_codes
from leadintake.entrypoints.cli import main

from tests.docs.documents import documents
from tests.docs.http_reference import http_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_NEVER_READ = "auth_token"


def parts() -> dict[str, str]:
    """Return every generated part by name."""
    return {name: make() for name, make in _MAKERS.items()}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _reserved_names() -> str:
    return _table(
        ("Parameter", "Type", "Meaning", "Today"),
        ((f"`{entry.name}`", entry.kind.value, entry.description, _today(entry)) for entry in RESERVED.values()),
    )


def _today(entry: ReservedName) -> str:
    """Say what this version does with a reserved name."""
    if entry.name == _NEVER_READ:
        return "left out"
    if entry.kind is ValueKind.IGNORED:
        return "ignored"
    return "acts" if entry.is_supported else "warning"


def _phone_aliases() -> str:
    return ", ".join(f"`{name}`" for name in PHONE_ALIASES) + "\n"


def _error_codes() -> str:
    return _table(
        ("Status", "Code", "Meaning"),
        ((str(status), f"`{code}`", meaning) for status, code, meaning, _ in documented_codes()),
    )


def _settings() -> str:
    return _table(
        ("Variable", "Default", "Meaning"),
        (
            (
                f"`{setting.name}`",
                f"`{setting.default}`" if setting.default else setting.default_shown.replace("<", "&lt;"),
                setting.meaning.replace("<", "&lt;"),
            )
            for setting in SETTINGS
        ),
    )


def _transitions() -> str:
    return _table(
        ("From", "Live", "To"),
        (
            (f"`{status}`", "yes" if status in LIVE else "no", _destinations(TRANSITIONS[status]))
            for status in LeadStatus
        ),
    )


def _destinations(statuses: Iterable[LeadStatus]) -> str:
    wanted = frozenset(statuses)
    return ", ".join(f"`{status}`" for status in LeadStatus if status in wanted) or "nowhere"


def _commands() -> str:
    return "\n".join(_command(path, command) for path, command in commands())


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its whole name."""
    yield from _commands_below("leadintake", main)


def _commands_below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in sorted(command.commands):
        yield from _commands_below(f"{path} {name}", command.commands[name])


def _command(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join((path, *command.collect_usage_pieces(context)))
    options = [
        record for one in command.params if isinstance(one, click.Option) and (record := one.get_help_record(context))
    ]
    parts = [f"### {path}\n", f"```text\n{usage}\n```\n", *_told(command.help or "")]
    if options:
        parts.append(_table(("Option", "Meaning"), ((f"`{option}`", meaning) for option, meaning in options)))
    return "\n".join(parts)


def _told(text: str) -> Iterator[str]:
    """Yield the paragraphs of a command's help; its examples as what they are, lines for a shell."""
    for paragraph in cleandoc(text).split("\n\n"):
        lines = paragraph.splitlines()
        if lines[0] == "\b":
            yield "```sh\n" + "".join(f"{line.strip()}\n" for line in lines[2:]) + "```\n"
        else:
            yield " ".join(lines) + "\n"


def _events() -> str:
    return _table(
        ("Event", "About", "Says"),
        ((f"`{kind}`", _subject(kind), MEANINGS.get(kind, "(say it in domain/event.py)")) for kind in EventKind),
    )


def _subject(kind: EventKind) -> str:
    return "a " + kind.partition(".")[0].replace("_", " ")


def _http() -> str:
    return http_reference(_table)


_MAKERS: dict[str, Callable[[], str]] = {
    "reserved-names": _reserved_names,
    "phone-aliases": _phone_aliases,
    "error-codes": _error_codes,
    "settings": _settings,
    "transitions": _transitions,
    "commands": _commands,
    "events": _events,
    "http": _http,
}

if __name__ == "__main__":
    written = parts()
    for document in documents():
        if document.generated():
            document.path.write_text(document.with_generated(written), encoding="utf-8")
