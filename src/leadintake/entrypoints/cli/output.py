"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Command = TypeVar("Command", bound="Callable[..., Any]")

NO_STYLES: Final[Mapping[object, str]] = MappingProxyType({})
_AS_WIDE_AS_IT_NEEDS: Final = 100_000


def output_option(command: Command) -> Command:
    """Give a command ``--output table|json``; it arrives as `output`."""
    return click.option(
        "--output",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="For people, or for programs.",
    )(command)


def print_json(document: Any, *, is_line: bool = False) -> None:  # noqa: ANN401  whatever JSON can carry
    """Print a document on standard output, in one line if wished; instants are in UTC with a Z."""
    import orjson

    option = orjson.OPT_UTC_Z | (0 if is_line else orjson.OPT_INDENT_2)
    click.echo(orjson.dumps(document, option=option, default=dict).decode())


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, styles: Mapping[object, str] = NO_STYLES
) -> None:
    """Print rows under headings, folded to the terminal's width; without a terminal nothing is folded.

    Shape: `styles` is the look of rows by their first cell.
    """
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(printable(str(cell)) for cell in row), style=styles.get(row[0]))
    _print(table)


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values one below the other; a value is never folded, so that it can be copied."""
    from rich.text import Text

    listed = [(name, "" if value is None else printable(str(value))) for name, value in pairs]
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        # The name alone is set off: the eye finds it, and the value stays plain text.
        _print(Text.assemble((name.ljust(width), "bold"), "  ", value))


def say(text: str) -> None:
    """Tell something beside the result, on standard error."""
    click.echo(printable(text), err=True)


def warn(text: str) -> None:
    """Tell something that is probably not meant, on standard error."""
    say(f"Warning: {text}")


def complain(text: str, further: Iterable[str] = ()) -> None:
    """Say why the command is not obeyed, on standard error; `further` are its particulars, one a line."""
    say(f"Error: {text}")
    for line in further:
        say(f"  {line}")


def printable(text: str) -> str:
    r"""Return the text without what could move the cursor or change colours of a terminal.

    >>> printable("Solar\x1b[2J")
    'Solar�[2J'
    """
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _print(renderable: Any) -> None:  # noqa: ANN401  whatever rich can render
    from rich.console import Console

    is_terminal = sys.stdout.isatty()
    # Names are data: neither markup, nor emoji codes, nor highlighted numbers. Colours follow NO_COLOR and TERM.
    console = Console(width=None if is_terminal else _AS_WIDE_AS_IT_NEEDS, markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        console.print(renderable, soft_wrap=not hasattr(renderable, "add_row"))
    for line in captured.get().splitlines():
        click.echo(line.rstrip())
