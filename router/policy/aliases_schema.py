"""The JSON Schema of aliases.yaml, made from the shapes that the loader checks with, for editors.

Invariant: every file that loads fits the schema, and every key has a description.
"""

from typing import Any

from pydantic import TypeAdapter

from router.config.ramps.aliases_file import AliasesFile
from router.policy.json_schema import DIALECT, short_name, value_schema

ID = "urn:fungible:aliases"
_DESCRIPTIONS: dict[str, dict[str, str]] = {
    "AliasesFile": {"aliases": "Names over versions of a model, which clients send as `model`."},
    "Alias": {
        "because": "Why, in a sentence for the next person.",
        "versions": "Models of the catalog that answer in words, oldest first.",
        "never_worse": "What is promised of every upgrade.",
        "tasks": "The kinds of work on which it may change version; all but speech unless said.",
        "steps": "The shares of a kind of work that a version takes once it is let in; the last is 1.",
        "after": "The least time on each step.",
        "pairs": "The fewest pairs on each step.",
        "holdback": "The share that stays with the version before, for comparison.",
        "unit": "What stays together on one side of a step.",
        "shadow": "The pairs on which both versions answer, and who judges them.",
        "guardrails": "How much more often a new version may fail, or answer late.",
    },
    "NeverWorse": {
        "margin": "By how much the name may get worse on a kind of work, from 0 to 1.",
        "alpha": "The chance that it ever gets worse by so much, over all upgrades and kinds of work together.",
        "give_up": "Pairs after which a version that is shown to be neither stays out.",
    },
    "Step": {
        "share": "How much of the kind of work it takes.",
        "after": "The least time on this step.",
        "pairs": "The fewest pairs on this step.",
    },
    "Shadow": {
        "sample": "The share of requests that both versions answer.",
        "judge": "Who grades both answers: truth (stand-ins alone), feedback, or a model or a check.",
        "budget": "What the pairs of all upgrades of this alias may cost in a day.",
    },
    "Judge": {
        "model": "A model of the catalog that grades.",
        "check": "A plug-in that grades.",
        "settings": "What the plug-in is told.",
        "own_family": "What becomes of a judge of the family or owner of what it judges.",
    },
    "Guardrails": {
        "errors": "How much more often it may fail.",
        "slow": "From when on an answer is late, and how much more often it may be.",
    },
    "Slow": {"beyond": "From when on an answer is late.", "by": "How much more often it may be."},
}


def aliases_schema() -> dict[str, Any]:
    """The schema as plain data."""
    made = TypeAdapter(AliasesFile).json_schema()
    kinds = {short_name(name): kind for name, kind in made.pop("$defs").items()}
    whole = {"$schema": DIALECT, "$id": ID, **_described("AliasesFile", made), "title": "Fungible aliases"}
    return {**whole, "$defs": {name: _described(name, kind) for name, kind in sorted(kinds.items())}}


def _described(name: str, made: dict[str, Any]) -> dict[str, Any]:
    known = _DESCRIPTIONS[name]
    properties = {key: {**value_schema(value), "description": known[key]} for key, value in made["properties"].items()}
    return {**made, "title": name, "properties": properties}
