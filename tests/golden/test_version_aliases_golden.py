"""What a name over versions means, as data: what changes here has changed what customers get."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import builders
import pytest
from unit.decision.test_version_names import ALIAS, config, upgrade

from router.decision.decide import decide
from router.decision.names.version_names import version_notes
from router.decision.resolve import resolve

CASES = json.loads((Path(__file__).parent / "version_aliases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_version_is_the_golden_one(case: dict[str, Any]) -> None:
    which, task = config(*(upgrade(*ramp) for ramp in case["ramps"])), case["task"]
    ask = resolve("any", which, consent=case["consent"], task=task)
    situation = replace(builders.SITUATION, unhealthy=tuple(case["down"]))
    decision = decide(builders.features(task=task), ask, situation, which)
    notes, fallbacks = list(version_notes(ALIAS, decision, task)), list(decision.fallbacks)
    came = [decision.baseline, decision.chosen, decision.reason, decision.consent, notes, fallbacks]
    assert came == case["came"]
