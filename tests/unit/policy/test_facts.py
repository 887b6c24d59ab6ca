"""Every fact of the table is known wherever conditions are: one that is forgotten somewhere fails here."""

import ast
import inspect
import math
import re
from dataclasses import MISSING, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from builders import DAY, ask, features

from router.config import load
from router.config.load import with_policies
from router.config.policies_file import GivenWritten, When
from router.decision.conditions import facts_of, holds
from router.ledger.packed_request import FIELDS, LATER, SPELLED, VERSION
from router.policy.describe import describe
from router.policy.json_schema import policies_schema
from router.policy.lint.condition_ranges import always, extent
from router.policy.policy_tests import try_policies
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.request_columns import gathered
from router.types import FACTS, STATED, Ask, Caller, Condition, Fact, Features, Given, Situation, Subject
from router.types.facts import KNOWN

SHIPPED = load()
ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "policies-reference.md").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize("fact", FACTS, ids=[fact.name for fact in FACTS])
RECORDS: dict[str, Any] = {"features": Features, "ask": Ask, "caller": Caller, "situation": Situation}
# Where the server makes the records, but for what callers say.
MAKERS = {
    "features": "router/decision/features.py",
    "ask": "router/decision/resolve.py",
    "situation": "router/serving/service.py",
}


def sample(fact: Fact) -> tuple[str, Any, Any]:
    """What a condition says, and two values of a request, of which the first alone fits."""
    first, second, *more = fact.every or ("ko", "en", "other")
    if fact.kind == "word" and fact.name not in ("model", "asked"):
        return first, first, second
    if fact.kind == "words":
        return first, (first, *more[:1]), (second,)
    if fact.kind == "number":
        middle = (fact.least + fact.most) / 2
        return f">= {middle}", middle, fact.least
    samples: dict[str, tuple[str, Any, Any]] = {
        "level": ("medium", 0.5, -3.0),
        "count": (">= 100 and < 5000", 100, 99),
        "time": ("09:00-18:00", 540, 1080),
        "date": ("2026-12-01", 739_951, 739_950),
        "model": ("gpt-5", "gpt-5", "gpt-5-mini"),
        "asked": ("gpt-5", "gpt-5", None),
        "days": ("sat", 739_941, 739_942),
    }
    return samples.get(fact.name) or samples[fact.kind]


def key(fact: Fact) -> str:
    """Under which key a condition looks at it."""
    return "from" if fact.kind == "date" else fact.name


def config(fact: Fact, trial: str = "") -> Any:
    text = sample(fact)[0]
    return with_policies(
        SHIPPED,
        f"""default: p
phrases: {{ko: x, en: x, other: x}}
policies:
  p:
    because: x
    band: 0
    rules: [{{name: r, because: x, when: {{{key(fact)}: "{text}"}}, set: {{band: 0.5}}}}]
{trial}""".encode(),
    )


def condition(fact: Fact) -> Condition:
    when: Condition = config(fact).policies["p"].rules[0].when
    return when


def default(fact: Fact) -> Any:
    (usual,) = [field.default for field in fields(RECORDS[fact.source]) if field.name == fact.field]
    return usual


def values(fact: Fact) -> list[Any]:
    """The two of the sample, and that it is unknown where it may be."""
    return [*sample(fact)[1:], *([None] if fact.may_be_unknown else [])]


def request(fact: Fact, value: Any) -> tuple[Features, Ask, Situation]:
    said: dict[str, Any] = {source: {} for source in RECORDS} | {fact.source: {fact.field: value}}
    asked = replace(ask(caller=Caller(**said["caller"])), **said["ask"])
    return features(**said["features"]), asked, Situation(DAY, **said["situation"])


def test_the_lists_that_are_written_out_name_the_facts_of_the_table() -> None:
    assert list(get_args(Subject)) == [fact.name for fact in KNOWN]
    assert [field.name for field in fields(When)] == ["from_", "until", *(f.name for f in FACTS if f.kind != "date")]
    stated = {fact.name for fact in STATED}
    # A test states the model that is asked for as `model`, and what it means follows.
    assert {fact.name for fact in FACTS if fact.kind != "level" and not fact.is_model} <= stated
    assert stated <= {field.name for field in fields(GivenWritten)}
    assert stated <= {field.name for field in fields(Given)}
    assert {fact.field for fact in FACTS} <= {name for name, _ in FIELDS}, "say since which version rows have it"
    assert [fact.since for fact in LATER] == list(range(SPELLED + 1, VERSION + 1)), "a version for each"


