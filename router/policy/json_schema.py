"""The JSON Schema of policies.yaml, made from the shapes that the loader checks with, for editors.

Invariant: every file that loads fits the schema, and every key has a description.
"""

from typing import Any

from pydantic import TypeAdapter

from router.config.policies_file import PoliciesFile
from router.types import FACTS, Fact

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "urn:fungible:policies"
_MODELS = "Globs on a model's id, family or owner, such as gpt-* or Microsoft."
_BECAUSE = "Why, in a sentence for the next person."
_NAME = "A name that no other of its kind here has; decisions and reports tell it."
_ONE_OF = "One word or a list; one of them must fit."


def _compared(fact: Fact) -> str:
    """What a condition on a fact compares, and with what."""
    return f"{fact.help} {_ONE_OF}" if fact.kind in ("word", "words") else fact.help


_DESCRIPTIONS: dict[str, dict[str, str]] = {
    "PoliciesFile": {
        "default": "The policy that `auto` means.",
        "policies": "Every policy by its name, which clients send as `model`.",
        "timezone": "Where times of day are read and budgets begin anew, such as Asia/Seoul.",
        "guards": "Guards that bind every policy.",
        "budgets": "Budgets that count the requests of every policy.",
    },
    "Policy": {
        "because": _BECAUSE,
        "extends": "The policy whose settings, guards, rules and budgets this one begins with; it may extend none.",
        "band": "The share of predicted quality that may be given up for a better price, from 0 to 1.",
        "optimize": "What decides inside the band; cost unless said.",
        "models": f"Who may answer; all unless said. {_MODELS}",
        "prefer": f"Who goes first inside the band. {_MODELS}",
        "floors": "By task, the least predicted quality, whatever the band. Where no model reaches it, the answer is "
        "an error.",
        "consent": "How far a model may be replaced where the client does not say.",
        "disclosure": "What an answer tells of the model that served; receipt unless said.",
        "charge": "Whose list price the customer pays: the model that served (unless said) or the one asked for.",
        "guards": "What must never happen; a guard applies too where what it looks at is not known.",
        "rules": "Exceptions, in order; every one that matches applies, and a later one wins.",
        "budgets": "Limits on what is spent.",
        "tests": "Requests with what must come of them; `fungible policy test` runs them.",
        "aliases": "Other names for this policy.",
    },
    "Guard": {
        "name": _NAME,
        "because": _BECAUSE,
        "never": "The models that it bars: those that match every key.",
        "when": "To which requests it applies; to all unless said.",
    },
    "Never": {
        "model": "Globs on ids.",
        "family": "Globs on families.",
        "owner": "Globs on owners.",
        "region": "Globs on regions, which are taken from the models; one without another region is barred.",
        "provider": "Globs on providers.",
    },
    "When": {fact.name: _compared(fact) for fact in FACTS},
    "Rule": {
        "name": _NAME,
        "because": _BECAUSE,
        "when": "What must be true of a request; every key must hold.",
        "set": "What it changes.",
        "prefer": f"Short for `set: {{prefer: ...}}`. {_MODELS}",
    },
    "Set": {
        "band": "Another band.",
        "optimize": "What decides inside the band.",
        "models": f"Who may answer, in the place of the policy's. {_MODELS}",
        "prefer": f"Who goes first inside the band. {_MODELS}",
        "floors": "Floors by task, in the place of the policy's for these tasks.",
    },
    "Budget": {
        "name": _NAME,
        "limit": "How much: dollars, tokens or requests.",
        "per": "How often it begins anew, by the calendar of the file's timezone.",
        "of": "Whose requests it counts; all unless said.",
        "each": "Whether every key, team or model has an account of its own.",
        "then": "What happens at the limit: deny unless said.",
        "because": _BECAUSE,
    },
    "Of": {
        "key": f"Ids of API keys, as receipts tell them. {_ONE_OF}",
        "team": f"Names of teams. {_ONE_OF}",
        "policy": f"Names of policies. {_ONE_OF}",
        "model": f"The models that serve. {_MODELS}",
    },
    "Then": {
        "band": "A wider band from then on.",
        "models": f"Only these models from then on. {_MODELS}",
    },
    "Trial": {
        "given": "The request: a text to read, or a task and what else is known.",
        "expect": "What must come of it; every key must come true.",
        "because": _BECAUSE,
    },
    "Given": {
        "text": "A prompt, read as the server would read it.",
        "output_tokens": "The expected length of the answer.",
        "model": "The model that the client asks for by name.",
        "consent": "How far the client lets it be replaced.",
        "spent": "Budgets that are at their limit, by name; name@model where each model has an account.",
        "down": f"Models that are down. {_MODELS}",
        **{fact.name: fact.given for fact in FACTS if fact.given},
    },
    "Expect": {
        "model": f"Who is chosen. {_MODELS}",
        "owner": "The owner of the model that is chosen.",
        "family": "The family of the model that is chosen.",
        "excluded": f"Who cannot be chosen, all of them. {_MODELS}",
        "rules": "The rules that apply, no more and no fewer.",
        "error": "The code of the error, such as no_candidate or budget_exceeded.",
    },
}
# What the loader asks for beyond the kinds of values.
_DEMANDS: dict[str, dict[str, Any]] = {
    "Policy": {"anyOf": [{"required": ["extends"]}, {"required": ["because", "band"]}]},
    "Rule": {"anyOf": [{"required": ["set"]}, {"required": ["prefer"]}]},
    "Given": {"oneOf": [{"required": ["text"]}, {"required": ["task"]}]},
    "Never": {"minProperties": 1},
    "Then": {"minProperties": 1},
    "Expect": {"minProperties": 1},
}


def policies_schema() -> dict[str, Any]:
    """The schema as plain data."""
    made = TypeAdapter(PoliciesFile).json_schema()
    kinds = {_short(name): kind for name, kind in made.pop("$defs").items()}
    whole = {"$schema": DIALECT, "$id": ID, **_object("PoliciesFile", made), "title": "Fungible policies"}
    return {**whole, "$defs": {name: _object(name, kind) for name, kind in sorted(kinds.items())}}


def _object(name: str, made: dict[str, Any]) -> dict[str, Any]:
    """An object with a description for every key, and what the loader asks of the keys together."""
    properties = {
        key: {**_value(value), "description": _DESCRIPTIONS[name][key]} for key, value in made["properties"].items()
    }
    return {**made, "title": name, "properties": properties, **_DEMANDS.get(name, {})}


def _value(made: Any) -> Any:
    """A value's schema as editors read it best: no empty defaults, whole patterns, a word where a list may stand."""
    if isinstance(made, list):
        return [_value(one) for one in made]
    if not isinstance(made, dict):
        return made
    kept = {key: _value(one) for key, one in made.items() if key != "title" and not (key == "default" and not one)}
    if "$ref" in kept:
        kept["$ref"] = f"#/$defs/{_short(kept['$ref'].rpartition('/')[2])}"
    if "pattern" in kept and not kept["pattern"].startswith("^"):
        # The loader looks at the whole text, and forgives spaces around it.
        kept["pattern"] = rf"^\s*(?:{kept['pattern']})\s*$"
    if kept.pop("x-one-or-many", False):
        return {"anyOf": [kept["items"], kept]}
    return kept


def _short(name: str) -> str:
    return name.removesuffix("Written")
