"""`fungible serve` as a process: its first words, its port, and how it goes."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cli.running import fungible

ASK = json.dumps({"model": "gpt-5", "messages": [{"role": "user", "content": "hello"}]}).encode()
SLOW = """providers:
  gpt: {adapter: gpt, settings: {latency: true, latency_scale: 0.3}}
  mai: {adapter: mai}
  phi: {adapter: phi}
  llama: {adapter: llama}
"""


@contextmanager
def serving(folder: Path, *words: str, stderr: IO[str] | None = None) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-m", "router.cli", "serve", "--port", "0", "--data", str(folder / "data"), *words]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)
    assert process.stdout is not None
    try:
        line = next(line for line in process.stdout if "address" in line)
        yield process, line.split()[-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ask(url: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{url}/chat/completions", ASK, timeout=20) as answer:
        body: dict[str, object] = json.load(answer)
        return body


def test_it_prints_an_address_that_answers_on_loopback_only(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, url):
        assert url.startswith("http://127.0.0.1:")
        assert ask(url)["model"] == "gpt-5"


def test_sigterm_finishes_what_is_in_flight_and_keeps_its_receipt(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "providers.yaml").write_text(SLOW)
    answers: list[dict[str, object]] = []
    with serving(tmp_path, "--config", "mine") as (process, url):
        asking = threading.Thread(target=lambda: answers.append(ask(url)))
        asking.start()
        asking.join(0.2)
        assert not answers
        process.send_signal(signal.SIGTERM)
        asking.join(20)
        assert process.wait(20) == 0 or process.returncode == -signal.SIGTERM
    (answer,) = answers
    receipt = str(answer["fungible"]["receipt"])  # type: ignore[index]
    command = [sys.executable, "-m", "router.cli", "receipt", receipt, "--json", "--data", str(tmp_path / "data")]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert json.loads(shown.stdout)["outcome"] == "ok"
    assert "decided again: the same" in shown.stderr


def test_with_keys_it_lets_in_whoever_has_one_until_that_is_revoked_elsewhere(tmp_path: Path) -> None:
    secret = fungible(tmp_path, "key", "create", "app").stdout.strip()

    def status(url: str, key: str) -> int:
        headers = {"authorization": f"Bearer {key}"}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{url}/chat/completions", ASK, headers), timeout=20
            ) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    with serving(tmp_path, "--auth", "keys") as (_, url):
        assert [status(url, key) for key in (secret, "none")] == [200, 401]
        assert fungible(tmp_path, "key", "revoke", "app").returncode == 0
        end = time.monotonic() + 60
        while status(url, secret) == 200:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "router.cli", "serve", "--port", port, "--data", str(tmp_path)]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert shown.returncode == 2
    assert port in shown.stderr
    assert "--port" in shown.stderr
