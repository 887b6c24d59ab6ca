"""The JSON Schema of policies.yaml, made from the shapes that the loader checks with, for editors.

Invariant: every file that loads fits the schema, and every key has a description.
"""

from typing import Any

from pydantic import TypeAdapter

from router.config.policies_file import PoliciesFile
from router.decision.counts.measured import PERCENTILES
from router.types import FACTS, STATED, Fact

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "urn:fungible:policies"
_MODELS = "Globs on a model's id, family or owner, such as gpt-* or Microsoft, or label:zdr for a label."
_BECAUSE = "Why, in a sentence for the next person."
_NAME = "A name that no other of its kind here has; decisions and reports tell it."
_MAX_PRICE = "The highest list price of a model that may answer, in USD per million tokens."
_MAX_COST = "The most that a request is expected to cost with a model that may answer it."
_EFFORT = (
    "The effort of reasoning that is sent where the client asks for none, and the most otherwise; or `at_least`, "
    "which may raise what the client asks for."
)
_MAX_OUTPUT = "The most tokens of each answer; never more than the client allows."
_MAX_LATENCY = (
    "How late first tokens may be, as measured in the last minutes; who is slower is passed over while others are left."
)
_HEALTHY_FOR = "For how long a model must not have been ill, such as 1 hour; passed over while others are left."
_ONE_OF = "One word or a list, of which one must fit; or `any`, `not` and, where there are several, `all`."


def _compared(fact: Fact) -> str:
    """What a condition on a fact compares, and with what."""
    return f"{fact.help} {_ONE_OF}" if fact.kind in ("word", "words") else fact.help


_DESCRIPTIONS: dict[str, dict[str, str]] = {
    "PoliciesFile": {
        "default": "The policy that `auto` means.",
        "policies": "Every policy by its name, which clients send as `model`.",
        "metadata_tags": "Keys of a request's `metadata`: what is said under one becomes a tag, as `cost_center=4711`.",
        "approvals": "How many named admins must agree before another policies.yaml comes into force; 1 unless said.",
        "timezone": "Where times of day are read and budgets begin anew, such as Asia/Seoul.",
        "aliases": "Names that clients send, as globs such as `claude-*`, and the model or policy that each means.",
        "phrases": "Words to look for in requests, each list with a name, which `says` asks for; whole words, in any "
        "case, with a * at an end for more of a word. Receipts hold the names alone.",
        "guards": "Guards that bind every policy.",
        "budgets": "Budgets that count the requests of every policy.",
    },
    "Policy": {
        "because": _BECAUSE,
        "extends": "The policy whose settings, guards, rules and budgets this one begins with; it may extend none.",
        "band": "The share of predicted quality that may be given up for a better price, from 0 to 1.",
        "optimize": "What decides inside the band; cost unless said.",
        "models": f"Who may answer; all unless said. {_MODELS}",
        "prefer": f"Who goes first inside the band; of several, in this order. {_MODELS}",
        "fallback": f"Who is tried after a failure, in this order, and nobody else. {_MODELS}",
        "floors": "By task, the least predicted quality, whatever the band; `high_stakes` is about all requests whose "
        "stakes are high, and judges a model by law, security and medicine. Where no model reaches a floor, the answer "
        "is an error.",
        "consent": "How far a model may be replaced where the client does not say.",
        "disclosure": "What an answer tells of the model that served; receipt unless said.",
        "charge": "Whose list price the customer pays: the model that served (unless said) or the one asked for.",
        "guards": "What must never happen; a guard applies too where what it looks at is not known.",
        "rules": "Exceptions, in order; every one that matches applies, and a later one wins.",
        "budgets": "Limits on what is spent.",
        "tests": "Requests with what must come of them; `fungible policy test` runs them.",
        "aliases": "Other names for this policy.",
        "max_price": _MAX_PRICE,
        "max_cost": _MAX_COST,
        "effort": _EFFORT,
        "max_output": _MAX_OUTPUT,
        "max_latency": _MAX_LATENCY,
        "healthy_for": _HEALTHY_FOR,
        "cache_for": "For how long an answer is given again to the same request of the same key; never unless said.",
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
        "labels": "Globs on labels of the catalog's rows; with `not`, models that have none of these.",
    },
    "When": {
        "from": "From when on it applies: a day, or a moment of one, in the file's timezone.",
        "until": "Until when: up to a moment, or to the end of a day.",
        **{fact.name: _compared(fact) for fact in FACTS if fact.kind != "date"},
    },
    "Fallback": {
        "order": f"Who is tried, in this order; those of a list within it side by side. {_MODELS}",
        "apart": "Never the same owner, or provider, twice in one request.",
    },
    "AllBut": {"not": "Globs of what is left out.", "any": "Globs of what it is left out of; all unless said."},
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
        "prefer": f"Who goes first inside the band; of several, in this order. {_MODELS}",
        "floors": "Floors by task and for `high_stakes`, in the place of the policy's for these.",
        "max_price": _MAX_PRICE,
        "max_cost": _MAX_COST,
        "effort": _EFFORT,
        "max_output": _MAX_OUTPUT,
        "max_latency": _MAX_LATENCY,
        "healthy_for": _HEALTHY_FOR,
    },
    "LatencyCap": {name: f"{name[1:]} of a hundred are no later." for name in PERCENTILES},
    "LeastEffort": {"at_least": "The least effort that is sent."},
    "PriceCap": {"input": "USD per million tokens in.", "output": "USD per million tokens out."},
    "Budget": {
        "name": _NAME,
        "limit": "How much: dollars, tokens or requests.",
        "per": "How often it begins anew, by the calendar of the file's timezone; 24 hours, 7 days and 30 days roll.",
        "of": "Whose requests it counts; all unless said.",
        "each": "Whether every key, team, user, tag, model, owner, family or provider has an account of its own.",
        "then": "What happens at the limit: deny unless said; warn changes nothing, but is counted, logged and noted.",
        "steps": "What happens at parts of the limit, in their order, in the place of `then`.",
        "raise": "Another limit for a time, after which the written one holds again by itself.",
        "rollover": "The most of what is left of an hour, day, week or month that goes into the next: 50 %, 9 USD.",
        "because": _BECAUSE,
    },
    "Step": {
        "at": "A part of the limit, such as 80 % or 110 %.",
        "then": "What happens from then on: deny, warn, a wider band or fewer models.",
    },
    "Raise": {
        "to": "The limit for the time.",
        "until": "Until when: up to a moment, or to the end of a day.",
        "from": "From when on; from now on unless said.",
        "because": _BECAUSE,
    },
    "Of": {
        "key": f"Ids of API keys, as receipts tell them. {_ONE_OF}",
        "team": f"Names of teams. {_ONE_OF}",
        "tags": "Tags of callers, or patterns of them; one is enough.",
        "provider": "Providers whose models it counts; with `model` those of both.",
        "owner": "Owners whose models it counts; with other keys those of all.",
        "family": "Families whose models it counts; with other keys those of all.",
        "policy": f"Names of policies. {_ONE_OF}",
        "model": f"The models that serve. {_MODELS}",
    },
    "Then": {
        "band": "A wider band from then on.",
        "models": f"Only these models from then on. {_MODELS}",
        "otherwise": "What becomes of a request that none of them may answer, since its client named another: deny "
        "unless said, or serve as if the budget were not used up.",
    },
    "Trial": {
        "given": "The request: a text to read, or a task and what else is known.",
        "expect": "What must come of it; every key must come true.",
        "because": _BECAUSE,
    },
    "Given": {
        "text": "A prompt, read as the server would read it.",
        "consent": "How far the client lets it be replaced.",
        "spent": "Budgets that are at their limit, by name; name@model where each model has an account; name at 80 % "
        "for as much of one with steps.",
        "user": "The user whom the client names, where each has an account.",
        "down": f"Models that are down. {_MODELS}",
        **{fact.name: fact.given for fact in STATED},
    },
    "Expect": {
        "model": f"Who is chosen. {_MODELS}",
        "owner": "The owner of the model that is chosen.",
        "family": "The family of the model that is chosen.",
        "excluded": f"Who cannot be chosen, all of them. {_MODELS}",
        "rules": "The rules that apply, no more and no fewer.",
        "error": "The code of the error, such as no_candidate or budget_exceeded.",
        "effort": "The effort that is sent, the policy's or the client's.",
        "max_output": "The limit on output that is sent, the policy's or the client's.",
    },
}
# What the loader asks for beyond the kinds of values.
_DEMANDS: dict[str, dict[str, Any]] = {
    "Policy": {"anyOf": [{"required": ["extends"]}, {"required": ["because", "band"]}]},
    "Rule": {"anyOf": [{"required": ["set"]}, {"required": ["prefer"]}]},
    "Given": {"oneOf": [{"required": ["text"]}, {"required": ["task"]}]},
    "Never": {"minProperties": 1},
    "PriceCap": {"minProperties": 1},
    "LatencyCap": {"minProperties": 1},
    "Fallback": {"minProperties": 1},
    "AllBut": {"required": ["not"]},
    "Then": {"anyOf": [{"required": ["band"]}, {"required": ["models"]}]},
    "Expect": {"minProperties": 1},
}


