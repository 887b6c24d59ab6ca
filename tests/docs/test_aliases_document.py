"""docs/aliases.md: its files load, its walk works as it stands, and its tables are those of the code."""

import asyncio
import re
from collections.abc import Awaitable, Iterable
from contextlib import closing
from pathlib import Path

import pytest
from cli.running import fungible

from router.api.assembly import assemble, govern
from router.config import load
from router.config.ramps.aliases_file import AliasWritten
from router.config.ramps.ramp_shares import with_shares
from router.ledger import SqliteLedger
from router.serving.request_context import RequestContext
from router.types import ChatRequest, Message

PAGE = (Path(__file__).parents[2] / "docs" / "aliases.md").read_text(encoding="utf-8")
FILES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_first_file_states_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "aliases.yaml").write_text(FILES[0], encoding="utf-8")
    alias = load(tmp_path).version_aliases["everyday"]
    plain = AliasWritten(because="x", versions=("a",))
    assert (alias.margin, alias.alpha) == (plain.never_worse.margin, plain.never_worse.alpha)
    assert f"| {plain.never_worse.margin:g}, {plain.never_worse.alpha:g} |" in PAGE
    assert f"| {plain.never_worse.give_up:,} |" in PAGE
    assert f"| {', '.join(f'{share:g}' for share in plain.steps)}; {plain.after}; {plain.pairs} |" in PAGE
    known = {word for row in re.findall(r"^\| (`[^|]*) \|", PAGE, re.MULTILINE) for word in re.findall(r"`(\w+)", row)}
    assert set(AliasWritten.__slots__) <= known


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the walk, with the second file, after a hundred requests and a few ticks."""
    home = tmp_path_factory.mktemp("walk")
    assert fungible(home, "init", "mine").returncode == 0
    (home / "mine" / "aliases.yaml").write_text(FILES[1], encoding="utf-8")
    (home / "data").mkdir()
    with closing(SqliteLedger(home / "data" / "ledger.sqlite3")) as ledger:
        service = assemble(load(home / "mine"), ledger)
        governor = govern(service, ledger)

        async def ask(number: int) -> None:
            text = f"Write a Python function that sorts list number {number}"
            request = ChatRequest("everyday", (Message("user", text),))
            async with await service.answered(request, RequestContext("t")) as answer:
                async for _ in answer:
                    pass
            await governor.pairing.settle()

        for start in range(0, 120, 20):
            governor.tick()
            governor.look()
            config = with_shares(governor.files, governor.shares())
            ledger.keep(config)
            service.put_in_force(config, service.active.providers)
            asyncio.run(_all(ask(number) for number in range(start, start + 20)))
        governor.tick()
    return home


async def _all(asked: Iterable[Awaitable[None]]) -> None:
    for each in asked:
        await each


def test_the_walk_does_what_it_says(walked: Path) -> None:
    shown = {}
    for line in COMMANDS:
        words = line.split()
        if words[:1] == ["fungible"] and words[1] in ("alias", "ramp", "policy") and "rollback" not in line:
            shown[" ".join(words[1:3])] = fungible(walked, *words[1:])
    assert {name: each.returncode for name, each in shown.items()} == dict.fromkeys(shown, 0)
    assert set(shown) == {"policy lint", "alias list", "alias show", "alias jaggedness", "ramp list"}
    assert "gpt-5-mini was let in" in " ".join(shown["alias show"].stdout.split())
    assert "▼" in PAGE
    assert "everyday:coding:gpt-5-nano:gpt-5-mini" in shown["ramp list"].stdout


def test_the_notes_of_the_walk_are_in_the_table(walked: Path) -> None:
    listed = fungible(walked, "alias", "list", "--config", "mine", "--json")
    assert '"coding": "gpt-5-mini"' in " ".join(listed.stdout.split())
    notes = set(re.findall(r"\| `(version:coding[^`]*)`", PAGE))
    assert {"version:coding:first", "version:coding:let_in", "version:coding:let_in:gpt-5-nano"} <= notes
