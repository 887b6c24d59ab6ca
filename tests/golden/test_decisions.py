"""Decisions under the shipped seeds, as data: what changes here has changed what customers get."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from router.config import load
from router.decision.candidates import in_words
from router.decision.decide import decide
from router.decision.resolve import resolve
from router.errors import NoCandidate
from router.types import Features, Situation

DAY = date(2026, 11, 1)
CASES = json.loads((Path(__file__).parent / "decisions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_decision_is_the_golden_one(case: dict[str, Any]) -> None:
    config = load()
    facts = Features(
        **{**case["features"], "needs": tuple(case["features"]["needs"])},
        task_probability=1.0,
        difficulty_error=1.3,
        input_tokens_error=0.0,
    )
    ask = resolve(case["model"], config, policy=case["policy"], consent=case["consent"], unit="unit")
    expected = [case[key] for key in ("chosen", "reason", "rules", "fallbacks", "codes")]
    wordless = {model.id for model in config.models if not in_words(model)}
    try:
        decision = decide(facts, ask, Situation(DAY, tuple(case["unhealthy"])), config)
    except NoCandidate as error:
        codes = {c.model: c.code for c in error.candidates if c.model not in wordless}
        assert expected == [None, None, [], [], codes]
        return
    assert {c.code for c in decision.candidates if c.model in wordless} <= {"capability", "no_consent"}
    codes = {c.model: c.code for c in decision.candidates if c.model not in wordless}
    assert [decision.chosen, decision.reason, list(decision.rules), list(decision.fallbacks), codes] == expected
    assert list(codes) == list(case["codes"]), "the order, best first"


def test_every_code_that_the_seeds_can_give_stands_in_a_case() -> None:
    codes = {code for case in CASES for code in case["codes"].values()}
    assert codes >= {"chosen", "outside_band", "dearer", "not_asked", "not_preferred"}
    assert codes >= {"no_consent", "capability", "context", "unhealthy"}
