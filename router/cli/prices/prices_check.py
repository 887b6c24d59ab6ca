"""`fungible prices check`: a line for each finding, a diff where one is asked for, and an exit code for CI."""

import difflib
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape

from router.cli.output import print_json
from router.config.files.yaml_source import Source, parse
from router.config.load import build, read_documents
from router.errors import ConfigError, FungibleError, Problem
from router.money import price_on
from router.price_lists.compare import Kind, PriceFinding, differences, findings
from router.price_lists.listed import Listed
from router.price_lists.litellm_map import look_up
from router.price_lists.price_patch import patched, proposed
from router.types import Config

FILE = "prices.yaml"
MOST_MAP_BYTES = 64_000_000
_STYLES: dict[Kind, str] = {"differs": "bold red", "retired": "bold red", "old": "bold red", "unlisted": "dim"}
_QUIET: frozenset[Kind] = frozenset(("unlisted",))


def run(
    folder: Path | None, litellm_map: Path | None, stale_days: int, write: Path | None, *, strict: bool, as_json: bool
) -> None:
    """Compare, report, propose; exit code 1 where something fails."""
    sources = read_documents(folder)
    config = build(sources)
    today = datetime.now(UTC).date()
    lists = _Lists(litellm_map)
    listed = {model.id: lists.of(config, model.id) for model in config.models}
    reported = [
        finding
        for model, rows in listed.items()
        for finding in findings(model, upstream(config, model)[0], config.prices[model], rows, today, stale_days)
    ]
    if write is not None:
        write.write_text(_diff(sources, config, listed, today), encoding="utf-8")
    if as_json:
        print_json({"lists": lists.names, "findings": [finding.to_json() for finding in reported]})
    else:
        _show(reported, lists.names, write)
    sys.exit(1 if any(finding.fails or (strict and finding.kind not in _QUIET) for finding in reported) else 0)


class _Lists:
    """The lists that are asked: genai-prices where it is installed, and a map that was named."""

    def __init__(self, litellm_map: Path | None) -> None:
        self.map = None if litellm_map is None else _price_map(litellm_map)
        self.map_name = "" if litellm_map is None else litellm_map.name
        try:
            from router.cli.prices.genai_list import GenaiList

            self.genai: Any = GenaiList()
        except ImportError:
            self.genai = None
        self.names = [*([self.genai.source] if self.genai else []), *([self.map_name] if self.map is not None else [])]
        if not self.names:
            raise FungibleError(
                "No list to compare with: install the extra `prices` (genai-prices), or name one with --litellm-map."
            )

    def of(self, config: Config, model: str) -> list[Listed]:
        asked, address = upstream(config, model)
        found = [self.genai.look_up(asked, address) if self.genai else None]
        found.append(look_up(self.map, asked, self.map_name) if self.map is not None else None)
        return [listed for listed in found if listed is not None]


def upstream(config: Config, model: str) -> tuple[str, str]:
    """The name by which a model's backend knows it, and the backend's address; empty for a stand-in."""
    row = next(row for row in config.models if row.id == model)
    settings = config.providers[row.provider].settings
    return (settings.get("models") or {}).get(model, model), str(settings.get("base_url") or "")


def _price_map(file: Path) -> dict[str, Any]:
    if file.stat().st_size > MOST_MAP_BYTES:
        raise ConfigError(
            [Problem(f"{file}:1:1", f"is larger than the limit of {MOST_MAP_BYTES:,} bytes", code="syntax")]
        )
    try:
        price_map = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError:
        price_map = None
    if not isinstance(price_map, dict):
        raise ConfigError([Problem(f"{file}:1:1", "is no JSON object of models and prices", code="syntax")])
    return price_map


def _diff(sources: dict[str, Source], config: Config, listed: dict[str, list[Listed]], today: date) -> str:
    """A unified diff of prices.yaml by the first list that has another price; the result is checked to load."""
    source = sources[FILE]
    rows = {model: _rows(config, model, lists, today) for model, lists in listed.items()}
    after = patched(source.text, source.places, rows)
    build({**sources, FILE: parse(after.encode(), FILE)})
    lines = difflib.unified_diff(
        source.text.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{FILE}", f"b/{FILE}"
    )
    return "".join(lines)


def _rows(config: Config, model: str, lists: list[Listed], today: date) -> list[str]:
    ours = config.prices[model]
    for one in lists:
        rows = []
        now, theirs = price_on(ours, today), one.on(today)
        if now is not None and theirs is not None and differences(now, theirs) and ours[-1].since <= today:
            rows.append(proposed(now, theirs, one, today))
        for row in one.after(today):
            ahead = price_on(ours, row.since or today)
            if ahead is not None and differences(ahead, row) and row.since is not None and row.since > ours[-1].since:
                rows.append(proposed(ahead, row, one, today))
        if rows:
            return rows
    return []


def _show(reported: list[PriceFinding], names: list[str], write: Path | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in sorted(reported, key=lambda finding: (not finding.fails, finding.kind in _QUIET)):
        style = _STYLES.get(finding.kind, "yellow")
        source = f" [dim]({escape(finding.source)})[/]" if finding.source else ""
        console.print(f"[{style}]{finding.kind}[/] {escape(finding.model)}: {escape(finding.sentence)}{source}")
    failing = sum(finding.fails for finding in reported)
    console.print(f"Beside {', '.join(names)}: {failing} of {len(reported)} findings fail.")
    if write is not None:
        console.print(
            f"{escape(str(write))} has what would have to change; read it, then: git apply {escape(str(write))}"
        )
