"""``leadintake completion``: what makes a shell complete our commands and options."""

from __future__ import annotations

from typing import Final

import click

VARIABLE: Final = "_LEADINTAKE_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, *, shell: str) -> None:
    """Print the script that lets a shell complete commands and options with the tab key.

    Put the line for your shell where it reads it when it starts: ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish.

    \b
    Examples:
      eval "$(leadintake completion bash)"
      eval "$(leadintake completion zsh)"
      leadintake completion fish | source
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover  click knows all three
        raise click.UsageError(f"{shell} is not known.")
    program = context.find_root()
    click.echo(kind(program.command, {}, program.info_name or "leadintake", VARIABLE).source())
