"""A server on a real socket for the tests of the HTTP surface."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.servers import Running, Starter


@pytest.fixture(scope="session")
def start_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    starter = Starter(tmp_path_factory.mktemp("servers"))
    yield starter
    starter.stop()


@pytest.fixture(scope="session")
def server(start_shared: Starter) -> Running:
    """One server with the shipped configuration, for every test that changes nothing."""
    return start_shared()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Servers of a test's own."""
    starter = Starter(tmp_path)
    yield starter
    starter.stop()
