"""`fungible bench policy`: how long a replay of a large log takes, a decision under many rules, a long policy file.

Invariant: the log is a SQLite file with the tables of the ledger, read as the ledger reads it; the replay's choices are
compared with decide() on a sample, and a difference is an error, not a figure.
"""

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from router import tokens
from router.api.assembly import shipped_reader
from router.config import load
from router.config.files.seed_data import load_workload
from router.config.load import POLICIES, with_policies
from router.decision.decide import decide
from router.decision.features import read
from router.errors import BudgetExceeded, NoCandidate
from router.ledger.packed_request import pack
from router.policy.replay.decide_batch import Choices, decide_all
from router.policy.replay.flip_causes import Versions
from router.policy.replay.pricing import money
from router.policy.replay.replay import replay
from router.policy.replay.request_columns import Requests, unpack
from router.types import (
    TASKS,
    Ask,
    Between,
    Caller,
    ChatRequest,
    Condition,
    Config,
    Features,
    OneOf,
    Ramp,
    Situation,
)

SEED = 1
BEFORE, AFTER = "balanced", "cost"
EDITED, MANY, RAMPS, LONG = 20, 200, 20, 1000
CHECKED, TIMED = 2000, 2000
KEYS, TEAMS, PLACES = 40, 8, ("eu", "us", "kr", None)
FIRST_DAY, DAYS = date(2026, 11, 1), 28
REQUESTS_A_CONVERSATION = 4
Figures = dict[str, Any]


def run(requests: int, repeats: int, *, as_json: bool) -> None:
    """Measure and show."""
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        writing = progress.add_task("writing a log", total=requests)
        figures = measure(requests, repeats, lambda count: progress.advance(writing, count))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        Console(highlight=False).print(_table(figures))


