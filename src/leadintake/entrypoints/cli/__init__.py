"""The command line: a click group, and a file for each noun or verb under it.

Commands import what they need when they run: `leadintake --help` and the shell's completion stay fast.
"""

from __future__ import annotations

import click

from leadintake import __version__
from leadintake.entrypoints.cli.api_key import api_key
from leadintake.entrypoints.cli.archives import backup, restore
from leadintake.entrypoints.cli.audit import audit
from leadintake.entrypoints.cli.call import call
from leadintake.entrypoints.cli.caller_commands import (
    caller_block,
    caller_move_to_end_of_schedule,
    caller_opt_out,
    caller_remove,
    caller_unblock,
)
from leadintake.entrypoints.cli.caller_erase import caller_erase
from leadintake.entrypoints.cli.caller_show import caller_show
from leadintake.entrypoints.cli.company import company
from leadintake.entrypoints.cli.completion import completion
from leadintake.entrypoints.cli.contact_field import contact_field
from leadintake.entrypoints.cli.conversion import conversion
from leadintake.entrypoints.cli.doctor import doctor
from leadintake.entrypoints.cli.init import init
from leadintake.entrypoints.cli.lead_token import lead_token
from leadintake.entrypoints.cli.leads import leads
from leadintake.entrypoints.cli.migrate import migrate
from leadintake.entrypoints.cli.offer import offer
from leadintake.entrypoints.cli.program import Program
from leadintake.entrypoints.cli.report import report
from leadintake.entrypoints.cli.schedule import schedule
from leadintake.entrypoints.cli.secret_key import secret_key
from leadintake.entrypoints.cli.serve import serve
from leadintake.entrypoints.cli.settings import settings
from leadintake.entrypoints.cli.source import source
from leadintake.entrypoints.cli.submissions import submissions
from leadintake.entrypoints.cli.submit import submit
from leadintake.entrypoints.cli.suppression_list import suppression_list
from leadintake.entrypoints.cli.tail import tail
from leadintake.entrypoints.cli.user import user

__all__ = ["main"]


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="leadintake", message="%(prog)s %(version)s")
def main() -> None:
    """Take in leads: every one kept, enrolled once, and answered exactly.

    \b
    First steps:
      leadintake init --demo      make a company to try things on, and show its lead tokens
      leadintake serve            take in leads at http://127.0.0.1:8000
      leadintake doctor           find what is wrong, and how to mend it

    \b
    Settings are environment variables; `leadintake settings` lists them all:
      LEADINTAKE_DATABASE_URL=postgresql://user@db/leads leadintake migrate

    \b
    For scripts every command that prints something takes --output json. Exit statuses:
      0  done    1  refused, or not possible now    2  bad usage or settings    70  our bug

    \b
    Completion with the tab key (bash; `leadintake completion --help` has it for zsh and fish):
      eval "$(leadintake completion bash)"
    """  # noqa: D301  click keeps the lines of a paragraph after it


for command in (init, migrate, serve, submit, schedule, offer, lead_token, doctor, settings):
    main.add_command(command)

for command in (
    caller_opt_out,
    caller_remove,
    caller_move_to_end_of_schedule,
    caller_block,
    caller_unblock,
    caller_show,
    caller_erase,
):
    main.add_command(command)

for command in (
    company,
    source,
    contact_field,
    suppression_list,
    leads,
    submissions,
    tail,
    backup,
    restore,
    completion,
):
    main.add_command(command)

main.add_command(audit)
for command in (api_key, secret_key, user, call, conversion, report):
    main.add_command(command)
