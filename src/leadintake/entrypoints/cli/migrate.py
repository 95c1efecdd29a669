"""``leadintake migrate``: bring the database's schema to this version's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadintake.entrypoints.cli.exit_statuses import DONE, REFUSED
from leadintake.entrypoints.cli.installation import (
    DATABASE_REACHABLE,
    SCHEMA_CURRENT,
    find,
    installation,
    read_settings,
    require,
)
from leadintake.entrypoints.cli.output import output_option, print_json

if TYPE_CHECKING:
    from leadintake.domain.ports import Finding


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 when the schema is not current.")
@output_option
def migrate(*, check: bool, output: str) -> int:
    """Bring the database's schema to this version's.

    All is done in one transaction, or nothing. Several may do so at once: the others wait, and find it done. Take a
    backup before an upgrade.

    \b
    Examples:
      leadintake migrate
      leadintake migrate --check || echo "not yet"
    """  # noqa: D301  click keeps the lines of a paragraph after it
    with installation(read_settings()) as services:
        findings = services.inspect()
        require(DATABASE_REACHABLE, findings)
        before = find(SCHEMA_CURRENT, findings)
        if not check and not before.is_fine:
            services.migrate()
        after = before if check else find(SCHEMA_CURRENT, services.inspect())
    is_migrated = after.is_fine and not before.is_fine
    if output == "json":
        print_json({"is_current": after.is_fine, "migrated": is_migrated, "detail": after.detail})
    else:
        click.echo(_told(after, is_migrated=is_migrated))
    return DONE if after.is_fine else REFUSED


def _told(schema: Finding, *, is_migrated: bool) -> str:
    if not schema.is_fine:
        return f"Not current: {schema.detail}; {schema.mend}."
    return f"{'Migrated' if is_migrated else 'Nothing to do'}: the schema is at {schema.detail}."