def measure(requests: int, repeats: int, advance: Callable[[int], object] = int) -> Figures:
    """Every figure; times in seconds unless their names say otherwise."""
    config = load()
    edited = with_rules(config, AFTER, EDITED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        write_log(path, requests, advance)
        times = [replay_once(path, Versions(config, edited, BEFORE, AFTER)) for _ in range(repeats)]
        logged = unpack(*read_log(path))
    rules = with_rules(config, BEFORE, MANY)
    return {
        "requests": requests,
        "read_s": statistics.median(reading for reading, _ in times),
        "replay_s": statistics.median(deciding for _, deciding in times),
        "total_s": statistics.median(sum(both) for both in times),
        "requests_per_s": requests / statistics.median(sum(both) for both in times),
        "checked_against_decide": check(logged, edited),
        f"decide_{MANY}_rules_us": decide_times(logged, rules),
        f"decide_{RAMPS}_ramps_us": decide_times(logged, with_ramps(config, RAMPS)),
        f"load_{LONG}_rules_ms": load_times(config, repeats),
    }


def replay_once(path: Path, versions: Versions) -> tuple[float, float]:
    """Seconds to read a log, and to replay it with its causes and intervals."""
    started = time.perf_counter()
    logged = unpack(*read_log(path))
    read_at = time.perf_counter()
    replay(logged, versions)
    return read_at - started, time.perf_counter() - read_at


def read_log(path: Path) -> tuple[list[bytes], list[str]]:
    """The rows and the words, as the ledger gives them."""
    with closing(sqlite3.connect(path)) as database:
        rows = [row for (row,) in database.execute("SELECT row FROM requests ORDER BY seq")]
        return rows, [word for (word,) in database.execute("SELECT word FROM words ORDER BY code")]


def write_log(path: Path, requests: int, advance: Callable[[int], object] = int) -> None:
    """A log of the shipped prompts with noise, by many callers over four weeks; the same each time."""
    words: dict[str, int] = {}

    def packed() -> Iterator[tuple[bytes]]:
        for number, (features, ask, situation) in enumerate(drawn(requests)):
            yield (pack(f"{number:032x}", features, ask, situation, lambda word: words.setdefault(word, len(words))),)
            if number % 1000 == 0:
                advance(min(1000, requests - number))

    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE requests (seq INTEGER PRIMARY KEY, row BLOB)")
        database.execute("CREATE TABLE words (code INTEGER PRIMARY KEY, word TEXT UNIQUE)")
        database.executemany("INSERT INTO requests (row) VALUES (?)", packed())
        database.executemany("INSERT INTO words VALUES (?, ?)", [(code, word) for word, code in words.items()])


def drawn(requests: int) -> Iterator[tuple[Features, Ask, Situation]]:
    """Requests as they might be logged, drawn with a fixed seed."""
    reader, random_ = shipped_reader(), random.Random(SEED)  # noqa: S311 - not a secret
    known = [read(ChatRequest("auto", case.messages), reader, tokens.count) for case in load_workload()]
    models = [model.id for model in load().models]
    for _ in range(requests):
        plain = random_.choice(known)
        size = random_.lognormvariate(0, 0.8)
        features = replace(
            plain,
            difficulty=plain.difficulty + random_.gauss(0, 0.5),
            input_tokens=round(plain.input_tokens * size),
            output_tokens=max(1, round(plain.output_tokens * size)),
            output_limit=random_.choice((0, 0, 0, 1024)),
        )
        caller = Caller(
            f"key-{int(random_.paretovariate(1)) % KEYS}", f"team-{random_.randrange(TEAMS)}", random_.choice(PLACES)
        )
        unit = f"{random_.randrange(1 + requests // REQUESTS_A_CONVERSATION):024x}"
        named = random_.choice(models) if random_.random() < 0.05 else None
        ask = Ask(
            asked=named or "auto",
            policy=BEFORE,
            model=named,
            consent="exact" if named else "any",
            unit=unit,
            caller=caller,
            stated=False,
        )
        day = FIRST_DAY + timedelta(days=random_.randrange(DAYS))
        yield features, ask, Situation(day, minute=random_.randrange(24 * 60))


def with_rules(config: Config, policy: str, count: int) -> Config:
    """The configuration with so many rules in one policy, read as a file is."""
    return with_policies(config, policy_text(config, policy, count).encode())


def policy_text(config: Config, policy: str, count: int) -> str:
    """The policies.yaml with rules that differ in what they look at and in what they set."""
    tasks = ("coding", "math", "law", "chat", "summarisation", "translation")
    sets = ("band: 0.03", "optimize: latency", "prefer: [Microsoft]", "prefer: [OpenAI]", "floors: {law: 0.5}")
    rules = "".join(
        f"      - name: rule-{number}\n        because: a measure\n        when: {{task: [{tasks[number % 6]}], "
        f'difficulty: ">= {number % 23 / 10 - 1}", key: [key-{number % KEYS}, key-{7 * number % KEYS}]}}\n'
        f"        set: {{{sets[number % 5]}}}\n"
        for number in range(count)
    )
    return config.texts[POLICIES].replace(f"\n  {policy}:\n", f"\n  {policy}:\n    rules:\n{rules}", 1)


def with_ramps(config: Config, count: int) -> Config:
    """The configuration with so many ramps, from each model in turn to the next, each for a part of the work."""
    ids = [model.id for model in config.models]
    ramps = [
        Ramp(
            name=f"ramp-{place}",
            because="a benchmark",
            original=ids[place % len(ids)],
            substitute=ids[(place + 1) % len(ids)],
            share=0.5,
            holdback=0.05,
            when=when,
        )
        for place in range(count)
        for when in (Condition((Between("difficulty", -20.0, place / count), OneOf("task", frozenset(TASKS[:7])))),)
    ]
    return replace(config, ramps=tuple(ramps))


def check(logged: Requests, config: Config) -> int:
    """Compare a sample with decide(), request by request; returns how many, raises AssertionError at a difference."""
    rows = random.Random(SEED).sample(range(len(logged)), min(CHECKED, len(logged)))  # noqa: S311
    choices = decide_all(logged, config)
    for row in rows:
        if (single := _decided_singly(logged, config, row)) != (many := _of_all(choices, row)):
            raise AssertionError(f"request {logged.id.at(row)}: decide() says {single}, the replay {many}")
    return len(rows)


def _decided_singly(logged: Requests, config: Config, row: int) -> Any:
    try:
        decision = decide(*logged.at(row), config)
    except (NoCandidate, BudgetExceeded):
        return None
    chosen = decision.candidate(decision.chosen)
    return decision.chosen, chosen.quality, chosen.cost, chosen.latency_ms


def _of_all(choices: Choices, row: int) -> Any:
    if not choices.answered[row]:
        return None
    cost = money(choices.cost[row : row + 1].tolist()[0], choices.places)
    return choices.models[choices.chosen[row]], choices.quality[row], cost, choices.latency[row]


def decide_times(logged: Requests, config: Config) -> dict[str, float]:
    """Microseconds of decide(), one request at a time."""
    requests = [logged.at(row % len(logged)) for row in range(TIMED)]
    times = []
    for request in requests:
        started = time.perf_counter()
        with suppress(NoCandidate, BudgetExceeded):
            decide(*request, config)
        times.append((time.perf_counter() - started) * 1e6)
    return {f"p{share}": round(sorted(times)[TIMED * share // 100], 1) for share in (50, 99)}


def load_times(config: Config, repeats: int) -> float:
    """Milliseconds to read, check and compile a policies.yaml of many rules."""
    text, times = policy_text(config, BEFORE, LONG).encode(), []
    for _ in range(repeats):
        started = time.perf_counter()
        with_policies(config, text)
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def _table(figures: Figures) -> Table:
    table = Table(box=None, header_style="dim", show_header=False)
    table.add_column("", overflow="fold")
    table.add_column("", justify="right", no_wrap=True, overflow="fold")
    decided, moved = figures[f"decide_{MANY}_rules_us"], figures[f"decide_{RAMPS}_ramps_us"]
    rows = (
        (f"replay of {figures['requests']:,} requests under two policies", f"{figures['total_s']:.2f} s"),
        ("  reading them from SQLite", f"{figures['read_s']:.2f} s"),
        ("  deciding twice, causes, intervals", f"{figures['replay_s']:.2f} s"),
        ("  requests a second, one thread", f"{figures['requests_per_s']:,.0f}"),
        ("  equal to decide(), of a sample of", f"{figures['checked_against_decide']:,}"),
        (f"one decision under {MANY} rules, p50", f"{decided['p50']:,.0f} µs"),
        ("  p99", f"{decided['p99']:,.0f} µs"),
        (f"one decision with {RAMPS} ramps, p50", f"{moved['p50']:,.0f} µs"),
        (f"loading a policies.yaml of {LONG:,} rules", f"{figures[f'load_{LONG}_rules_ms']:,.0f} ms"),
    )
    for row in rows:
        table.add_row(*row)
    return table
