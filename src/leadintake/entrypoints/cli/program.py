"""The outermost group: whatever ends a command becomes an exit status, and one clear sentence on standard error."""

from __future__ import annotations

import os
import sys
import traceback
from functools import partial
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import click

from leadintake.config import SettingsError
from leadintake.domain.credential import SECRET_PATTERN
from leadintake.domain.errors import Refusal, Unavailable
from leadintake.entrypoints.cli.exit_statuses import BAD_USAGE, DONE, INTERRUPTED, OUR_BUG, status_of
from leadintake.entrypoints.cli.output import complain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Failed(click.ClickException):
    """The command cannot be obeyed as things stand; the message says what to do."""


class Program(click.Group):
    """A group whose commands return their exit status; None is 0."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002  as click has it
        **extra: Any,  # noqa: ANN401  likewise
    ) -> Any:  # noqa: ANN401  likewise
        """Run the command line, and leave with its exit status."""
        run = partial(super().main, args, prog_name, complete_var, standalone_mode=False, **extra)
        if not standalone_mode:
            return run()
        _survive_odd_encodings()
        sys.exit(_status(run))


def _status(run: Callable[[], object]) -> int:
    """Return the exit status of what runs, whatever ends it."""
    try:
        status = run()
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SettingsError as error:
        complain("the settings cannot be used.", [f"{name}: {said}" for name, said in told(error)])
        return BAD_USAGE
    except Refusal as refusal:
        complain_of(refusal)
        return status_of(type(refusal))
    except Exception as error:  # noqa: BLE001  the last one who can answer
        return _our_bug(error)
    return status if isinstance(status, int) else DONE


def told(error: SettingsError) -> list[tuple[str, str]]:
    """Return every problem with the settings, as the variable's name and a sentence."""
    return [(name, said) for name, all_said in error.problems.items() for said in all_said]


def complain_of(refusal: Refusal, *, about: str = "") -> None:
    """Say on standard error what was refused, field by field."""
    detail = refusal.detail
    if isinstance(refusal, Unavailable):
        detail += " What is wrong, `leadintake doctor` may tell."
    fields = [f"{field} {said}" for field, all_said in refusal.errors.items() for said in all_said]
    # Some refusals are about one field, and their sentence says all of it.
    complain(about + detail, [said for said in fields if said not in detail])


def _our_bug(error: Exception) -> int:
    """Own up to a fault of ours; where it happened is shown to who asks for it, and credentials to nobody."""
    if cannot_open := _as_cannot_open(error):
        complain(cannot_open)
        return status_of(Refusal)
    if os.environ.get("LEADINTAKE_LOG_LEVEL", "").lower() == "debug":
        trace = "".join(traceback.format_exception(error))
        click.echo(SECRET_PATTERN.sub("[redacted]", trace), err=True, nl=False)
        complain("internal error.")
    else:
        complain("internal error. LEADINTAKE_LOG_LEVEL=debug shows where it happened.")
    return OUR_BUG


def _as_cannot_open(error: Exception) -> str | None:
    """Return what to do when stored credentials cannot be opened, or None when that is not what happened."""
    # Where nothing was built nothing was opened; importing it now could fail once more.
    bootstrap = sys.modules.get("leadintake.bootstrap")
    if bootstrap is None or not isinstance(error, bootstrap.CannotOpen):
        return None
    return (
        "the stored lead tokens do not open with this secret key. Put back the one that the installation was made "
        "with (LEADINTAKE_SECRET_KEY, or the file secret_key in the data folder); `leadintake doctor` checks it."
    )


def _survive_odd_encodings() -> None:
    """Show what the terminal's encoding has no character for as an escape: a name must not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
