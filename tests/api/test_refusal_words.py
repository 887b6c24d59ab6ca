"""A client that is refused learns which codes exclude it, and no name of a guard or a budget of the operator's."""

from collections.abc import Callable
from pathlib import Path

from api.servers import Running

BODY = {"model": "auto", "messages": [{"role": "user", "content": "Hi!"}]}
POLICIES = """
default: b
budgets: [{name: chargeback-search, of: {model: Meta}, limit: 0 USD, per: day}]
policies:
  b:
    because: x
    band: 0
    disclosure: silent
    guards: [{name: secret-deal-with-acme, because: x, never: {owner: [OpenAI, Microsoft]}}]
"""


def test_names_of_guards_and_budgets_stay_with_the_operator(start: Callable[..., Running], tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    with start(folder=tmp_path).http() as http:
        for path in ("/v1/chat/completions", "/v1/route"):
            answer = http.post(path, json=BODY)
            assert answer.status_code == 429
            assert "secret-deal" not in answer.text
            assert "chargeback" not in answer.text
            error = answer.json()["error"]
            assert "gpt-5: guard;" in error["message"]
            assert {row["code"] for row in error["candidates"]} == {"guard", "budget"}
            assert {row["detail"] for row in error["candidates"]} == {""}
