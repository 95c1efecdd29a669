"""What no test runs has a reason, and the summary of the tests prints it."""

from __future__ import annotations

import re

import pytest

from tests.docs.documents import Fence, document, documents
from tests.docs.programs import reason_not_to_run

# Its examples are run one by one, see test_command_line.py.
COMMANDS = "docs/cli.md"
NOT_RUN = [
    pytest.param(fence, id=f"{one.name}:{fence.line}")
    for one in documents()
    if one.name != COMMANDS
    for fence in one.fences
    if fence.language == "sh"
]


@pytest.mark.parametrize("fence", NOT_RUN)
def test_block_that_is_not_run_has_a_reason(fence: Fence) -> None:
    """Nobody should take an example for tested that is not."""
    why = reason_not_to_run(fence.text)

    assert why, "run it, in a fence called bash, or say why not in tests/docs/programs.py"
    pytest.skip(f"not run: {why}")


def test_every_form_builder_has_a_how_to() -> None:
    """The table of the reference is the list of those that are recognised."""
    builders = {re.split(r" \(", row[0])[0] for row in document("docs/form-builders.md").table("The builders")}
    told = set(document("docs/how-to/form-builders.md").headings)

    assert {name.removesuffix(" and its like") for name in builders} - told == set()
