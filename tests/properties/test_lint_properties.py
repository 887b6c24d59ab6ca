"""What lint says of conditions is what they do, and lint comes to an end on every file that loads."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from properties.policy_strategies import drawn_config, drawn_request
from router.config.files.yaml_source import Source
from router.config.load import FILES
from router.decision.conditions import facts_of, holds
from router.policy.lint import lint
from router.policy.lint.condition_ranges import UNSURE, always, extent, meet, within
from router.types import Condition, Config

TEXTS = st.binary(min_size=8, max_size=200)


def conditions(config: Config) -> list[Condition]:
    return [part.when for policy in config.policies.values() for part in (*policy.rules, *policy.guards)]


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=8))
def test_extents_are_what_conditions_do(text: bytes, requests: list[bytes]) -> None:
    config = drawn_config(text)
    whens = conditions(config)
    extents = [extent(when) for when in whens]
    for request in requests:
        facts = facts_of(*drawn_request(request, config))
        held = [holds(when, facts) for when in whens]
        applied = [here for when, here in zip(whens, extents, strict=True) if holds(when, facts, unknown=True)]
        assert meet(applied, UNSURE)
        for here, holding in zip(extents, held, strict=True):
            assert not (here.empty and holding)
            assert holding or not always(here)
            if holding:
                assert all(other for wide, other in zip(extents, held, strict=True) if within(here, wide))


@given(TEXTS)
def test_lint_of_any_file_that_loads_has_only_warnings(text: bytes) -> None:
    config = drawn_config(text)
    findings = lint(
        {name: Source(name, config.documents[name]) for name in FILES if name in config.documents},
        date(2026, 11, 21),
        180,
    )
    assert {finding.severity for finding in findings} <= {"warning"}
    assert all(finding.sentence and finding.suggestion and finding.place for finding in findings)
