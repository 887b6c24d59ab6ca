"""`fungible fit` and `fungible bench routing` as a person uses them."""

import json
from hashlib import blake2b
from pathlib import Path

import pytest
from routing.test_fit import table

from cli.running import fungible


@pytest.fixture
def outcomes(tmp_path: Path) -> Path:
    planted = table(300)
    rows = [
        json.dumps({"prompt": prompt, "strong": strong, "weak": weak})
        for prompt, (strong, weak) in zip(planted.prompts, planted.scores.tolist(), strict=True)
    ]
    path = tmp_path / "outcomes.jsonl"
    path.write_text("\n".join([*rows, '{"prompt": "", "strong": 1}', "not json"]), encoding="utf-8")
    return path


def test_fit_then_serve_a_decision_with_it(tmp_path: Path, outcomes: Path) -> None:
    shown = fungible(tmp_path, "fit", str(outcomes), "--out", "mine")
    assert shown.returncode == 0, shown.stderr
    assert "There is signal" in shown.stdout
    assert "outcomes.jsonl:301: has no prompt" in shown.stderr
    assert "outcomes.jsonl:302" in shown.stderr
    body = json.loads(fungible(tmp_path, "explain", "Prove the lemma.", "--reader", "mine", "--json").stdout)
    assert len(body["features"]["traits"]) == 2


def test_a_fit_without_signal_says_so_by_its_exit_code(tmp_path: Path) -> None:
    words = (blake2b(str(number).encode(), digest_size=12).hexdigest() for number in range(200))
    rows = [f"{w[:6]} {w[6:12]} {w[12:18]} {w[18:]},{n % 2},{int(n % 3 == 0)}" for n, w in enumerate(words)]
    (tmp_path / "noise.csv").write_text("\n".join(["prompt,a,b", *rows]))
    shown = fungible(tmp_path, "fit", "noise.csv", "--out", "mine", "--json")
    assert shown.returncode == (0 if json.loads(shown.stdout)["recommended"] else 3)


def test_bench_routing_tells_readers_with_their_regimes_and_draws(tmp_path: Path, outcomes: Path) -> None:
    pytest.importorskip("matplotlib")
    prices = {
        "strong": {"input_price": 2.0, "output_price": 8.0},
        "weak": {"input_price": 0.1, "output_price": 0.4},
    }
    (tmp_path / "prices.json").write_text(json.dumps(prices))
    words = ["bench", "routing", str(outcomes), "--prices", "prices.json", "--rounds", "20", "--json"]
    shown = fungible(tmp_path, *words, "--plot", "frontier.svg")
    assert shown.returncode == 0, shown.stderr
    (report,) = json.loads(shown.stdout)
    assert {(pair["reader"], pair["regime"]) for pair in report["pairs"]} == {
        ("random", "none"),
        ("length", "none"),
        ("shipped", "as shipped"),
        ("fit", "in-domain"),
    }
    assert {"oracle", "hull of single models", "random", "fit"} <= {router["name"] for router in report["routers"]}
    oracle = next(router for router in report["routers"] if router["name"] == "oracle")
    fit = next(router for router in report["routers"] if router["name"] == "fit")
    assert oracle["regret"]["value"] == pytest.approx(0, abs=1e-9)
    assert fit["regret"]["value"] >= 0
    assert (tmp_path / "frontier.svg").read_text().startswith("<?xml")
    assert (tmp_path / "frontier.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--reader", "magic"], "random, length, shipped, fit"),
        (["--strong", "gpt"], "there are: strong, weak"),
        (["--policy", "blanced"], "Did you mean 'balanced'"),
        (["--prices", "none.json"], "none.json"),
    ],
)
def test_mistakes_are_told_in_a_sentence(tmp_path: Path, outcomes: Path, words: list[str], sentence: str) -> None:
    shown = fungible(tmp_path, "bench", "routing", str(outcomes), *words)
    assert shown.returncode == 2
    assert sentence in shown.stderr
    assert "Traceback" not in shown.stderr
