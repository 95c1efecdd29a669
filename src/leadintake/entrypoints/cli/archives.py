"""``leadintake backup`` and ``leadintake restore``: the database in one file, and back."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.entrypoints.cli.exit_statuses import DONE
from leadintake.entrypoints.cli.installation import read_settings
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, print_table, say
from leadintake.entrypoints.cli.program import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadintake.bootstrap import Archived

_KEY_IS_APART: Final = (
    "The secret key is not in it: keep LEADINTAKE_SECRET_KEY (or the file secret_key of the data folder) in another "
    "place; without it no lead token of this backup works."
)
_A_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", metavar="FILE", type=_A_FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@output_option
def backup(*, file: Path, force: bool, output: str) -> int:
    """Write a backup of the database to FILE, while the server goes on taking leads.

    Every lead acknowledged before it begins is in it. It is read whole before it counts as made, and readable by you
    alone. SQLite is copied by its backup API, PostgreSQL by pg_dump, no older than the server. The secret key is not
    in it: keep that in another place, and `erasures.journal` of the data folder, which `restore` needs.

    \b
    Examples:
      leadintake backup leads-2026-11-24.backup
      leadintake backup --force nightly.backup --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    settings = read_settings()
    from leadintake.bootstrap import ArchiveError, back_up

    with _progress("backing up") as advance:
        try:
            made = back_up(settings, file, replaces=force, advance=advance)
        except ArchiveError as error:
            raise Failed(f"no backup was made: {error}.") from error
    if output == "json":
        print_json({"file": str(file), **_document(made)})
    else:
        print_pairs([("Backup", file), *_pairs(made)])
        _print_rows(made)
    say(_KEY_IS_APART)
    return DONE


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace what is in the database, for good.")
@output_option
def restore(*, file: Path, force: bool, output: str) -> int:
    """Put the backup in FILE in the place of the database.

    Stop every server first: a database in use is never replaced, and one that is not empty only with --force. The
    backup is read whole and its lead tokens are tried with this secret key before anything is changed. Then the schema
    is brought to this version's, and every erasure in the journal of the data folder is done again, so that nobody
    comes back who was erased after the backup was made.

    \b
    Examples:
      leadintake restore leads-2026-11-24.backup
      LEADINTAKE_DATA_DIR=/srv/leadintake leadintake restore --force nightly.backup
    """  # noqa: D301  click keeps the lines of a paragraph after it
    settings = read_settings()
    from leadintake.bootstrap import ArchiveError
    from leadintake.bootstrap import restore as put_back

    with _progress("restoring") as advance:
        try:
            restored, erasures = put_back(settings, file, replaces=force, advance=advance)
        except ArchiveError as error:
            raise Failed(f"the backup was not restored: {error}.") from error
    if output == "json":
        print_json({"file": str(file), **_document(restored), "erasures": erasures})
    else:
        print_pairs([("Restored", file), *_pairs(restored), ("Erasures in the journal", erasures)])
        _print_rows(restored)
    return DONE


def _document(archived: Archived) -> dict[str, Any]:
    return {
        "database": archived.database,
        "schema": archived.revision,
        "size_bytes": archived.size_bytes,
        "rows": dict(archived.rows),
    }


def _pairs(archived: Archived) -> list[tuple[str, object]]:
    return [
        ("Database", archived.database),
        ("Schema", archived.revision),
        ("Size", f"{archived.size_bytes:,} bytes"),
    ]


def _print_rows(archived: Archived) -> None:
    click.echo()
    print_table(("Table", "Rows"), archived.rows.items())


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Lend what moves a bar on standard error to where it is; there is none without a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
