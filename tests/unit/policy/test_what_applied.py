"""Each rule, guard and budget is told with whether it applied, as `decide()` says, and why."""

from typing import Any

import pytest
from builders import DAY, ask, features
from hypothesis import given
from properties.policy_strategies import CONFIGS, TEXTS, drawn_request

from router.config import load
from router.config.load import with_policies
from router.decision.decide import decide
from router.errors import RouterError
from router.policy.what_applied import steps
from router.types import Caller, Config, Situation

TEXT = """default: p
guards:
  - {name: legal, because: x, when: {team: legal}, never: {region: us}}
  - {name: all, because: x, never: {model: tts-1}}
budgets:
  - {name: sales, of: {team: sales}, limit: 5 USD, per: week}
  - {name: each, each: key, limit: 5 USD, per: day}
  - {name: mini, each: model, limit: 5 USD, per: day, of: {model: gpt-5-mini}, then: {band: 0.2}}
policies:
  p:
    because: x
    band: 0
    rules:
      - {name: launch, because: x, when: {until: "2026-12-04 18:00"}, set: {band: 0}}
      - {name: night, because: x, when: {time: "22:00-24:00"}, set: {band: 0.1}}
      - {name: hot, because: x, when: {temperature: "> 1"}, set: {band: 0.1}}
      - {name: beta, because: x, when: {tags: beta}, set: {band: 0.1}}
      - {name: hard, because: x, when: {difficulty: ">= 2", task: chat}, set: {band: 0.1}}
"""


def told(caller: Caller = Caller(), spent: tuple[str, ...] = (), ordinal: int = 0, **read: Any) -> dict[str, str]:  # noqa: B008
    config = with_policies(load(), TEXT.encode())
    situation = Situation(DAY, minute=1080, spent=spent, calendar_day=ordinal)
    told = steps(features(**read), ask(policy="p", caller=caller), situation, config)
    return {step.name: f"{'+' if step.applied else '-'} {step.why}" for step in told}


@pytest.mark.parametrize(
    ("name", "why", "said"),
    [
        ("launch", "+ date is until 2026-12-04 18:00; ends by itself after 2026-12-04 18:00", {"ordinal": 739_950}),
        ("launch", "- needs date is until 2026-12-04 18:00, and it is 2026-12-04 18:00", {"ordinal": 739_954}),
        ("night", "- needs time is 22:00-24:00, and it is 18:00", {}),
        ("hot", "- needs temperature > 1, and temperature is not known", {}),
        ("beta", "- needs tags include beta, and there is none", {}),
        ("beta", "- needs tags include beta, and it is a, b", {"caller": Caller(tags=("b", "a"))}),
        ("hard", "- needs difficulty >= 2, and it is 0.5", {"difficulty": 0.5}),
        ("legal", "+ team not known, so that it applies", {}),
        ("legal", "- needs team is legal, and it is sales", {"caller": Caller(team="sales")}),
        ("all", "+ always", {}),
        ("sales", "- counts the requests of team sales alone", {}),
        ("sales", "- not at its limit", {"caller": Caller(team="sales")}),
        ("sales", "+ at its limit", {"caller": Caller(team="sales"), "spent": ("*/sales",)}),
        ("each", "- its holder is not known", {}),
        ("mini", "- at its limit for others", {"spent": ("*/mini@gpt-5",)}),
        ("mini", "+ at its limit", {"spent": ("*/mini@gpt-5-mini",)}),
    ],
)
def test_why(name: str, why: str, said: dict[str, Any]) -> None:
    assert told(**said)[name] == why


def test_a_guard_on_regions_of_many_models_tells_their_number() -> None:
    config = with_policies(load(), TEXT.encode())
    does = {step.name: step.does for step in steps(features(), ask(policy="p"), Situation(DAY), config)}
    assert does["legal"] == "never 12 models from us"
    assert does["all"] == "never tts-1"


@given(CONFIGS, TEXTS)
def test_what_is_told_to_apply_is_what_decide_applied(config: Config, texts: list[bytes]) -> None:
    for text in texts:
        read, asked, situation = drawn_request(text, config)
        parts = steps(read, asked, situation, config)
        try:
            decision = decide(read, asked, situation, config)
        except RouterError:
            continue
        for part, names in (("rule", decision.rules), ("guard", decision.guards), ("budget", decision.budgets)):
            assert tuple(step.name for step in parts if step.part == part and step.applied) == names
