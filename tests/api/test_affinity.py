"""A conversation that went elsewhere stays there while its cache is worth more, and the receipt tells it."""

import json
from pathlib import Path
from typing import Any

from api.backends import house_in
from api.servers import Starter
from router.bench.http.fake_backend import Upstream, answer, completion, used

CHAT = "/v1/chat/completions"
CACHE = {"source": "a test", "date": "2026-01-01", "status": "assumed", "least_tokens": 1024, "seconds": 300}
LONG = {"role": "user", "content": "Tell me about rivers. " * 400}


def house_with_a_cache(folder: Path, backends: dict[str, str]) -> Path:
    """The second model is a little dearer, and sells what it has cached for a tenth."""
    house_in(folder, backends)
    catalog, prices = (json.loads((folder / name).read_text()) for name in ("catalog.yaml", "prices.yaml"))
    catalog["models"][1]["prompt_cache"] = CACHE
    prices["prices"]["second"][0] |= {"input": 1.5, "output": 2, "cached_input": 0.15}
    for name, data in (("catalog.yaml", catalog), ("prices.yaml", prices)):
        (folder / name).write_text(json.dumps(data))
    return folder


def test_it_stays_after_a_failover_and_goes_back_when_the_cache_is_denied(start: Starter, tmp_path: Path) -> None:
    down, cached = [True], [1_920]

    def first(_: object) -> list[bytes]:
        return [answer({}, 500)] if down[0] else [answer(completion("First."))]

    def second(_: object) -> list[bytes]:
        return [answer(completion("Second.", usage=used(2_000, 5, cached[0])))]

    with Upstream(first) as preferred, Upstream(second) as spare:
        running = start(folder=house_with_a_cache(tmp_path / "config", {"first": preferred.url, "second": spare.url}))
        turns: list[dict[str, Any]] = [LONG]

        def said() -> tuple[dict[str, Any], Any]:
            with running.http() as http:
                body = http.post(CHAT, json={"model": "auto", "messages": turns}).json()
                receipt = http.get(f"/v1/receipts/{body['fungible']['receipt']}").json()
            turns.extend([{"role": "assistant", "content": "Well."}, {"role": "user", "content": "And then?"}])
            return body["fungible"], receipt

        fungible, _ = said()
        assert (fungible["served"], fungible["reason"]) == ("second", "fallback")
        down[0] = False
        fungible, receipt = said()
        assert (fungible["served"], fungible["reason"], fungible["baseline"], fungible["substituted"]) == (
            *("second", "affinity", "first"),
            True,
        )
        assert receipt["situation"]["warm"][0]["model"] == "second"
        assert receipt["usage"]["cached_input_tokens"] == 1_920
        assert float(fungible["cost_delta_usd"]) < 0, "that is why"
        cached[0] = 0
        assert said()[0]["reason"] == "affinity"
        assert said()[0]["served"] == "first"
