"""How well stakes are read: recall and false alarms, by half, language and kind, and on the shipped workload."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from router.reading.training.exams import workload
from router.reading.training.prompts import rows

SEEDS = Path(__file__).parents[4] / "seeds"
GRAVE = {"law", "medicine", "security"}
# The labelled set's rows from here on were written last; neither words nor leanings were fitted to them.
LAST = 457
WORKLOAD = "workload"


class Labelled(NamedTuple):
    """A text of the labelled set: `held_out` where the word lists were written without looking at it."""

    text: str
    high: bool
    language: str
    kind: str
    held_out: bool


def labelled_set(folder: Path = SEEDS) -> list[Labelled]:
    """The labelled set that is shipped with the seeds."""
    return [
        Labelled(row["text"], row["stakes"] == "high", row["language"], row["kind"], row["held_out"])
        for row in rows(folder / "stakes.jsonl")
    ]


def fitted_leanings_to() -> list[Labelled]:
    """What the leanings are fitted to: the held-out half but for its last third, and ordinary work of even rows.

    Of the workload law, medicine and security are left out, where stakes may be high and are not labelled.
    """
    work = [question for question in workload(SEEDS / "workload.jsonl")[0::2] if not question.right & GRAVE]
    ordinary = [Labelled(question.excerpt.last, False, question.language, WORKLOAD, True) for question in work]
    return [text for text in labelled_set()[:LAST] if text.held_out] + ordinary


def measured(is_high: Callable[[str], bool]) -> dict[str, Any]:
    """All shares of what says whether much is at stake, each with its counts."""
    marked = [(text, is_high(text.text)) for text in labelled_set()]
    groups: dict[str, list[tuple[Labelled, bool]]] = defaultdict(list)
    groups["last third"] = [pair for pair in marked[LAST:] if pair[0].held_out]
    later = list(rows(SEEDS / "stakes_later.jsonl"))
    groups["later"] = [
        (Labelled(row["text"], row["stakes"] == "high", row["language"], "", True), is_high(row["text"]))
        for row in later
    ]
    for text, said in marked:
        half = "held out" if text.held_out else "seen"
        groups[half].append((text, said))
        if text.held_out:
            groups[f"held out, {text.language}"].append((text, said))
    report: dict[str, Any] = {name: _shares(group) for name, group in sorted(groups.items())}
    report["missed, held out"] = [text.text for text, said in marked if text.held_out and text.high and not said]
    report["false alarms, held out"] = [text.text for text, said in marked if text.held_out and said and not text.high]
    return report | {"workload": _on_workload(is_high)}


def _shares(group: list[tuple[Labelled, bool]]) -> dict[str, str]:
    high = [said for text, said in group if text.high]
    ordinary = [said for text, said in group if not text.high]
    return {"recall": _share(high), "false alarms": _share(ordinary)}


def _on_workload(is_high: Callable[[str], bool]) -> dict[str, str]:
    """How many are high on law, medicine and security, and on everything else."""
    grave: list[bool] = []
    other: list[bool] = []
    for question in workload(SEEDS / "workload.jsonl"):
        said = is_high(question.excerpt.last)
        (grave if question.right & GRAVE else other).append(said)
    return {"law, medicine and security": _share(grave), "everything else": _share(other)}


def _share(said: list[bool]) -> str:
    return f"{sum(said) / len(said):.3f} ({sum(said)} of {len(said)})" if said else "none"
