"""``leadintake key …``: the installation's own secret key, which stands behind every credential."""

from __future__ import annotations

import click

from leadintake.entrypoints.cli.installation import read_settings, ready_installation
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, say


@click.group("key")
def secret_key() -> None:
    """The secret key: what lead tokens are sealed with, and all credentials found by."""


@secret_key.command("rotate")
@output_option
def rotate_secret_key(*, output: str) -> None:
    """Bring every lead token under the current secret key, after it was replaced.

    First let LEADINTAKE_SECRET_KEY be the new key and LEADINTAKE_PREVIOUS_SECRET_KEYS the old one, everywhere; all
    credentials work as before. Then run this, while serving if you like, and again if it was broken off. API keys
    cannot be read, so they cannot be brought over: it says how many still need a previous key. When none does, the
    previous key can go, unless somebody was erased under it: their opt-outs hold for as long as it is there.

    \b
    Example:
      LEADINTAKE_PREVIOUS_SECRET_KEYS_FILE=old_secret_key leadintake key rotate
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from functools import partial

    from leadintake.entrypoints.cli.progress import progress

    with ready_installation(read_settings()) as services:
        done = services.renew_credentials(progress=partial(progress, "Lead tokens"))
    if output == "json":
        print_json(
            {
                "renewed": done.renewed,
                "current": done.current,
                "dependent_api_keys": done.dependent_keys,
                "dependent_erasures": done.dependent_erasures,
                "has_previous_keys": done.has_previous,
            }
        )
        return
    print_pairs(
        [
            ("Lead tokens renewed", done.renewed),
            ("Current already", done.current),
            ("API keys that need a previous key", done.dependent_keys),
            ("Erasures that may need one", done.dependent_erasures),
        ]
    )
    if not done.has_previous:
        say("There is no previous secret key: LEADINTAKE_PREVIOUS_SECRET_KEYS is not set.")
    elif done.dependent_keys:
        say("Replace those API keys (`leadintake api-key add`, then `revoke`) before the previous secret keys go.")
    elif done.dependent_erasures:
        say(
            "Lead tokens and API keys need the previous secret keys no more. Opt-outs of callers who were erased under "
            "them do: keep LEADINTAKE_PREVIOUS_SECRET_KEYS for as long as these are to hold."
        )
    else:
        say("The previous secret keys are needed no more: take LEADINTAKE_PREVIOUS_SECRET_KEYS away.")
