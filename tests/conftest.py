"""What every test shares: the order and the workers of a run, how properties are searched, the places of ledgers.

`FUNGIBLE_EXAMPLES` is how many examples a property is tried with, where its test does not say.
"""

import gc
import os
import ssl
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import certifi
import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings
from postgres_server import MISSING, Server, running

from router.ledger.location import Place

TESTS = Path(__file__).parent

# Where the environment forbids compiled files beside the sources, as container images do, every worker and every
# command would compile all of the code and the tests anew: they are kept in the virtual environment instead.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(Path(sys.prefix) / "pycache")
    sys.dont_write_bytecode = False

# Every client of httpx, plain HTTP too, reads the authorities' certificates anew, which takes longer than a request to
# our server; what comes of it is the same each time.
_make_context = ssl.create_default_context
_authorities = cache(lambda: _make_context(cafile=certifi.where()))
ssl.create_default_context = lambda *words, **more: (
    _authorities() if not words and more == {"cafile": certifi.where()} else _make_context(*words, **more)
)

# Coverage is asked of the pure parts, and these tests alone reach every branch of them. They come first, and behind
# them nothing is traced: to trace what the others run took as long as to run it.
MEASURED = (
    "unit",
    "routing",
    "properties/test_parquet_properties.py",
    "properties/test_replay_properties.py",
    "properties/test_version_alias_properties.py",
)
# Then the others in this order: small files last, so that no worker is left with a long one at the end.
OTHERS = ("architecture", "cli", "attacks", "page", "api", "golden", "docs", "clients", "properties", "providers", "")

# What is collected, half a gigabyte, lives until the end: looking through it for garbage takes as long as collecting.
gc.disable()


def pytest_xdist_auto_num_workers() -> int | None:
    """One worker more than cores: each waits some of its time, for processes that it started and for pauses."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return 1 + (cores or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is measured first; nothing changes within a folder."""
    items.sort(key=lambda item: _rank(item.path))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Stop measuring coverage behind the tests that it is measured by, if there were any."""
    if _rank(item.session.items[0].path) == 0 < _rank(item.path) and (coverage := Coverage.current()):
        coverage.stop()


@cache
def _rank(file: Path) -> int:
    """0 where coverage is measured, else a place in the order of the others."""
    path = file.relative_to(TESTS) if file.is_relative_to(TESTS) else Path()
    if any(path.is_relative_to(measured) for measured in MEASURED):
        return 0
    return 1 + next(place for place, folder in enumerate(OTHERS) if path.is_relative_to(folder))


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
