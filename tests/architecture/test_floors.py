"""The lowest release of every dependency that may be installed has none of the faults that we know of."""

import tomllib

import pytest

from architecture.source import ROOT

# The first release past each fault.
PAST = {
    "brotli": "1.2.0",  # CVE-2025-6176
    "certifi": "2024.7.4",  # CVE-2024-39689
    "cryptography": "46.0.5",  # CVE-2024-12797, CVE-2026-26007
    "fastapi": "0.109.1",  # CVE-2024-24762
    "h11": "0.16.0",  # CVE-2025-43859
    "httptools": "0.7.0",  # CVE-2024-27982, CVE-2025-23167, in llhttp
    "orjson": "3.11.6",  # CVE-2024-27454, CVE-2025-67221
    "pillow": "12.1.1",  # CVE-2025-48379, CVE-2026-25990
    "protobuf": "6.33.5",  # CVE-2025-4565, CVE-2026-0994
    "pyarrow": "23.0.1",  # CVE-2023-47248, CVE-2026-25087
    "pydantic": "2.4.0",  # CVE-2024-3772
    "pygments": "2.15.1",  # CVE-2022-40896
    "pyyaml": "5.4",  # CVE-2020-14343
    "requests": "2.32.4",  # CVE-2024-47081
    "starlette": "0.49.1",  # CVE-2024-47874, CVE-2025-54121, CVE-2025-62727
    "urllib3": "2.6.3",  # CVE-2025-66418, CVE-2025-66471, CVE-2026-21441
    "uvicorn": "0.11.7",  # CVE-2020-7694
}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def floors() -> dict[str, tuple[int, ...]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    shipped = [line for name, lines in extras.items() if name not in ("clients", "local", "test") for line in lines]
    lines = (line.partition(";")[0].partition(",")[0] for line in [*project["dependencies"], *shipped])
    return {name.lower(): numbers(version) for name, _, version in (line.strip().partition(">=") for line in lines)}


@pytest.mark.parametrize("name", PAST)
def test_a_floor_stands_past_every_fault_that_is_known(name: str) -> None:
    found, past = floors()[name], numbers(PAST[name])
    width = max(len(found), len(past))
    assert found + (0,) * (width - len(found)) >= past + (0,) * (width - len(past))


def test_time_zones_travel_with_the_installation() -> None:
    assert "tzdata" in floors()
