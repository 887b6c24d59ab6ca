"""The example in the documents, run as it stands against a server."""

import re
from pathlib import Path

import pytest

from api.servers import Running, Starter

PAGE = Path(__file__).resolve().parents[2] / "docs" / "serving.md"


def test_the_python_example_runs(start: Starter, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    server = start()
    exec(compile(code.replace("http://127.0.0.1:8000", server.url), "example", "exec"), {})
    shown = capsys.readouterr().out
    assert "receipt" in shown
    assert shown.split()[0] in server.service.active.models


def test_the_headers_in_the_documents_are_sent(start: Starter) -> None:
    page = PAGE.read_text(encoding="utf-8")
    with start().http() as http:
        ask = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
        sent = {name for name in http.post("/v1/chat/completions", json=ask).headers if name.startswith("x-")}
    assert sent
    for name in sent:
        assert name in page or name.removeprefix("x-fungible") in page


def test_the_requests_that_are_shown_are_answered(server: Running) -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    shown = re.findall(r"curl http://127.0.0.1:8000(/v1/\S+) +-H 'content-type: application/json' +-d '([^']+)'", text)
    assert len(shown) >= 2
    with server.http() as http:
        for path, body in shown:
            response = http.post(path, content=body.encode())
            assert response.status_code == 200, (path, response.text)
            assert response.headers["x-fungible-receipt"]
