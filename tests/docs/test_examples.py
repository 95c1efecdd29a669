"""The examples are true: what they ask for is sent to the real application on SQLite, and it answers as shown."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tests.docs.curl import read_command
from tests.docs.documents import Document, documents

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from leadintake.domain.use_cases.found_company import FoundedCompany

    from tests.docs.documents import Fence

DOCUMENTS = list(documents())
_ANYTHING_ELSE = "…"


def is_session(document: Document) -> bool:
    """Say whether a document has more for a shell than requests; tests/integration/documents runs it as a whole."""
    return any(fence.language == "bash" and not is_curl(fence) for fence in document.fences)


def has_only_curl(document: Document) -> bool:
    return any(is_curl(fence) for fence in document.fences) and not is_session(document)


def is_curl(fence: Fence) -> bool:
    return fence.language == "bash" and fence.text.startswith("curl ")


def of(*languages: str) -> list[Any]:
    return [
        pytest.param(fence, id=f"{document.name}:{fence.line}")
        for document in DOCUMENTS
        for fence in document.fences
        if fence.language in languages
    ]


class Reader:
    """Somebody with a fresh demo installation who pastes what a document says."""

    def __init__(self, client: FlaskClient, demo: FoundedCompany) -> None:
        assert demo.schedule is not None
        self._client = client
        self._variables = {
            "LEAD_TOKEN": demo.schedule.lead_token,
            "API_KEY": f"{demo.public_key}:{demo.private_key}",
        }

    def paste(self, block: str) -> tuple[int, Any]:
        """Return the status and the body of the answer."""
        answer = read_command(block, self._variables).send(self._client)
        return answer.status_code, answer.get_json()


@pytest.fixture
def reader(app: Flask, demo: FoundedCompany) -> Reader:
    return Reader(app.test_client(), demo)


@pytest.mark.parametrize("document", [pytest.param(one, id=one.name) for one in DOCUMENTS if has_only_curl(one)])
def test_curl_is_answered_as_shown(document: Document, reader: Reader) -> None:
    following = dict(zip(document.fences, (*document.fences[1:], None), strict=True))
    for fence in filter(is_curl, document.fences):
        status, answer = reader.paste(fence.text)

        shown = following[fence]
        if shown is None or shown.language != "json":
            assert status == 200, f"{document.name}:{fence.line}: {answer}"
            continue
        expected = json.loads(shown.text)
        assert status == expected.get("status", 200), f"{document.name}:{fence.line}: {answer}"
        assert differences(expected, answer) == [], f"{document.name}:{shown.line}"


def test_readme_submits_a_lead_once(reader: Reader) -> None:
    """The README promises that the second post of a caller updates the lead of the first."""
    readme = next(document for document in DOCUMENTS if document.name == "README.md")

    answers = [reader.paste(fence.text) for fence in readme.fences if is_curl(fence)]

    assert [(status, answer.get("outcome")) for status, answer in answers] == [
        (200, "created"),
        (200, "updated"),
        (422, None),
    ]


@pytest.mark.parametrize("fence", of("json", "python", "bash", "sh"))
def test_example_can_be_read(fence: Fence) -> None:
    if fence.language == "json":
        assert json.loads(fence.text) is not None
    elif fence.language == "python":
        assert ast.parse(fence.text) is not None
    else:
        done = subprocess.run(["sh", "-n"], input=fence.text, text=True, capture_output=True, check=False)  # noqa: S607

        assert done.stderr == ""


def differences(shown: Any, answered: Any, where: str = "") -> list[str]:  # noqa: ANN401  any JSON
    """Return where the answer is not as shown; all identifiers are alike, and so are all instants."""
    if isinstance(shown, dict) and isinstance(answered, dict):
        names = shown.keys() - {_ANYTHING_ELSE} if _ANYTHING_ELSE in shown else shown.keys() | answered.keys()
        missing = [f"{where}.{name}" for name in names if name not in shown or name not in answered]
        return missing + [
            found
            for name in names
            if name in shown and name in answered
            for found in differences(shown[name], answered[name], f"{where}.{name}")
        ]
    if isinstance(shown, list) and isinstance(answered, list) and len(shown) == len(answered):
        return [
            found
            for index, (one, other) in enumerate(zip(shown, answered, strict=True))
            for found in differences(one, other, f"{where}[{index}]")
        ]
    return [] if _kind(shown) == _kind(answered) else [f"{where}: {answered!r}, not {shown!r}"]


def _kind(value: Any) -> Any:  # noqa: ANN401  any JSON
    """Return what of a scalar is the same on every machine."""
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f-]{36}", value):
        return UUID
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
        return datetime
    return type(value), value