# What the names of a condition mean together.
_TOGETHER = {
    "any": "One of these must fit.",
    "all": "Every one of these must fit.",
    "not": "None of these may fit.",
}


def policies_schema() -> dict[str, Any]:
    """The schema as plain data."""
    made = TypeAdapter(PoliciesFile).json_schema()
    kinds = {short_name(name): kind for name, kind in made.pop("$defs").items()}
    whole = {"$schema": DIALECT, "$id": ID, **_object("PoliciesFile", made), "title": "Fungible policies"}
    return {**whole, "$defs": {name: _object(name, kind) for name, kind in sorted(kinds.items())}}


def _object(name: str, made: dict[str, Any]) -> dict[str, Any]:
    """An object with a description for every key, and what the loader asks of the keys together."""
    known = _TOGETHER if name.endswith("Names") else _DESCRIPTIONS[name]
    properties = {key: {**value_schema(value), "description": known[key]} for key, value in made["properties"].items()}
    return {**made, "title": name, "properties": properties, **_DEMANDS.get(name, {})}


def value_schema(made: Any) -> Any:
    """A value's schema as editors read it best: no empty defaults, whole patterns, a word where a list may stand."""
    if isinstance(made, list):
        return [value_schema(item) for item in made]
    if not isinstance(made, dict):
        return made
    kept = {
        key: value_schema(value)
        for key, value in made.items()
        if key != "title" and not (key == "default" and not value)
    }
    if "$ref" in kept:
        kept["$ref"] = f"#/$defs/{short_name(kept['$ref'].rpartition('/')[2])}"
    if "pattern" in kept and not kept["pattern"].startswith("^"):
        # The loader looks at the whole text, and forgives spaces around it.
        kept["pattern"] = rf"^\s*(?:{kept['pattern']})\s*$"
    if kept.pop("x-one-or-many", False):
        return {"anyOf": [kept["items"], kept]}
    return kept


def short_name(name: str) -> str:
    """The name of a shape as a schema has it."""
    return name.removesuffix("Written")
