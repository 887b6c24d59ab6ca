"""`fungible serve` as a process, with one model behind the scripted backend."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from clients.coding.scripted_backend import ScriptedBackend
from router.bench.http.sample_config import sample_documents

CONTEXT = 400_000


@dataclass(frozen=True, slots=True)
class House:
    """A running router: its address, and where its data lies."""

    url: str
    data: Path

    def receipt(self, id: str) -> dict[str, Any]:  # noqa: A002
        """The receipt of an answer."""
        receipt: dict[str, Any] = httpx.get(f"{self.url}/v1/receipts/{id}").json()
        return receipt


def write_config(folder: Path, backend: ScriptedBackend) -> None:
    """The files of one model that can do all that a coding agent asks for."""
    folder.mkdir(parents=True)
    documents = sample_documents({"only": backend.url}, {})
    model = documents["catalog.yaml"]["models"][0]
    model |= {"context": CONTEXT, "max_output": 64_000, "capabilities": ["tools", "json", "vision"]}
    documents["providers.yaml"]["providers"]["only"]["adapter"] = backend.api
    for name, data in documents.items():
        # JSON is YAML.
        (folder / name).write_text(json.dumps(data), encoding="utf-8")


@contextmanager
def serve_house(folder: Path, backend: ScriptedBackend) -> Iterator[House]:
    """Start the server, and stop it."""
    write_config(folder / "config", backend)
    command = [sys.executable, "-m", "router.cli", "serve", "--port", "0"]
    command += ["--config", str(folder / "config"), "--data", str(folder / "data")]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = next(line for line in process.stdout if "address" in line)
        yield House(line.split()[-1].removesuffix("/v1"), folder / "data")
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
