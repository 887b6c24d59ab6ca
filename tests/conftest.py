"""What every test shares: the profile under which properties are searched, and the places of ledgers.

`FUNGIBLE_EXAMPLES` is how many examples a property is tried with, where its test does not say.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from postgres_server import MISSING, Server, running

from router.ledger.location import Place

# Where the environment forbids compiled files beside the sources, as container images do, every worker and every
# command would compile all of the code and the tests anew: they are kept in the virtual environment instead.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(Path(sys.prefix) / "pycache")
    sys.dont_write_bytecode = False

# What is collected, half a gigabyte, lives until the end: looking through it for garbage takes as long as collecting.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


settings.register_profile(
    "fungible",
    max_examples=int(os.environ.get("FUNGIBLE_EXAMPLES", "100")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("fungible")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server; without one, what needs it is skipped."""
    with running() as server:
        if server is None:
            pytest.skip(MISSING)
        yield server


@pytest.fixture
def postgres(postgres_server: Server) -> Iterator[str]:
    """The URL of an empty schema on that server."""
    with postgres_server.schema() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a ledger is kept: each test is run for both kinds."""
    folder = tmp_path / "data"
    return Place(folder, request.getfixturevalue("postgres") if request.param == "postgres" else None)
