"""Without a log of requests, what goes wrong is told on the terminal, and without the words of a prompt."""

import subprocess
import sys

PROGRAM = """
import logging
from unittest.mock import MagicMock
from router.api.server import _settings
from router.serving.limits import DEFAULT_LIMITS

_settings(MagicMock(), MagicMock(request_observer=None, limits=DEFAULT_LIMITS))
for name in ("fungible", "uvicorn.error"):
    try:
        raise ValueError("a passport, M12345678")
    except ValueError:
        logging.getLogger(name).exception("a request failed")
"""


def test_exceptions_are_told_by_kind_and_place_whoever_logs_them() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    assert [line for line in lines if line.startswith("a request failed")] == ["a request failed"] * 2
    assert sum(line.startswith("ValueError at ") for line in lines) == 2
    assert "passport" not in done.stderr
