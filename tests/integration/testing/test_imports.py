"""What `leadintake.testing` and the pytest plugin cost a suite before it uses them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# What only installations with a database or a server need.
HEAVY = ("sqlalchemy", "psycopg", "psycopg_pool", "alembic", "granian", "gunicorn", "environs", "prometheus_client")
# What only our own tests need: a suite of somebody else's has none of it.
OURS = ("hypothesis", "pytest", "psutil", "requests")


USE = """
from leadintake.testing import in_memory_leadintake
intake = in_memory_leadintake()
assert intake.submit().status_code == 200
intake.time_passes(days=1)
with intake.serve():
    pass
"""


def loaded_by(statement: str) -> set[str]:
    """Return what a fresh interpreter has loaded after a statement."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "import leadintake.testing",
        USE,
    ],
)
def test_no_database_and_no_server_is_loaded(statement: str) -> None:
    loaded = loaded_by(statement)

    assert loaded & {*HEAVY, *OURS} == set()
    assert "leadintake.adapters.memory.store" in loaded
    assert not any(name.startswith(("leadintake.adapters.sql", "leadintake.entrypoints.server")) for name in loaded)


def test_plugin_loads_nothing_of_the_product_before_a_fixture_is_used() -> None:
    loaded = loaded_by("import leadintake.pytest_plugin")

    assert {name for name in loaded if name.partition(".")[0] == "leadintake"} == {
        "leadintake",
        "leadintake.pytest_plugin",
    }
    assert "flask" not in loaded


def test_passwords_of_the_demo_company_are_hashed_at_no_cost() -> None:
    """Argon2 with the parameters of an installation would take longer than everything else together."""
    loaded_by(
        "import argon2\n"
        "from leadintake.testing import in_memory_leadintake\n"
        "intake = in_memory_leadintake()\n"
        "with intake._installation.memory.store.reading(intake.company.id) as uow:\n"
        "    [user] = uow.directory.users()\n"
        "cost = argon2.extract_parameters(user.password_hash)\n"
        "assert (cost.time_cost, cost.memory_cost, cost.parallelism) == (1, 8, 1), cost"
    )
