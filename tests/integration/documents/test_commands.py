"""Every example of a command is obeyed: each in an installation of its own, with the files that it names."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pytest
from click.testing import CliRunner

from leadintake.bootstrap import build
from leadintake.config import Settings
from leadintake.entrypoints.api import create_app
from leadintake.entrypoints.cli import main

from tests.docs.test_command_line import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

# What stands in the examples for an identifier of the reader's own, by the command that it belongs to.
AN_ID: Final = "019a5d6e-0000-7000-8000-000000000001"
CALLER: Final = "+18004506787"
DEMO: Final = "Demo company"

NOT_RUN: Final = {
    "leadintake serve": "runs until it is stopped; tests/integration/cli/test_serve.py runs it",
    "leadintake tail": "follows until it is stopped; tests/integration/cli/test_submissions.py runs it",
    "leadintake restore": "takes the place of a database; docs/how-to/backup.md, which is run, does it",
}
# Nothing has mended these in the example's installation, and the exit status says so.
STILL_REFUSED: Final = {"submissions replay --code invalid_caller_id": 2}
# What has to be there before, by how the example begins.
BEFORE: Final = {
    "contact-field remove zip": ["contact-field add zip --offer 1"],
    "contact-field update zip": ["contact-field add zip --offer 1"],
    "contact-field update age": ["contact-field add age --offer 1 --type integer --minimum 18 --maximum 120"],
    "leads update": ["source create Another"],
    "suppression-list add": ["suppression-list create Complaints"],
    "suppression-list release": ["suppression-list create Complaints", f"suppression-list add 1 {CALLER}"],
    "suppression-list remove": ["suppression-list create Complaints"],
    "suppression-list show": ["suppression-list create Complaints", f"suppression-list add 1 {CALLER}"],
    "suppression-list update": ["suppression-list create Old"],
    "caller-unblock --lift": [f"caller-opt-out {CALLER}"],
    "caller-unblock": [f"caller-block {CALLER}"],
    "user change ada": ["user add ada@example.com"],
    "user deactivate ada": ["user add ada@example.com"],
    "user activate ada": ["user add ada@example.com", "user deactivate ada@example.com"],
    "user password ada": ["user add ada@example.com"],
    "user deactivate bob": ["user add bob@example.com"],
}
FILES: Final = {
    "old_secret_key": "q7Vw2LmZx9TfKc4RbN8sYh3GdJ6pAe1u\n",
    "password.txt": "four kittens in a basket\n",
    "calls.csv": f"caller_id,duration_seconds\n{CALLER},61\n",
    "calls.ndjson": f'{{"caller_id": "{CALLER}", "duration_seconds": 61}}\n',
    "sales.csv": f"caller_id,revenue\n{CALLER},250.00\n",
    "sales.ndjson": f'{{"caller_id": "{CALLER}", "revenue": "250.00"}}\n',
}


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A data folder, and the identifiers that examples are about by their commands."""

    folder: Path
    ids: dict[str, str]
    lead_token: str

    def run(self, words: list[str], *, standard_input: str = "", **environ: str) -> Result:
        """Run a command line."""
        env = {"LEADINTAKE_DATA_DIR": str(self.folder), **environ}
        return CliRunner(env=env).invoke(main, words, input=standard_input, prog_name="leadintake")


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LEADINTAKE_") and "_TEST_" not in name]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Installed]:
    """Found a company of a name once, with a lead, refused submissions and a sample."""

    @cache
    def found(company: str) -> Installed:
        bare = Installed(folder=tmp_path_factory.mktemp("template") / "data", ids={}, lead_token="")

        def said(*words: str) -> Any:  # noqa: ANN401 - whatever JSON has
            result = bare.run([*words, "--output", "json"])
            assert result.exit_code == 0, result.output
            return json.loads(result.stdout)

        founded = said("init", "--demo", "--company", company)
        settings = Settings.from_environment({"LEADINTAKE_DATA_DIR": str(bare.folder)})
        with closing(build(settings)) as services:
            client = create_app(services).test_client()
            token = founded["schedule"]["lead_token"]
            for sent, caller in ((token, CALLER), (token, "12"), ("lt_of_nobody", CALLER)):
                lead = {"caller_id": caller, "sub_id": "a"}
                client.post("/api/v1/leads", json=lead, headers={"X-Lead-Token": sent})
        call = said("call", "record", CALLER, "--duration", "61", "--revenue", "12.50", "--external-id", "CA17")
        sale = ["--revenue", "250.00", "--kind", "sale", "--external-id", "order-4711"]
        conversion = said("conversion", "record", CALLER, *sale)
        lead_id = said("leads", "list")["leads"][0]["id"]
        ids = {
            "leads": lead_id,
            "call": call["call"]["id"],
            "call record": lead_id,
            "conversion": conversion["conversion"]["id"],
            "submissions": said("submissions", "list", "--refused")["submissions"][0]["id"],
            "submissions unclaimed": said("submissions", "unclaimed", "list")["unclaimed"][0]["id"],
            "token": said("token", "list", "--schedule", "1")["lead_tokens"][0]["id"],
            "api-key": said("api-key", "list")["api_keys"][0]["id"],
        }
        return Installed(folder=bare.folder, ids=ids, lead_token=token)

    return found


@pytest.mark.parametrize("example", dict.fromkeys(EXAMPLES))
def test_example_is_obeyed(
    example: str, templates: Callable[[str], Installed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = re.split(r" \||\s>+|\s<| \|\| ", example)[0]
    told, _, rest = command.rpartition("leadintake ")
    if why := next((why for begin, why in NOT_RUN.items() if f"leadintake {rest}".startswith(begin)), None):
        pytest.skip(f"not run: {why}")
    named = re.search(r'--company (?:"([^"]+)"|(\S+))', rest)
    company = (named[1] or named[2]) if named and not rest.startswith("init") else DEMO
    template = templates(company)
    here = Installed(
        folder=shutil.copytree(template.folder, tmp_path / "data"), ids=template.ids, lead_token=template.lead_token
    )
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"(?:--file |<)([\w.-]+\.(?:csv|txt))", example):
        (tmp_path / name).write_text(here.lead_token if name == "token.txt" else f"phone\n{CALLER}\n")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    for before in next((each for begin, each in BEFORE.items() if rest.startswith(begin)), []):
        assert here.run(shlex.split(before)).exit_code == 0
    read = re.search(r"<\s*([\w.-]+)", example)
    standard_input = (tmp_path / read[1]).read_text() if read else ""
    variables = {"LEADINTAKE_LEAD_TOKEN": here.lead_token} if rest.startswith("submit ") else {}
    variables |= dict(part.split("=", 1) for part in shlex.split(told))
    status = next((status for begin, status in STILL_REFUSED.items() if rest.startswith(begin)), 0)

    result = here.run(shlex.split(_with_ids(rest, here.ids)), standard_input=standard_input, **variables)

    assert result.exit_code == status, f"{example}\n{result.output}\n{result.exception!r}"


def _with_ids(rest: str, ids: dict[str, str]) -> str:
    """Put the identifier in the place of the one that stands for it; the longest name of a command wins."""
    noun = next((noun for noun in sorted(ids, key=len, reverse=True) if rest.startswith(f"{noun} ")), None)
    return rest.replace(AN_ID, ids[noun]) if noun else rest
