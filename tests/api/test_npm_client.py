"""The official npm client, where node and the client are installed."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.servers import Running

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / ".npm" / "node_modules"


def test_the_npm_client(server: Running, tmp_path: Path) -> None:
    if not shutil.which("node") or not (MODULES / "openai").exists():
        pytest.skip("node or the openai npm client is not here: npm install --prefix .npm openai")
    script = shutil.copy(Path(__file__).with_name("npm_client.mjs"), tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES)
    run = subprocess.run(
        ["node", script, f"{server.url}/v1"], capture_output=True, text=True, timeout=60, env=os.environ, check=False
    )
    assert run.returncode == 0, run.stderr
    body = json.loads(run.stdout)
    assert body["text"] == body["plain"]
    assert body["usage"]["completion_tokens"] > 0
    assert server.ledger.receipt(body["receipt"])
    assert "auto" in body["models"]
    spoken = body["responses"]
    assert spoken["plain"] == spoken["deltas"] == spoken["final"]
    assert spoken["served"] == "gpt-5"
    assert body["refused"] == {"status": 404, "code": "model_not_found"}
