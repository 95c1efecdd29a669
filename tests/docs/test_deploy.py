"""The files of deploy/ are sound, as far as can be told where no engine runs them: by their tools, and by reading."""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema_rs import validator_for

from tests.docs.documents import ROOT, document

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = ROOT / "deploy"
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")

# What of the Compose Specification stands in the file: a key that is misspelt does nothing, and says nothing.
_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}
_SERVICE: dict[str, Any] = {
    "type": "object",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": _TEXT,
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"context": _TEXT, "dockerfile": _TEXT},
        },
        "environment": {"type": "object", "additionalProperties": _TEXT},
        "command": _TEXTS,
        "read_only": {"type": "boolean"},
        "init": {"type": "boolean"},
        "tmpfs": _TEXTS,
        "cap_drop": _TEXTS,
        "security_opt": _TEXTS,
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "stop_signal": {"pattern": "^SIG[A-Z]+$"},
        "stop_grace_period": {"pattern": r"^\d+[sm]$"},
        "shm_size": {"pattern": r"^\d+[kmg]b$"},
        "ports": {"type": "array", "items": {"pattern": r"^127\.0\.0\.1:\d+:\d+$"}},
        "volumes": {"type": "array", "items": {"pattern": r"^[a-z]+:/"}},
        "ulimits": {"type": "object", "additionalProperties": {"type": "integer"}},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["condition"],
                "additionalProperties": False,
                "properties": {
                    "condition": {
                        "enum": ["service_started", "service_healthy", "service_completed_successfully"],
                    }
                },
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "test": _TEXTS,
                "disable": {"type": "boolean"},
                "interval": {"pattern": r"^\d+s$"},
                "timeout": {"pattern": r"^\d+s$"},
                "start_period": {"pattern": r"^\d+s$"},
                "retries": {"type": "integer"},
            },
        },
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "services"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "services": {"type": "object", "additionalProperties": _SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
    },
    "patternProperties": {"^x-": {}},
}


@pytest.fixture
def compose() -> dict[str, Any]:
    composed: dict[str, Any] = yaml.safe_load(COMPOSE)
    return composed


def test_compose_file_has_only_what_the_specification_knows(compose: dict[str, Any]) -> None:
    assert [
        f"{list(error.instance_path)}: {error.message}" for error in validator_for(SCHEMA).iter_errors(compose)
    ] == []


def test_services_and_volumes_that_are_named_are_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(compose["volumes"])
    waited_for = [
        other
        for service in compose["services"].values()
        for other, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    ]
    assert all("test" in compose["services"][other]["healthcheck"] for other in waited_for)


def test_variables_of_the_compose_file_are_those_that_the_how_to_sets() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", COMPOSE))
    [block] = [fence.text for fence in document("docs/how-to/containers.md").fences if fence.language == "sh"]

    assert wanted == set(re.findall(r"([A-Z_]+)=%s", block))


def test_image_is_built_from_files_that_are_there_and_are_sent() -> None:
    """What .dockerignore keeps back is not there for the builder, whose message says only that."""
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sent = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    assert "*" in ignored

    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    ]

    assert "README.md" in copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(fnmatch(name, pattern) for pattern in sent), f"{name} is not sent to the builder"


def test_package_in_the_image_has_every_file_that_its_metadata_names() -> None:
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = {
        *re.findall(r'^readme = "(.+)"$', metadata, re.MULTILINE),
        *re.findall(r'license-files = \["(.+)"\]', metadata),
    }

    assert named == {"README.md", "LICENSE"}
    assert all(re.search(rf"^COPY .*\b{re.escape(name)}\b", DOCKERFILE, re.MULTILINE) for name in named)


def test_systemd_has_nothing_to_say_against_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("not run: there is no systemd here to ask")
    unit = (DEPLOY / "leadintake.service").read_text(encoding="utf-8")
    installed = tmp_path / "leadintake.service"
    # It insists on programs that are there.
    installed.write_text(unit.replace("/opt/leadintake/bin/leadintake", shutil.which("true") or "/bin/true"))

    done = subprocess.run([analyze, "verify", str(installed)], check=False, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
