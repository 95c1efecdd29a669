"""The installation that a command works on: its settings read, its services opened and closed again."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from leadintake.config import FILE_SUFFIX, PREFIX, Settings
from leadintake.entrypoints.cli.output import warn
from leadintake.entrypoints.cli.program import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.ports import Finding

LEAD_TOKEN_VARIABLE: Final = "LEADINTAKE_LEAD_TOKEN"  # noqa: S105  a variable's name
"""What `leadintake submit` takes the lead token from; no setting of the installation."""

DATABASE_REACHABLE: Final = "database_reachable"
SCHEMA_CURRENT: Final = "schema_current"


def environment(overrides: Mapping[str, object] | None = None) -> dict[str, str]:
    """Return the environment that settings are read from.

    Args:
        overrides: Setting, without its prefix → value from the command line; None is not given.
    """
    environ = {name: text for name, text in os.environ.items() if name != LEAD_TOKEN_VARIABLE}
    for name, value in (overrides or {}).items():
        if value is not None:
            # An option goes before the variable in either of its forms.
            environ.pop(PREFIX + name + FILE_SUFFIX, None)
            environ[PREFIX + name] = str(value)
    return environ


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings, and pass their warnings on.

    Raises: SettingsError.
    """
    settings = Settings.from_environment(environment() if environ is None else environ)
    for said in settings.warnings:
        warn(said)
    return settings


@contextmanager
def installation(settings: Settings) -> Iterator[Services]:
    """Lend the services over a database in any state; nothing connects before the first use.

    Raises: Failed: the data folder cannot be made.
    """
    from leadintake.bootstrap import build

    try:
        services = build(settings)
    except OSError as error:
        raise Failed(f"the folder of the database cannot be made: {error.strerror}: {error.filename}") from error
    try:
        yield services
    finally:
        services.close()


@contextmanager
def ready_installation(settings: Settings) -> Iterator[Services]:
    """Lend the services over a database that can be used as it is.

    Raises: Failed: it cannot, and what to do.
    """
    with installation(settings) as services:
        findings = services.inspect()
        require(DATABASE_REACHABLE, findings)
        require(SCHEMA_CURRENT, findings)
        yield services


def find(check: str, findings: Sequence[Finding]) -> Finding:
    """Return the finding of that name; one that was not looked at is not fine."""
    from leadintake.domain.ports import Finding

    missing = Finding(check, is_fine=False, detail=f"{check} could not be looked at", mend="run: leadintake doctor")
    return next((finding for finding in findings if finding.check == check), missing)


def require(check: str, findings: Sequence[Finding]) -> None:
    """Insist on a finding. Raises: Failed: it is not fine, and what to do."""
    finding = find(check, findings)
    if not finding.is_fine:
        raise Failed(f"{finding.detail}; {finding.mend}.")
