"""A backend that plays a script, and `fungible serve` before it, for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.coding.scripted_backend import Api, ScriptedBackend
from clients.coding.serving import House, serve_house


@pytest.fixture(params=["openai", "anthropic"])
def api(request: pytest.FixtureRequest) -> Api:
    """Whose API the backend speaks."""
    api: Api = request.param
    return api


@pytest.fixture
def backend(api: Api) -> Iterator[ScriptedBackend]:
    with ScriptedBackend(api) as backend:
        yield backend


@pytest.fixture
def house(backend: ScriptedBackend, tmp_path: Path) -> Iterator[House]:
    with serve_house(tmp_path / "house", backend) as house:
        yield house
