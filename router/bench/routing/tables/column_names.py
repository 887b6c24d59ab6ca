"""What the columns of a table are by their names: prompts, models, scores, costs, groups, or about the prompt.

Invariant: pure; a name that says that its numbers are measurements (a latency, a cost, an index) is never a model.
"""

import re
from collections.abc import Collection, Iterable

PROMPTS = ("prompt", "question", "text", "query", "input", "instruction", "messages", "conversation", "origin_query")
MODELS = ("model", "model_name", "model_id", "llm", "llm_selected", "llm_name", "engine")
SCORES = (
    "score",
    "performance",
    "correct",
    "is_correct",
    "accuracy",
    "acc",
    "exact_match",
    "em",
    "pass@1",
    "passed",
    "quasi_exact_match",
    "f1",
    "reward",
    "value",
)
COSTS = ("cost", "total_cost", "cost_usd", "usd", "inference_cost", "price_usd")
TOKENS = ("output_tokens", "completion_tokens", "tokens_out")
ANSWERS = ("model_response", "response")
ANSWERED = (*TOKENS, *ANSWERS)
METRICS = ("metric", "metric_name", "stat", "stat_name")
SOURCES = (
    "source",
    "src",
    "dataset",
    "dataset_name",
    "eval_name",
    "subset",
    "benchmark",
    "category",
    "subject",
    "domain",
)
GROUPS = ("group", "group_id", "cluster", "cluster_id", "template", "template_id")
_ABOUT_WORDS = """
    id index idx sample_id question_id query_id doc_id instance_id embedding_id user_id eval_name subject category
    task task_name task_type split source src contaminated lang language answer answers options choices turn
    license domain dataset dataset_name scenario subset level topic type title context passage ground_truth target
    gold reference notes note comment explanation rationale oracle_model_to_route_to oracle best_model winner
    sample repetition run trial fig_id system judge tags tag author url name key
"""
ABOUT = frozenset(_ABOUT_WORDS.split())
_MEASURED_WORDS = """
    latency latencies time duration seconds secs sec ms milliseconds cost costs price prices usd dollars dollar
    token tokens length len chars characters words bytes index idx id ids number num count counts batch seed rank
    order temperature year month day date timestamp created fold epoch difficulty confidence probability prob
    logprob logprobs perplexity entropy embedding hash response responses generation generations prediction
    predictions output outputs completion completions throughput ttft tps energy co2 attempts retries error errors
    similarity weight
"""
_MEASURED = frozenset(_MEASURED_WORDS.split())
# A column of row numbers, as pandas writes it and reads it again.
_ROW_NUMBERS = re.compile(r"(unnamed: ?\d+)?")
_PARTS = re.compile(r"[^a-z0-9]+")


def first_of(names: Iterable[str], columns: Collection[str]) -> str | None:
    """The first of the names that a table has, whatever its case and spaces."""
    plain = {column.strip().lower().replace(" ", "_"): column for column in columns}
    return next((plain[name] for name in names if name in plain), None)


def is_about(column: str) -> bool:
    """Whether a column is known to say something about the prompt, the row or the answer."""
    plain = column.strip().lower().replace(" ", "_")
    listed = (*PROMPTS, *MODELS, *COSTS, *METRICS, *GROUPS)
    return plain in ABOUT or plain in listed or plain in SCORES or bool(_ROW_NUMBERS.fullmatch(plain.replace("_", " ")))


def is_measurement(column: str) -> bool:
    """Whether a column's name says that it holds measurements or texts of an answer, and no scores."""
    return not _MEASURED.isdisjoint(_PARTS.split(column.strip().lower()))


def cost_columns(columns: Collection[str]) -> dict[str, str]:
    """For each column `model|total_cost` (or with `_`, `:`, `.`, `/` or a space) that column by the model's."""
    pairs = {}
    for column in columns:
        for end in COSTS:
            for mark in "|_:./ ":
                if column.lower().endswith(mark + end) and (model := column[: -len(end) - 1]) in columns:
                    pairs[model] = column
    return pairs
