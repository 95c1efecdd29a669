"""``leadintake settings``: every setting, what it is now and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.config import FILE_SUFFIX, SETTINGS
from leadintake.entrypoints.cli.installation import environment, read_settings
from leadintake.entrypoints.cli.output import output_option, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.config import Setting, Settings

HIDDEN: Final = "(hidden)"


@click.command()
@output_option
def settings(*, output: str) -> None:
    """List every setting, its value and where that comes from.

    A setting is an environment variable; its name with _FILE names a file that holds the value.

    \b
    Examples:
      leadintake settings
      LEADINTAKE_PORT=9000 leadintake settings --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    environ = environment()
    found = read_settings(environ)
    if output == "json":
        print_json({"settings": [_document(setting, found, environ) for setting in SETTINGS]})
        return
    print_table(
        ("Setting", "Value", "From", "Meaning"),
        [(one.name, _shown(one, found), source_of(one, environ), one.meaning) for one in SETTINGS],
    )


def source_of(setting: Setting, environ: Mapping[str, str]) -> str:
    """Say where a setting's value comes from."""
    if environ.get(setting.name):
        return "environment"
    return "file" if environ.get(setting.name + FILE_SUFFIX) else "default"


def _document(setting: Setting, found: Settings, environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": setting.name,
        "value": None if _is_hidden(setting, found) else _shown(setting, found),
        "is_secret": setting.is_secret,
        "from": source_of(setting, environ),
        "default": setting.default_shown,
        "meaning": setting.meaning,
    }


def _shown(setting: Setting, found: Settings) -> str:
    if _is_hidden(setting, found):
        return HIDDEN
    value = getattr(found, setting.attribute)
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _is_hidden(setting: Setting, found: Settings) -> bool:
    # A path is no secret, and worth seeing; any other URL may hold a password.
    is_path = setting.attribute == "database_url" and found.sqlite_path is not None
    return setting.is_secret and not is_path
