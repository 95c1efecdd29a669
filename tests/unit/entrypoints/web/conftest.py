"""An application in memory, with a company of its own for each test."""

from __future__ import annotations

import pytest

from leadintake.adapters.memory.store import MemoryStore

from tests.support.apps import World, a_world
from tests.support.visits import Visit, a_visit


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def world(store: MemoryStore) -> World:
    return a_world(store)


@pytest.fixture
def owner(world: World) -> Visit:
    """Somebody who may do everything."""
    return a_visit(world)
