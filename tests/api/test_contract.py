"""The server is held to its own OpenAPI document: statuses, content types, shapes and methods, and never a 500."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.raw import CHAT
from api.servers import ADMIN_KEY, Running, Starter

pytest.importorskip("schemathesis")
EXAMPLES = int(os.environ.get("FUNGIBLE_CONTRACT_EXAMPLES", "1"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "allow_header_conformance",
)


def test_the_server_is_as_its_document_says(start: Starter, tmp_path: Path) -> None:
    running = start()
    with running.http() as http:
        assert http.post(CHAT, json={"model": "auto", "messages": [{"role": "user", "content": "hello"}]}).is_success
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{running.url}/openapi.json", "--no-color"]
    words = ["--phases=coverage,fuzzing", f"--checks={','.join(CHECKS)}", f"--max-examples={EXAMPLES}"]
    more = ["--continue-on-failure", "--warnings=off", "--generation-deterministic"]
    more += ["--header", f"authorization: Bearer {ADMIN_KEY}"]
    result = subprocess.run([*command, *words, *more], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    assert f"Tested: {len(operations(running.url))}" in result.stdout
    assert running.service.state.in_flight == 0
    with running.http() as http:
        assert http.get("/healthz").is_success


def operations(url: str) -> list[Any]:
    paths = httpx.get(f"{url}/openapi.json").json()["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods]


def test_every_route_documents_its_answers(server: Running) -> None:
    document = httpx.get(f"{server.url}/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            good = next(answer for status, answer in answers.items() if status.startswith("2"))
            assert "content" in good, (method, path)
            assert {"4XX", "503"} <= answers.keys(), (method, path)
            assert "422" not in answers, (method, path)
