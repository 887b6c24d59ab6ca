"""`fungible serve --workers 2`: one server to all who ask, whichever process answers."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from cli.running import fungible
from cli.test_serve import serving
from router.ledger import SqliteLedger

ASK = {"model": "gpt-5", "messages": [{"role": "user", "content": "hello " * 40}], "max_tokens": 40}
POLICY = """
default: balanced
policies:
  balanced: {because: %s, band: 0.02}
"""


def asked(url: str, key: str) -> tuple[int, str]:
    """The status of one request on a connection of its own, and the policy revision that answered."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(ASK).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)["fungible"]["revision"]
    except urllib.error.HTTPError as refused:
        return refused.code, ""


def many(url: str, key: str, count: int) -> list[tuple[int, str]]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: asked(url, key), range(count)))


def workers_of(supervisor: int) -> list[int]:
    shown = subprocess.run(["ps", "-o", "pid=", "--ppid", str(supervisor)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in shown.stdout.split()]


def wait_for(what: Callable[[], Any]) -> Any:
    until = time.monotonic() + 30
    while not (got := what()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return got


def key(folder: Path, name: str, *words: str) -> str:
    shown = fungible(folder, "key", "create", name, *words)
    return next(word for word in shown.stdout.split() if word.startswith("fgb_"))


def requests_in_metrics(url: str, key: str) -> float:
    request = urllib.request.Request(f"{url.removesuffix('/v1')}/metrics", headers={"authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("fungible_requests_total"))


def test_two_workers_are_one_server(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    policies = tmp_path / "mine" / "policies.yaml"
    policies.write_text(POLICY % "At first")
    plain, poor = key(tmp_path, "plain"), key(tmp_path, "poor", "--budget", "0.001 USD a day")
    with serving(tmp_path, "--workers", "2", "--auth", "keys", "--config", "mine") as (process, url):
        first, second = wait_for(lambda: len(pids := workers_of(process.pid)) == 2 and pids)

        answers = many(url, plain, 16)
        assert {status for status, _ in answers} == {200}

        # A budget is passed by one request at most, however many processes spend it.
        paid = [status for status, _ in many(url, poor, 16)]
        assert set(paid) == {200, 429}

        # A policy is in force in both within a second of a person's edit, and each answer names its revision.
        policies.write_text(POLICY % "Another reason")
        time.sleep(1.5)
        after = {revision for _, revision in many(url, plain, 8)}
        assert len(after) == 1
        assert after.isdisjoint({revision for _, revision in answers})

        # One that is killed is replaced; who asks meanwhile waits.
        time.sleep(1.2)
        os.kill(second, signal.SIGKILL)
        assert {status for status, _ in many(url, plain, 8)} == {200}
        wait_for(lambda: len(pids := workers_of(process.pid)) == 2 and second not in pids)
        assert first in workers_of(process.pid)
        admin = (tmp_path / "data" / "admin.key").read_text().strip()
        wait_for(lambda: requests_in_metrics(url, admin) >= 32 + paid.count(200))

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM

    with closing(SqliteLedger(tmp_path / "data" / "ledger.sqlite3")) as ledger:
        receipts = [json.loads(body) for body in ledger.receipts()]
    served = [receipt for receipt in receipts if receipt["outcome"] == "ok"]
    assert len(served) == 32 + paid.count(200)
    spent = [float(receipt["charged"]) for receipt in served if receipt["ask"]["caller"]["key"] == "poor"]
    assert sum(spent) <= 0.001 * 1e6 + max(spent), "in micro-dollars: passed by one request at most"
    verified = fungible(tmp_path, "ledger", "verify")
    assert verified.returncode == 0, verified.stdout


def test_what_can_not_be_served_is_said_once_in_words(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "policies.yaml").write_text("default: nothing\n")
    command = [
        sys.executable,
        "-m",
        "router.cli",
        "serve",
        "--workers",
        "2",
        "--port",
        "0",
        "--config",
        "bad",
        "--data",
        "data",
    ]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert shown.returncode == 2
    assert shown.stderr.count("policies.yaml") >= 1
    assert "Traceback" not in shown.stderr
