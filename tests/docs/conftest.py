"""An installation such as a reader has after `make run`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadintake.bootstrap import build
from leadintake.config import Settings
from leadintake.domain.use_cases.found_company import FoundCompany
from leadintake.entrypoints.api import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from leadintake.bootstrap import Services
    from leadintake.domain.use_cases.found_company import FoundedCompany


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    settings = Settings.from_environment({"LEADINTAKE_DATA_DIR": str(tmp_path)})
    with closing(build(settings)) as services:
        services.migrate()
        yield services


@pytest.fixture
def demo(services: Services) -> FoundedCompany:
    return services.found_company(FoundCompany(name="Demo", with_demo=True))


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)
