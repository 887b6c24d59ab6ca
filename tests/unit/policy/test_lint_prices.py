"""What lint tells of prices and of files that do not load; the order of findings; the shipped files."""

from datetime import date
from typing import Any

import pytest

from router.config.files.yaml_source import Source, parse
from router.config.load import read_documents
from router.errors import ConfigError
from router.policy.lint import Finding, lint
from router.policy.lint.finding import refusals
from unit.policy_samples import DAY, HEAD, PRICES, sources

ROW = "{since: %s, input: 1, output: 2, cached_input: 1, source: x, status: assumed%s}"


def prices(*rows: str, stale_days: int = 180) -> list[tuple[str, str, str]]:
    """Where and what lint tells of big's prices."""
    others = "  mid: [%s]\n  small: [%s]\n" % ((ROW % ("2026-11-01", ""),) * 2)
    text = "prices:\n  big:\n" + "".join(f"    - {row}\n" for row in rows) + others
    files = {**sources(HEAD), "prices.yaml": parse(text.encode(), "prices.yaml")}
    return [(finding.where, finding.code, finding.sentence) for finding in lint(files, DAY, stale_days)]


def test_the_shipped_files_give_nothing() -> None:
    assert lint(read_documents(), date(2026, 11, 21), 180) == ()


def test_a_price_that_is_old() -> None:
    assert prices(ROW % ("2026-05-24", "")) == [
        (
            "prices.yaml:3:8",
            "price-stale",
            "The price of big is in force since 2026-05-24, 181 days ago; the limit is 180.",
        )
    ]
    assert prices(ROW % ("2026-05-25", "")) == []


def test_a_price_that_was_checked_is_as_old_as_that() -> None:
    assert prices(ROW % ("2020-01-01", ", checked: 2026-11-01")) == []
    (where, code, sentence), *_ = prices(ROW % ("2020-01-01", ", checked: 2026-11-01"), stale_days=19)
    assert (where, code) == ("prices.yaml:3:93", "price-stale")
    assert sentence == "The price of big was last checked on 2026-11-01, 20 days ago; the limit is 19."


def test_only_the_price_in_force_grows_old() -> None:
    assert prices(ROW % ("2020-01-01", ""), ROW % ("2026-11-01", "")) == []


def test_a_price_to_come() -> None:
    assert prices(ROW % ("2026-11-01", ""), ROW % ("2026-11-22", "")) == [
        (
            "prices.yaml:4:8",
            "price-future",
            "This price of big takes effect on 2026-11-22; until then the one before it holds.",
        )
    ]


def test_a_model_without_a_price_today() -> None:
    first, second = prices(ROW % ("2026-11-22", ""), ROW % ("2026-12-22", ""))
    assert first[:2] == ("prices.yaml:3:8", "price-missing")
    assert first[2] == "big has no price before 2026-11-22, so that it cannot be chosen until then."
    assert second[:2] == ("prices.yaml:4:8", "price-future")


def errors(text: str, **files: Any) -> list[tuple[str, str, str, str]]:
    findings = lint(sources(text, **files), DAY, 180)
    assert {finding.severity for finding in findings} == {"error"}
    return [
        (finding.where.removeprefix("policies.yaml:"), finding.code, finding.sentence, finding.suggestion)
        for finding in findings
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            HEAD.replace("band", "bnad"),
            ("3:19", "unknown-key", "Unknown key 'bnad' in policies.a.", "Did you mean 'band'?"),
        ),
        (
            HEAD.replace("0.1", "2"),
            (
                "3:19",
                "wrong-value",
                "policies.a.band: input should be less than or equal to 1, not 2.",
                "A share of 1 is meant: 2 % is 0.02.",
            ),
        ),
        (
            HEAD.replace("0.1", "0.1, prefer: bgi"),
            (
                "3:30",
                "matches-nothing",
                "'bgi' matches no model's id, family or owner.",
                "Did you mean 'big'?",
            ),
        ),
        (
            HEAD.replace("band: 0.1", "extends: a"),
            (
                "3:19",
                "extends",
                "'a' extends another policy itself: a policy may extend one that extends none.",
                "Extend a policy that stands on its own.",
            ),
        ),
        (
            "timezone: Nowhere\n" + HEAD,
            (
                "1:1",
                "unknown-name",
                "No timezone is called 'Nowhere'; an example is 'Asia/Seoul'.",
                "See docs/policies-reference.md for what may stand here.",
            ),
        ),
    ],
)
def test_what_the_loader_refuses_is_an_error(text: str, expected: tuple[str, str, str, str]) -> None:
    assert expected in errors(text)


