"""Policies are measured by what decide() chooses with their rules, and a reader on a table that it has not seen."""

from pathlib import Path

import numpy as np
import orjson
import pytest
from cli.running import fungible

from router.api.assembly import shipped_reader
from router.bench.routing.deciding import Deciding
from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.bench.routing.prices import read_prices
from router.config import load
from router.decision.decide import decide
from router.decision.features import read
from router.errors import ConfigError
from router.types import Ask, ChatRequest, Message, Situation

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "outcomes.csv"


def test_a_policy_scores_what_decide_chooses() -> None:
    config, table = load(), read_outcomes(EXAMPLE)
    costs = np.tile(np.arange(1.0, 4.0), (len(table.prompts), 1))
    (router,) = Deciding(config, shipped_reader(), ["cost"]).routers(table, costs)
    day = max(price.since for prices in config.prices.values() for price in prices)
    names = {model.id for model in config.models} - set(table.models)
    for row in (0, 7):
        features = read(
            ChatRequest("", (Message("user", table.prompts[row]),)), shipped_reader(), lambda w: len(w) // 4
        )
        ask = Ask(asked="cost", policy="cost", model=None, consent="any", unit=str(row))
        chosen = decide(features, ask, Situation(day, unhealthy=tuple(sorted(names))), config).chosen
        assert router.quality[0, row] == table.column(chosen)[row]
        assert router.spent[0, row] == costs[row, table.models.index(chosen)]


def test_policies_with_rules_differ_from_their_bands(tmp_path: Path) -> None:
    asked = [part for name in ("cost", "quality") for part in ("--policy", name)]
    shown = fungible(
        tmp_path, "bench", "routing", str(EXAMPLE), "--rounds", "10", "--reader", "random", *asked, "--json"
    )
    (report,) = orjson.loads(shown.stdout)
    rows = {row["name"]: row for row in report["routers"]}
    assert {"policy cost", "policy quality", "random", "oracle"} <= set(rows)
    assert rows["policy cost"]["costs"][0] < rows["policy quality"]["costs"][0]
    for row in rows.values():
        assert row["aiq"]["low"] <= row["aiq"]["value"] <= row["aiq"]["high"]


def test_a_catalog_without_the_models_is_said() -> None:
    table = Outcomes("mine", ("p",), ("x", "y"), np.array([[1.0, 0.0]]))
    with pytest.raises(ConfigError, match="the catalog has no rows for x, y"):
        Deciding(load(), shipped_reader(), ["cost"]).require(table)


def test_a_fitted_reader_is_measured_where_it_was_not_learned(tmp_path: Path) -> None:
    fungible(tmp_path, "fit", str(EXAMPLE), "--out", "fit")
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    (tmp_path / "new.csv").write_text("\n".join(lines[:60]), encoding="utf-8")
    for table, regime in ((EXAMPLE, "has seen this table"), (tmp_path / "new.csv", "fitted elsewhere")):
        shown = fungible(tmp_path, "bench", "routing", str(table), "--fitted", "fit", "--reader", "random", "--json")
        pairs = orjson.loads(shown.stdout)[0]["pairs"]
        assert [(pair["reader"], pair["regime"]) for pair in pairs] == [("random", "none"), ("fit", regime)]


@pytest.mark.parametrize("price", ["-1", '"nan"', "NaN", '"free"'])
def test_prices_that_are_none_are_refused(tmp_path: Path, price: str) -> None:
    (tmp_path / "prices.json").write_text(f'{{"a": {{"input_price": 1, "output_price": {price}}}}}')
    with pytest.raises(ConfigError, match=r"prices\.json"):
        read_prices(tmp_path / "prices.json")
