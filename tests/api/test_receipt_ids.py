"""The id that an answer gives itself leads to its receipt, its proof and its rating."""

from typing import Any

import pytest

from api.servers import Running

SAID = [{"role": "user", "content": "Name three rivers."}]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": "auto", "messages": SAID},
    "/v1/responses": {"model": "auto", "input": "Name three rivers."},
    "/v1/messages": {"model": "auto", "messages": SAID, "max_tokens": 50},
    "/v1/completions": {"model": "auto", "prompt": "Name three rivers."},
}


@pytest.mark.parametrize("path", BODIES)
def test_the_answers_own_id_leads_to_its_receipt(server: Running, path: str) -> None:
    with server.http() as http:
        answer = http.post(path, json=BODIES[path])
        receipt, own = answer.headers["x-fungible-receipt"], answer.json()["id"]
        assert own != receipt
        assert http.get(f"/v1/receipts/{own}").json()["id"] == receipt
        assert http.get(f"/v1/receipts/{own}/proof").text.startswith("c2sp.org/tlog-proof@v1")
        rated = http.post("/v1/feedback", json={"receipt": own, "rating": "up"})
        assert rated.json()["receipt"] == receipt
        assert http.post("/v1/feedback", json={"receipt": receipt, "rating": "up"}).status_code == 409