@EVERY
def test_it_compiles_and_is_described(fact: Fact) -> None:
    (test,) = condition(fact).tests
    assert test.subject == fact.name
    assert describe(condition(fact)).startswith(fact.name)


@EVERY
def test_it_is_in_the_schema_and_in_the_reference(fact: Fact) -> None:
    schema = policies_schema()["$defs"]["When"]["properties"][key(fact)]
    assert fact.kind == "date" or schema["description"].startswith(fact.help)
    table = PAGE.split("\n## `when`\n", 1)[1].split("\n## ", 1)[0]
    assert re.search(rf"^\|[^|]*`{key(fact)}`[^|]*\|", table, re.MULTILINE)


@EVERY
def test_it_is_looked_at_by_decisions_and_by_replay_alike(fact: Fact) -> None:
    when = condition(fact)
    known = [request(fact, value) for value in values(fact)]
    columns = gathered(("", *each) for each in known)
    for unknown in (False, True):
        expected = [True, False, unknown][: len(known)]
        assert [holds(when, facts_of(*each), unknown=unknown) for each in known] == expected
        seen = Facts(columns, Lookups(columns), slice(0, len(columns))).holds(when, unknown=unknown)
        assert seen.tolist() == expected


@EVERY
def test_it_is_kept_with_a_logged_request(fact: Fact) -> None:
    known = [request(fact, value) for value in values(fact)]
    columns = gathered(("", *each) for each in known)
    assert [facts_of(*columns.at(row))[fact.name] for row, _ in enumerate(known)] == [
        facts_of(*each)[fact.name] for each in known
    ]


@EVERY
def test_what_is_not_known_is_what_its_record_has_by_default(fact: Fact) -> None:
    # So older receipts and rows, which lack it, read alike.
    assert fact.since == 1 or default(fact) is not MISSING
    assert default(fact) is MISSING or (default(fact) is None) == fact.may_be_unknown
    assert fact.kind != "words" or default(fact) in (MISSING, ())
    assert fact.kind != "number" or -math.inf < fact.least < fact.most < math.inf


@pytest.mark.parametrize("source", MAKERS)
def test_it_is_made_with_its_record(source: str) -> None:
    tree = ast.parse((ROOT / MAKERS[source]).read_text(encoding="utf-8"))
    record, made = RECORDS[source], set[str]()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == record.__name__:
            said = {word.arg: word.value for word in call.keywords if word.arg}
            made |= inspect.signature(record).bind(*call.args, **said).arguments.keys()
    assert {fact.field for fact in FACTS if fact.source == source} <= made


@EVERY
def test_a_ramp_may_look_at_it(fact: Fact, tmp_path: Path) -> None:
    when = f'{{{key(fact)}: "{sample(fact)[0]}"}}'
    ramp = f"{{name: r, because: x, original: gpt-5, substitute: mai-1, share: 0.5, when: {when}}}"
    (tmp_path / "ramps.yaml").write_text(f"ramps: [{ramp}]\n", encoding="utf-8")
    (tmp_path / "policies.yaml").write_text(
        "default: p\nphrases: {ko: x}\npolicies: {p: {because: x, band: 0}}\n", encoding="utf-8"
    )
    (moving,) = load(tmp_path).ramps
    assert moving.when == condition(fact)


@EVERY
def test_lint_knows_that_it_does_not_always_hold(fact: Fact) -> None:
    assert not always(extent(condition(fact)))


@pytest.mark.parametrize("fact", [f for f in FACTS if f.given], ids=lambda fact: fact.name)
@pytest.mark.parametrize("fits", [True, False])
def test_a_policys_test_may_state_it(fact: Fact, fits: bool) -> None:
    value = sample(fact)[1 if fits else 2]
    text = f"{value // 60:02}:{value % 60:02}" if fact.kind == "time" else value
    text = date.fromordinal(value).isoformat() if fact.kind == "date" else text
    stated = f'"{text}"' if isinstance(text, str) else list(text) if isinstance(text, tuple) else text
    task = "" if fact.name == "task" else "task: chat, "
    trial = f"    tests: [{{given: {{{task}{fact.name}: {stated}}}, expect: {{rules: r}}}}]\n"
    (tried,) = try_policies(config(fact, trial), lambda _: features(), DAY)
    assert tried.passed is fits, tried.sentence
