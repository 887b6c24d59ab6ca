"""Rivals: grades, means, the rounds of a contest, its money, its transcript, and what a command shows."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from audit_endpoint import endpoint
from cli.running import fungible

from router.audit.audit_budget import CallPrice, Purse
from router.audit.endpoint_client import Endpoint
from router.audit.sides import Live
from router.audit.wire_shapes import read
from router.bench.rivals.graders import Expected, Judge, NoMoney, Person, parsed, read_expected
from router.bench.rivals.running_mean import LEAST, RunningMean
from router.errors import ConfigError

PROMPTS = "\n".join(f"question {number}" for number in range(20))


def says(text: str) -> Any:
    return lambda number, prompt: ("model-a", text)


def compared(folder: Path, *words: str) -> Any:
    (folder / "check.jsonl").write_text(
        "\n".join(json.dumps({"prompt": f"question {n}", "expect": "right"}) for n in range(20))
    )
    shown = fungible(folder, "bench", "rivals", *words, "--data", "data", columns="80")
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def test_a_mean_has_an_interval_at_every_look() -> None:
    mean = RunningMean()
    draws = random.Random(1)
    missed = 0
    for number in range(1, 400):
        mean = mean.after(draws.gauss(3.0, 1.0))
        ends = mean.interval(0.05)
        assert (ends is None) == (number < LEAST)
        missed += ends is not None and not ends[0] <= 3.0 <= ends[1]
    assert missed == 0
    assert mean.mean == pytest.approx(3.0, abs=0.2)


def test_what_an_endpoint_says_it_charges_is_read() -> None:
    body: dict[str, Any] = {"model": "m", "choices": [{"message": {"content": "x"}}], "usage": {}}
    costs: list[Any] = [0.25, "0.5", True, "much", -1, None]
    said = [read("openai", body | {"usage": {"cost": cost}}).cost_usd for cost in costs]
    assert said == [Decimal("0.25"), Decimal("0.5"), None, None, None, None]
    assert read("openai", body | {"fungible": {"cost_usd": "0.001"}}).cost_usd == Decimal("0.001")


def test_a_check_looks_for_a_text_or_a_pattern(tmp_path: Path) -> None:
    check = Expected({"a": "Paris", "b": r"/^\d+$/"})
    assert check.grade("a", ["it is paris", "Rome"]) == [1.0, 0.0]
    assert check.grade("b", ["42", "forty"]) == [1.0, 0.0]
    assert check.grade("c", ["x", "y"]) is None
    file = tmp_path / "check.jsonl"
    for text, problem in (("{}", ":1: a check needs"), ('{"prompt": "x", "expect": "/(/"}', ":1: /(/ is no pattern")):
        file.write_text(f"{text}\n")
        with pytest.raises(ConfigError, match=r".*") as raised:
            read_expected(file)
        assert problem in str(raised.value)
    file.write_text('\n{"prompt": "x", "expect": "/y/"}\n')
    assert read_expected(file).by_prompt == {"x": "/y/"}


def test_grades_of_a_judge_are_whole_or_none() -> None:
    assert parsed('Sure: {"grades": [10, 0]}', 2) == [1.0, 0.0]
    for text in (
        "no",
        '{"grades": [1]}',
        '{"grades": [11, 1]}',
        '{"grades": 3}',
        '{"other": 1}',
        '{"grades": ["1", 2]}',
    ):
        assert parsed(text, 2) is None


def test_a_judge_grades_in_an_order_of_chance_and_is_paid_for(tmp_path: Path) -> None:
    def judged(_: int, prompt: str) -> tuple[str, str]:
        answers = json.loads(prompt)["answers"]
        return "judge", json.dumps({"grades": [10 if answer == "good" else 0 for answer in answers]})

    with endpoint(judged) as serving:
        purse = Purse(Decimal(10_000_000))
        judge = Judge(Live(Endpoint(serving.url, "j"), CallPrice(Decimal(1), Decimal(2))), purse, random.Random(3))
        for _ in range(4):
            assert judge.grade("q", ["good", "bad"]) == [1.0, 0.0]
        assert judge.spent == purse.spent == 4 * 50
        assert len({body["messages"][-1]["content"] for body in serving.asked}) == 2
        assert judge.name == f"judge j at {serving.url}"
        judge.purse = Purse(Decimal(1))
        with pytest.raises(NoMoney):
            judge.grade("q", ["good", "bad"])
    with endpoint(judged, broken=1) as serving:
        judge = Judge(Live(Endpoint(serving.url, "j"), None), Purse(None), random.Random(3))
        assert judge.grade("q", ["good", "bad"]) is None


def test_a_person_grades_without_knowing_whose_an_answer_is() -> None:
    lines: list[str] = []
    replies = iter(["10 0", "nothing", "11 2"])
    person = Person(lines.append, lambda _: next(replies), random.Random(1))
    grades = person.grade("q", ["a", "b"])
    assert grades is not None
    assert sorted(grades) == [0.0, 1.0]
    assert person.grade("q", ["a", "b"]) is None
    assert person.grade("q", ["a", "b"]) is None
    assert "\nq" in lines


def test_a_contest_ends_once_it_is_answered_and_its_transcript_holds(tmp_path: Path) -> None:
    with endpoint(says("right")) as good, endpoint(says("wrong")) as bad, endpoint(says("right, too")) as same:
        names = [f"{serving.url}#model-a" for serving in (good, bad, same)]
        common = ("--check", "check.jsonl", "--margin", "0.3", "--price", "1/2", "--budget", "1USD")
        told = json.loads(compared(tmp_path, *names, *common, "--transcript", "t.jsonl", "--json"))
    first, worse, equal = told["rivals"]
    assert (told["stop"], [row["verdict"] for row in told["rivals"]]) == (
        "answered",
        ["compared with", "worse", "not worse"],
    )
    assert (first["quality"], worse["quality"], worse["difference"]) == (1.0, 0.0, -1.0)
    assert (first["cost_usd"], first["cost_from"]) == (pytest.approx(50e-6), "usage x price")
    assert float(told["spent_usd"]) == pytest.approx(3 * told["rounds"] * 50e-6)
    assert equal["difference_interval"][0] <= 0 <= equal["difference_interval"][1]
    verify = ("audit", "verify", "t.jsonl", "--key", told["key"])
    shown = fungible(tmp_path, *verify)
    assert (shown.returncode, f"{names[1]}: worse, beside {names[0]}" in shown.stdout) == (0, True)
    assert json.loads(fungible(tmp_path, *verify, "--json").stdout)["verdicts"] == {
        names[1]: "worse",
        names[2]: "not worse",
    }
    text = (tmp_path / "t.jsonl").read_text()
    assert "question" not in text
    (tmp_path / "t.jsonl").write_text(text.replace('"grade":0.0', '"grade":1.0', 1))
    assert fungible(tmp_path, *verify).returncode == 1


def test_a_table_is_whole_and_money_is_capped(tmp_path: Path) -> None:
    with endpoint(says("right")) as one, endpoint(says("right"), broken=3) as two:
        words = (f"{one.url}#model-a", f"{two.url}#model-a", "--check", "check.jsonl", "--price", "1/2")
        text = compared(tmp_path, *words, "--calls", "12", "--margin", "0.01")
        assert "the rounds were used up" in text
        assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
        capped = json.loads(
            compared(tmp_path, *words, "--budget", "0.01USD", "--calls", "500", "--margin", "0.01", "--json")
        )
        assert capped["stop"] == "budget"
        assert float(capped["spent_usd"]) <= 0.01
    with endpoint(says("right"), broken=1) as one, endpoint(says("right")) as two:
        words = (f"{one.url}#model-a", f"{two.url}#model-a", "--check", "check.jsonl")
        assert json.loads(compared(tmp_path, *words, "--json"))["stop"] == "failing"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("http://x/v1#a", "--check", "check.jsonl"), "Name two or more"),
        (("http://x/v1", "http://y/v1#a", "--check", "check.jsonl"), "names no model"),
        (("http://x/v1#a", "http://y/v1#a"), "Say who grades"),
        (
            ("http://x/v1#a", "http://y/v1#a", "--judge", "http://z/v1#j", "--budget", "1USD"),
            "the price of the judge j",
        ),
    ],
)
def test_what_cannot_be_compared_is_told(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    (tmp_path / "check.jsonl").write_text('{"prompt": "x", "expect": "y"}\n')
    shown = fungible(tmp_path, "bench", "rivals", *words)
    assert (shown.returncode, sentence in " ".join(shown.stderr.split())) == (2, True), shown.stderr
