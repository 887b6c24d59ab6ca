"""The shapes in which outcomes are published, each recognised by its columns, as rows of one kind.

Invariant: a shape is recognised by names that no other has, or named; what it does not use is not looked at. Long
shapes give one score a row, wide ones a score for each model.
"""

import ast
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.bench.routing.tables.column_names import ANSWERED, COSTS, METRICS, MODELS, PROMPTS, SCORES, first_of
from router.bench.routing.tables.declared import Declared
from router.bench.routing.tables.file_rows import Record
from router.errors import BadRequest, ConfigError
from router.suggest import nearest

_SHOTS = re.compile(r"^(model_outputs|eval_results)_|_\d+shots?(_.*)?$")


@dataclass(frozen=True, slots=True)
class Cell:
    """One score of one model, as it is written, with the name of what was measured where the row says it."""

    prompt: str
    model: str
    score: Any
    cost: Any = None
    metric: str = ""
    answer: Any = None
    """How many tokens the answer had, or its words."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A published shape: how it is recognised, and for a long one how a row becomes a score."""

    name: str
    columns: frozenset[str]
    cell: Callable[[Record, Path], Cell] | None = None


def prompt_of(row: Record, column: str | None = None) -> str:
    """The words of a row: its prompt or conversation, with its options where it is a choice."""
    column = column or next((name for name in map(str, row) if row[name] and first_of(PROMPTS, [name])), None)
    words = _words(row.get(column)) if column else ""
    options = row.get("options")
    if not words or not isinstance(options, list):
        return words
    return "\n".join([words, *(f"{chr(65 + number)}. {option}" for number, option in enumerate(options))])


def _words(said: Any) -> str:
    """A text as it is, or what the user says in a conversation."""
    if isinstance(said, list):
        turns = [turn for turn in said if isinstance(turn, dict)]
        asked = [
            turn.get("content", turn.get("value")) for turn in turns if turn.get("role", turn.get("from")) in _ASKING
        ]
        return "\n".join(str(text) for text in (asked or [item for item in said if isinstance(item, str)]))
    text = "" if said is None else str(said)
    if text.startswith(("['", '["')) and text.endswith("]"):
        try:
            return "\n".join(str(part) for part in ast.literal_eval(text))
        except (ValueError, SyntaxError):
            return text
    return text


_ASKING = ("user", "human")


def _router_arena(row: Record, _: Path) -> Cell:
    result = row.get("evaluation_result")
    result = result if isinstance(result, dict) else {}
    return Cell(
        _words(row.get("question")), str(row.get("llm_selected")), result.get("score"), result.get("inference_cost")
    )


def _llm_router(row: Record, _: Path) -> Cell:
    return Cell(_words(row.get("query")), str(row.get("model_name")), row.get("performance"), row.get("cost"))


def _llm_router_bench(row: Record, _: Path) -> Cell:
    asked = _words(row.get("origin_query")) or _words(row.get("prompt"))
    return Cell(asked, str(row.get("model_name")), row.get("score"), row.get("cost"), "", row.get("completion_tokens"))


def _mmlu_pro(row: Record, path: Path) -> Cell:
    said = row.get("pred")
    model = str(row.get("model") or _SHOTS.sub("", _SHOTS.sub("", path.name.split(".json")[0])))
    return Cell(prompt_of(row, "question"), model, said is not None and said == row.get("answer"))


def _lm_eval(row: Record, path: Path) -> Cell:
    """Samples of lm-evaluation-harness: the model is the folder's name."""
    model = str(row.get("model") or path.parent.name or path.stem).replace("__", "/")
    named = row.get("metrics")
    names = [*SCORES, "acc_norm", *(named if isinstance(named, list) else [])]
    score = next((row[name] for name in names if row.get(name) is not None), None)
    return Cell(_asked(row), model, score)


def _asked(row: Record) -> str:
    """The first thing that the model was given: `arguments` is a list of tries, or an object of them."""
    given = row.get("arguments")
    while isinstance(given, (list, dict)) and given:
        given = next(iter(given.values())) if isinstance(given, dict) else given[0]
    if isinstance(given, str) and given.strip():
        return given
    doc = row.get("doc")
    return prompt_of(doc) if isinstance(doc, dict) else ""


SHAPES = (
    Shape("routerarena", frozenset({"global_index", "llm_selected", "evaluation_result"}), _router_arena),
    Shape("llmrouterbench", frozenset({"origin_query", "model_name", "score"}), _llm_router_bench),
    Shape("llmrouter", frozenset({"query", "model_name", "performance"}), _llm_router),
    Shape("mmlu-pro", frozenset({"question", "options", "answer", "pred"}), _mmlu_pro),
    Shape("lm-eval", frozenset({"doc_id", "doc", "target"}), _lm_eval),
    Shape("routerbench", frozenset({"sample_id", "prompt", "eval_name"})),
    Shape("routellm", frozenset({"prompt", "contaminated"})),
)
NAMES = (*(shape.name for shape in SHAPES), "long", "wide")


def shape_of(columns: Collection[str], declared: Declared) -> Shape:
    """The shape that is named or recognised; else a long table where there is a model and a score, or a wide one."""
    if declared.shape is not None and declared.shape not in NAMES:
        raise BadRequest(f"--shape {declared.shape!r} is none of {', '.join(NAMES)}.{nearest(declared.shape, NAMES)}")
    for shape in SHAPES:
        if declared.shape == shape.name or (declared.shape is None and shape.columns <= set(columns)):
            return shape
    model, score = first_of(MODELS, columns), declared.score or first_of(SCORES, columns)
    if declared.shape == "long" or (declared.shape is None and model and score and not declared.models):
        return Shape("long", frozenset(), _long(columns, model, score, declared))
    return Shape("wide", frozenset())


def require_prompt(columns: Collection[str]) -> str:
    """The column of prompts; raises ConfigError with the header that was seen."""
    prompt = first_of(PROMPTS, columns)
    if prompt is None:
        seen = ", ".join(repr(column) for column in columns)
        sentence = f"no column is called {', '.join(PROMPTS)}; the header that was seen is {seen}"
        raise ConfigError([f"{sentence}: rename it, or name the column with --prompt-column"])
    return prompt


def _long(columns: Collection[str], model: str | None, score: str | None, declared: Declared) -> Callable[..., Cell]:
    """How a row of a long table becomes a score, by the names of its columns."""
    if model is None or score is None:
        raise ConfigError([f"has no column for the model or for the score; its columns are {', '.join(columns)}"])
    prompt = declared.prompt or require_prompt(columns)
    metric, cost, answer = first_of(METRICS, columns), first_of(COSTS, columns), first_of(ANSWERED, columns)

    def cell(row: Record, _: Path) -> Cell:
        measured = str(row.get(metric)) if metric else ""
        priced = row.get(cost) if cost else None
        return Cell(
            prompt_of(row, prompt),
            str(row.get(model) or ""),
            row.get(score),
            priced,
            measured,
            row.get(answer) if answer else None,
        )

    return cell
