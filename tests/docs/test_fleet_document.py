"""docs/deployments.md is true: its example prints what it says."""

import os
import re
from pathlib import Path

from cli.running import fungible
from unit.money_samples import DAY

from docs.test_documents import ROOT, blocks
from router.accounting.contracts.terms import gpu_rates, latest
from router.config import load

PAGE = ROOT / "docs" / "deployments.md"
_, DEPLOYMENTS, POLICIES = blocks(PAGE, "yaml")
(PROGRAM,) = blocks(PAGE, "python")
(SHOWN,) = blocks(PAGE, "console")
COLUMNS = "100"


def test_the_example_prints_what_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "deployments.yaml").write_text(DEPLOYMENTS, encoding="utf-8")
    (tmp_path / "example" / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        exec(compile(PROGRAM, "example", "exec"), {})
    finally:
        os.chdir(here)
    command, output = SHOWN.split("\n", 1)
    shown = fungible(tmp_path, *command.removeprefix("$ fungible ").split(), columns=COLUMNS)
    assert shown.returncode == 0, shown.stderr
    printed = "\n".join(line.rstrip() for line in shown.stdout.splitlines())
    assert printed.strip("\n").startswith(output.removesuffix("...\n").strip("\n"))


def test_the_worked_prices_of_the_money_page_are_the_real_ones() -> None:
    contracts = load().contracts
    cost = latest(contracts.costs["gpt-5"], DAY)
    assert cost is not None
    assert cost.gpu is not None
    text = (ROOT / "docs" / "money.md").read_text(encoding="utf-8")
    for name in ("H100", "GB200"):
        (amount,) = re.findall(rf"= (\S+) USD   on an? {name}", text)
        assert f"{gpu_rates(cost.gpu, latest(contracts.gpus[name], DAY)).output:.2f}" == amount
