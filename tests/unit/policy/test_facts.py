"""Every fact of the table is known wherever conditions are: one that is forgotten somewhere fails here."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from builders import DAY, ask, features

from router.config import load
from router.config.load import with_policies
from router.config.policies_file import GivenWritten, When
from router.decision.conditions import facts_of, holds
from router.decision.resolve import identify
from router.ledger.packed_request import FIELDS
from router.policy.describe import describe
from router.policy.json_schema import policies_schema
from router.policy.lint.condition_ranges import always, extent
from router.policy.policy_tests import try_policies
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.request_columns import gathered
from router.types import FACTS, Ask, Caller, Condition, Fact, Features, Given, Options, Situation, Subject

SHIPPED = load()
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "policies-reference.md").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize("fact", FACTS, ids=[fact.name for fact in FACTS])
STATED = pytest.mark.parametrize("fact", [f for f in FACTS if f.given], ids=[f.name for f in FACTS if f.given])
# By kind: what a condition says, and two values of a request, of which the first alone fits.
SAMPLES: dict[str, tuple[str, Any, Any]] = {
    "word": ("ko", "ko", "en"),
    "words": ("json", ("json", "tools"), ("vision",)),
    "number": (">= 0.5", 0.5, 0.25),
    "level": ("medium", 0.5, -3.0),
    "count": (">= 100 and < 5000", 100, 99),
    "time": ("09:00-18:00", 540, 1080),
}


def sample(fact: Fact) -> tuple[str, Any, Any]:
    return ("math", "math", "chat") if fact.name == "task" else SAMPLES[fact.kind]


def config(fact: Fact, trial: str = "") -> Any:
    text = sample(fact)[0]
    return with_policies(
        SHIPPED,
        f"""default: p
policies:
  p:
    because: x
    band: 0
    rules: [{{name: r, because: x, when: {{{fact.name}: "{text}"}}, set: {{band: 0.5}}}}]
{trial}""".encode(),
    )


def condition(fact: Fact) -> Condition:
    when: Condition = config(fact).policies["p"].rules[0].when
    return when


def request(fact: Fact, value: Any) -> tuple[Features, Ask, Situation]:
    said = {fact.field: value}
    return (
        features(**said) if fact.source == "features" else features(),
        ask(caller=Caller(**said) if fact.source == "caller" else Caller()),
        Situation(DAY, **said) if fact.source == "situation" else Situation(DAY),
    )


def test_the_lists_that_are_written_out_name_the_facts_of_the_table() -> None:
    names = [fact.name for fact in FACTS]
    assert list(get_args(Subject)) == names
    assert [field.name for field in fields(When)] == names
    stated = {fact.name for fact in FACTS if fact.given}
    assert {fact.name for fact in FACTS if fact.kind != "level"} == stated
    assert stated <= {field.name for field in fields(GivenWritten)}
    assert stated <= {field.name for field in fields(Given)}
    assert {fact.field for fact in FACTS} <= {name for name, _ in FIELDS}


@EVERY
def test_it_compiles_and_is_described(fact: Fact) -> None:
    (test,) = condition(fact).tests
    assert test.subject == fact.name
    assert describe(condition(fact)).startswith(fact.name)


@EVERY
def test_it_is_in_the_schema_and_in_the_reference(fact: Fact) -> None:
    schema = policies_schema()["$defs"]["When"]["properties"][fact.name]
    assert schema["description"].startswith(fact.help)
    table = PAGE.split("\n## `when`\n", 1)[1].split("\n## ", 1)[0]
    assert re.search(rf"^\|[^|]*`{fact.name}`[^|]*\|", table, re.MULTILINE)


@EVERY
def test_it_is_looked_at_by_decisions_and_by_replay_alike(fact: Fact) -> None:
    when, (_, fits, other) = condition(fact), sample(fact)
    known = [request(fact, value) for value in (fits, other, *([None] if fact.may_be_unknown else []))]
    assert set(facts_of(*known[0])) == {each.name for each in FACTS}
    columns = gathered(("", *each) for each in known)
    for unknown in (False, True):
        expected = [True, False, unknown][: len(known)]
        assert [holds(when, facts_of(*each), unknown=unknown) for each in known] == expected
        seen = Facts(columns, Lookups(columns), slice(0, len(columns))).holds(when, unknown=unknown)
        assert seen.tolist() == expected


@EVERY
def test_it_is_kept_with_a_logged_request(fact: Fact) -> None:
    known = [request(fact, value) for value in sample(fact)[1:]]
    columns = gathered(("", *each) for each in known)
    assert [facts_of(*columns.at(row))[fact.name] for row in range(2)] == [facts_of(*each)[fact.name] for each in known]


@EVERY
def test_a_ramp_may_look_at_it(fact: Fact, tmp_path: Path) -> None:
    when = f'{{{fact.name}: "{sample(fact)[0]}"}}'
    ramp = f"{{name: r, because: x, original: gpt-5, substitute: mai-1, share: 0.5, when: {when}}}"
    (tmp_path / "ramps.yaml").write_text(f"ramps: [{ramp}]\n", encoding="utf-8")
    (moving,) = load(tmp_path).ramps
    assert moving.when == condition(fact)


@pytest.mark.parametrize("fact", [f for f in FACTS if f.source == "caller"], ids=lambda fact: fact.name)
def test_a_caller_may_say_it(fact: Fact) -> None:
    value = sample(fact)[1]
    if fact.name == "key":
        # Nobody says it: it follows from the secret that came with the request.
        assert fact.field not in {field.name for field in fields(Options)}
    else:
        said = identify(Caller(), Options(**{fact.field: value}))
        assert getattr(said, fact.field) == value
        assert getattr(identify(Caller(**{fact.field: value}), Options()), fact.field) == value


@EVERY
def test_lint_knows_that_it_does_not_always_hold(fact: Fact) -> None:
    assert not always(extent(condition(fact)))


@STATED
@pytest.mark.parametrize("fits", [True, False])
def test_a_policys_test_may_state_it(fact: Fact, fits: bool) -> None:
    value = sample(fact)[1 if fits else 2]
    text = f"{value // 60:02}:{value % 60:02}" if fact.kind == "time" else value
    stated = f'"{text}"' if isinstance(text, str) else list(text) if isinstance(text, tuple) else text
    task = "" if fact.name == "task" else "task: chat, "
    trial = f"    tests: [{{given: {{{task}{fact.name}: {stated}}}, expect: {{rules: r}}}}]\n"
    (tried,) = try_policies(config(fact, trial), lambda _: features(), DAY)
    assert tried.passed is fits, tried.sentence
