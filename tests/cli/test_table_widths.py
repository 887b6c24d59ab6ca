"""Tables of every command at every width: no figure and no name is cut, in English and in Korean."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from unit.replay_samples import told as replay_sample

from cli.running import fungible, key_of
from cli.test_fleet_command import folder as fleet_folder
from cli.test_money_command import folder as money_folder
from cli.test_ramp_commands import folder as ramp_folder
from cli.test_ramp_commands import observe
from cli.test_routing_commands import outcomes
from router.bench.demo.days import Story, live_through
from router.bench.demo.demo_policies import Run, run_all
from router.cli.decision_sentences import dollars
from router.cli.demo import show as show_demo
from router.cli.policy.replay_tables import show as show_replay
from router.cli.responsive_table import LONGEST_WORD, PIPE_WIDTH, ResponsiveTable
from router.config import load
from router.config.files.seed_data import load_workload

WIDTHS = (60, 80, 100, 200)
KOREAN = "이 계약서를 세 문장으로 요약하고, 위험한 조항이 있으면 이유와 함께 알려 주세요."
LONG = "현지화팀이번역업무를맡으며개인정보가담긴문서는국내에서만처리한다" * 2

# Fixtures of other files, which pytest finds by their names here.
__all__ = ["fleet_folder", "money_folder", "outcomes", "ramp_folder"]


@contextmanager
def tables_shown() -> Iterator[list[ResponsiveTable]]:
    """Every table that is shown meanwhile."""
    render, shown = ResponsiveTable.__rich_console__, list[ResponsiveTable]()

    def watched(table: ResponsiveTable, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        shown.append(table)
        return render(table, console, options)

    with patch.object(ResponsiveTable, "__rich_console__", watched):
        yield shown


def stands_whole(text: str, tables: list[ResponsiveTable], width: int) -> None:
    """What was shown fits, and every table of it is whole."""
    assert tables
    assert "…" not in text
    assert [line for line in text.splitlines() if cell_len(line.rstrip()) > width] == []
    for table in tables:
        is_whole(table, width)


def is_whole(table: ResponsiveTable, width: int) -> None:
    """Every cell is shown whole, unless its column is a detail that is named as left out."""
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(table)
    lines = console.export_text().splitlines()
    assert max(map(cell_len, (line.rstrip() for line in lines))) <= width
    note = re.findall(r"\(no room for: (.*); --json or a wider", " ".join(" ".join(lines).split()))
    left_out = set(note[0].split(", ")) if note else set()
    assert left_out <= {head.name for head in table.heads if head.detail}
    assert not (left_out and width == PIPE_WIDTH)
    for cells, _ in table._rows:
        for head, cell in zip(table.heads, cells, strict=True):
            if head.name not in left_out:
                # Only what is longer than any figure may be broken, and only where it is prose.
                parts = [word for word in cell.plain.split() if cell_len(word) <= LONGEST_WORD]
                for part in parts if head.prose else cell.plain.split("\n"):
                    assert any(part.strip() in line for line in lines), (head.name, part)


def checked(folder: Path, *words: str, width: int, soft: bool = False) -> str:
    """What a command shows at a width, every table of it whole; soft lines are for the terminal to wrap."""
    with tables_shown() as tables:
        shown = fungible(folder, *words, columns=str(width))
    assert shown.returncode == 0, shown.stderr
    stands_whole("" if soft else shown.stdout, tables, width)
    return shown.stdout


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("prompt", ["Summarise this contract in three sentences.", KOREAN], ids=["en", "ko"])
def test_explain(tmp_path: Path, prompt: str, width: int) -> None:
    text = checked(tmp_path, "explain", prompt, width=width)
    rows = json.loads(fungible(tmp_path, "explain", prompt, "--json").stdout)["candidates"]
    for row in rows:
        for shown in (
            row["model"],
            row["owner"],
            f"{row['predicted_quality']:.1%}",
            dollars(Decimal(row["cost_usd"]) * 10**6),
        ):
            assert shown in text
        assert f"{row['latency_ms'] / 1000:.1f} s" in text


@pytest.fixture(scope="module")
def runs() -> tuple[list[Run], Story]:
    config, cases = load(), load_workload()[::5]
    return run_all(config, cases), live_through(config, cases)


@pytest.mark.parametrize("width", WIDTHS)
def test_demo_names_every_family_with_its_true_share(runs: tuple[list[Run], Story], width: int) -> None:
    served, story = runs
    console = Console(width=width, file=io.StringIO(), record=True, highlight=False)
    with tables_shown() as tables:
        show_demo(console, load(), load_workload()[::5], served, story, tasks=True)
    text = console.export_text()
    stands_whole(text, tables, width)
    for words in ("GPT (OpenAI)", "MAI (Microsoft)", "Phi (Microsoft)", "Llama (Meta)"):
        assert words in " ".join(text.split())
    for run in served:
        summary, label = run.summary, run.label
        shares = [f"{summary.by_family[name] / summary.answered:.0%}" for name in summary.by_family]
        rows = " ".join(line for line in text.splitlines() if line.strip().startswith(f"{label} "))
        figures = dollars(summary.cost), f"{summary.predicted:.1%}", f"{summary.simulated:.1%} ± ", *shares
        assert all(figure in rows for figure in figures if figure != "0%"), label
        assert sum(summary.by_family.values()) == sum(summary.by_model.values()) == summary.answered
    for day in story.days:
        assert dollars(day.cost) in text
        assert dollars(day.as_asked) in text
        assert sum(day.by_family.values()) == sum(day.by_owner.values())
    assert any(run.summary.by_family["Llama"] for run in served)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "words",
    [(), ("--by", "task"), ("--by", "key"), ("--self-preference",), ("--baseline", "best")],
    ids=["model", "task", "key", "preference", "best"],
)
def test_money(money_folder: Path, words: tuple[str, ...], width: int) -> None:
    checked(money_folder, "money", *words, width=width)


@pytest.mark.parametrize("width", WIDTHS)
def test_fleet(fleet_folder: Path, width: int) -> None:
    text = checked(fleet_folder, "fleet", "--config", "mine", width=width)
    assert "1,234,567" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_keys(tmp_path: Path, width: int) -> None:
    made = (
        "--team",
        "현지화팀",
        "--budget",
        "1234567 tokens per day",
        "--budget",
        "9.8765 USD per month",
        "--policies",
        "balanced",
    )
    for name in ("a", "localisation-team-of-the-seoul-office-with-a-long-name"):
        assert fungible(tmp_path, "key", "create", name, *made, "--because", LONG).returncode == 0
    for words in (("list",), ("show", "a")):
        text = checked(tmp_path, "key", *words, width=width, soft=True)
        assert "현지화팀" in text.replace("\n", "")
    assert "1234567" in text.replace(",", "")


@pytest.mark.parametrize("width", WIDTHS)
def test_ramps(ramp_folder: Path, width: int) -> None:
    for by in ("kim", "lee"):
        words = ("ramp", "approve", "to-mai", *key_of(ramp_folder, by), "--because", LONG, "--config", "config")
        assert fungible(ramp_folder, *words).returncode == 0
    assert fungible(ramp_folder, "ramp", "start", "to-mai", "--config", "config").returncode == 0
    observe(ramp_folder, 1234, 12)
    for words in (("list",), ("show", "to-mai")):
        text = checked(ramp_folder, "ramp", *words, "--config", "config", width=width, soft=True)
    assert "1,246" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_policy_diff(tmp_path: Path, width: int) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "policies.yaml").write_text(
        f"default: balanced\npolicies:\n  balanced:\n    because: {LONG}\n    band: 0.0213579\n", encoding="utf-8"
    )
    text = checked(tmp_path, "policy", "diff", "shipped", "mine", width=width)
    assert "0.0213579" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_replay(width: int) -> None:
    console = Console(width=width, file=io.StringIO(), record=True, highlight=False)
    with tables_shown() as tables:
        show_replay(replay_sample(), console)
    stands_whole(console.export_text(), tables, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_benchmarks(tmp_path: Path, outcomes: Path, width: int) -> None:
    checked(tmp_path, "bench", "ramps", "--runs", "32", "--pairs", "200", width=width)
    few = ("--reader", "random", "--reader", "length", "--rounds", "10")
    checked(tmp_path, "bench", "routing", str(outcomes), *few, width=width)


def test_a_pipe_has_room_for_every_column(tmp_path: Path) -> None:
    text = fungible(tmp_path, "explain", KOREAN, columns="").stdout
    (head,) = (line for line in text.splitlines() if line.startswith("model"))
    assert head.split()[-1] == "it"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_times_of_the_ledger(tmp_path: Path, width: int) -> None:
    shown = fungible(tmp_path, "bench", "ledger", "--entries", "100", columns=str(width))
    assert shown.returncode == 0, shown.stderr
    assert "…" not in shown.stdout
    assert len(re.findall(r"[\d,.]+ ms, 99th percentile \d+\.\d\d\b", shown.stdout)) == 2
    assert max(map(cell_len, shown.stdout.splitlines())) <= width
