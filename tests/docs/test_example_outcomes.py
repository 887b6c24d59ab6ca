"""The table of outcomes that ships: simulated from the shipped workload's labels, and README's commands run."""

import csv
import io
from hashlib import blake2b
from math import exp
from pathlib import Path

from cli.running import fungible

from router.config import load
from router.config.files.seed_data import Case, load_workload
from router.types import Model

ROOT = Path(__file__).resolve().parents[2]
TABLE = "docs/examples/outcomes.csv"
MODELS = ("gpt-5", "mai-1", "phi-4")
ANSWERS, LONGEST = 8, 600


def cases() -> list[Case]:
    """The prompts of one turn and one line that are not too long for a file to read."""
    turns = [(case, case.messages[0].text) for case in load_workload() if len(case.messages) == 1]
    return [case for case, text in turns if len(text) <= LONGEST and "\n" not in text]


def right(model: Model, case: Case) -> float:
    """The share of answers that are right, each by the chance that the shipped ability and the label give."""
    chance = 1 / (1 + exp(case.difficulty - model.abilities.values[case.task]))
    words = (f"{model.id}\0{case.messages[0].text}\0{number}".encode() for number in range(ANSWERS))
    draws = [int.from_bytes(blake2b(word, digest_size=8).digest(), "big") / 2**64 for word in words]
    return sum(draw < chance for draw in draws) / ANSWERS


def made() -> str:
    """The table as it is made: the share of each model's simulated answers that are right."""
    models = {model.id: model for model in load().models}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["prompt", *MODELS])
    writer.writerows([case.messages[0].text, *(right(models[name], case) for name in MODELS)] for case in cases())
    return text.getvalue()


def test_the_table_is_what_it_is_said_to_be() -> None:
    """To make it anew: `python -c "from docs.test_example_outcomes import made; print(made(), end='')"` in tests."""
    assert (ROOT / TABLE).read_text(encoding="utf-8") == made()


def test_the_commands_of_the_readme_run_as_they_stand(tmp_path: Path) -> None:
    lines = [
        line.removeprefix(".venv/bin/fungible ")
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(".venv/bin/fungible ") and TABLE in line
    ]
    bench, fit = lines
    measured = fungible(ROOT, *bench.split(), columns="80")
    assert (measured.returncode, measured.stderr.strip()) == (0, "")
    assert "outcomes.csv" in measured.stdout
    assert "nan" not in measured.stdout
    assert max(map(len, measured.stdout.splitlines())) <= 80
    assert "policy cost" in measured.stdout
    fitted = fungible(ROOT, *fit.replace("my-reader", str(tmp_path / "my-reader")).split())
    assert fitted.returncode == 0, fitted.stderr
    assert "There is signal" in fitted.stdout
    assert (tmp_path / "my-reader" / "fit.npz").exists()
