"""The rule of choice for tables gives the same winner as decide(), prompt by prompt."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from properties.strategies import cases

from router.bench.routing.choice import choose
from router.decision.decide import decide
from router.errors import NoCandidate
from router.types import Ask, Config, Features, Situation


@given(cases(), st.floats(0, 1))
def test_the_table_chooses_as_decide_does(case: tuple[Features, Ask, Situation, Config], band: float) -> None:
    features, ask, situation, config = case
    plain = {"band": band, "prefer": None, "rules": (), "optimize": "cost"}
    policies = {name: replace(policy, **plain) for name, policy in config.policies.items()}
    config = replace(config, policies=policies, ramps=())
    try:
        decision = decide(features, replace(ask, model=None, consent="any"), situation, config)
    except NoCandidate:
        return
    eligible = [candidate for candidate in decision.candidates if not candidate.excluded]
    quality = np.array([[candidate.quality for candidate in eligible]])
    # Ranks of the exact costs: a table of floats could not tell nearly equal ones apart.
    costs = sorted({candidate.cost for candidate in eligible})
    cost = np.array([[float(costs.index(candidate.cost)) for candidate in eligible]])
    names = tuple(candidate.model for candidate in eligible)
    assert names[choose(quality, cost, names, band)[0]] == decision.chosen