def test_errors_come_alone_and_in_the_order_of_the_file() -> None:
    text = "default: b\npolicies:\n  a: {because: x, prefer: Bgi, models: bgi, disclosure: silent, consent: exact}\n"
    places = [where for where, *_ in errors(text)]
    assert places == sorted(places, key=lambda place: [int(number) for number in place.split(":")])
    assert len(places) == 4


def test_prices_in_the_wrong_order_are_an_error() -> None:
    row = PRICES["prices"]["big"][0]
    wrong = {"prices": {**PRICES["prices"], "big": [row, {**row, "since": "2020-01-01"}]}}
    ((where, code, _, suggestion),) = errors(HEAD, prices=wrong)
    assert (where, code, suggestion) == ("prices.yaml:1:1", "order", "Sort them by `since`.")


def test_only_prices_are_to_be_sorted_by_their_day() -> None:
    budget = "{name: d, limit: 9 USD, per: 24 hours, rollover: 50 %}"
    said = {
        code: (message, advice) for _, code, message, advice in errors(HEAD.replace("0.1", f"0.1, budgets: [{budget}]"))
    }
    assert said["order"] == (
        "24 hours roll, so that nothing is left at an end: take `rollover` out.",
        "See docs/policies-reference.md for what may stand here.",
    )


def test_text_that_is_not_yaml() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(b"a: 1\nb: &x 2\n", "p.yaml")
    (finding,) = refusals(caught.value)
    assert finding == Finding(
        "p.yaml:2:4",
        "syntax",
        "error",
        "Anchors and aliases are not allowed: write the value out.",
        "A policy takes over another's words with `extends: NAME`.",
        "b: &x 2",
    )
    assert finding.place == ("p.yaml", 2, 4)
    assert finding.to_json() == {
        "file": "p.yaml",
        "line": 2,
        "column": 4,
        "code": "syntax",
        "severity": "error",
        "message": finding.sentence,
        "suggestion": finding.suggestion,
        "text": "b: &x 2",
    }
    with pytest.raises(ConfigError) as caught:
        parse(b"\xff", "p.yaml")
    assert refusals(caught.value)[0].sentence == "This is not UTF-8 text."


def test_findings_stand_in_the_order_of_the_files() -> None:
    policies = "default: a\npolicies:\n  a: {because: x, band: 0, models: mid, prefer: big, floors: {law: 1}}\n"
    old = {"prices": {name: [{**row[0], "since": "2020-01-01"}] for name, row in PRICES["prices"].items()}}
    files = sources(policies, prices=old)
    named = {**files, "prices.yaml": Source("a/prices.yaml", files["prices.yaml"].data)}
    placed = [(finding.place[0], finding.code) for finding in lint(named, DAY, 180)]
    assert placed == [
        ("a/prices.yaml", "price-stale"),
        ("a/prices.yaml", "price-stale"),
        ("a/prices.yaml", "price-stale"),
        ("policies.yaml", "prefer-not-allowed"),
        ("policies.yaml", "floor-unreachable"),
    ]


GPUS = "gpus:\n  H100: [{since: 2026-01-01, rate: 2, speed: 1, source: x, status: assumed}]\n"
DEPLOYED = """deployments:
  - {name: one, model: big, provider: p, gpu: H100}
  - {name: two, model: big, provider: p, gpu: H10}
  - {name: three, model: big, provider: p}
"""


@pytest.mark.parametrize(("contracts", "codes"), [(GPUS, ["gpu-unknown"]), ("gpus: {}\n", [])])
def test_gpus_of_which_nobody_says_what_they_cost(contracts: str, codes: list[str]) -> None:
    added = {"contracts.yaml": contracts, "deployments.yaml": DEPLOYED}
    files = {**sources(HEAD), **{name: parse(text.encode(), name) for name, text in added.items()}}
    findings = lint(files, DAY, 180)
    assert [finding.code for finding in findings] == codes
    for finding in findings:
        assert finding.where == "deployments.yaml:3:42"
        assert finding.sentence.startswith("`gpus` of contracts.yaml does not know 'H10': what two serves is priced")
        assert (finding.severity, finding.suggestion) == ("warning", "Add it there. Did you mean 'H100'?")
