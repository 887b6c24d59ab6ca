"""Loads pyarrow where it is needed: an installation without the extra `parquet` says what it lacks."""

from importlib import import_module
from typing import Any

from router.errors import ConfigError

_PARTS = ("pyarrow.compute", "pyarrow.fs", "pyarrow.parquet")


def pyarrow() -> Any:
    """The library with its parts for Parquet, files and computing; raises ConfigError where it is not installed."""
    try:
        for part in _PARTS:
            import_module(part)
        return import_module("pyarrow")
    except ImportError:
        raise ConfigError(["logs in Parquet need pyarrow: pip install 'fungible[parquet]'"]) from None
