"""What to write instead of what is written: for the mistakes that people make, a sentence each.

Invariant: where nothing is certain, nothing is said.
"""

import re
from collections.abc import Iterator
from typing import Any

_COMPARED = re.compile(r":\s*((?:>=|<=|=>|=<|>|<)\s*[-+\d.][^,}\]#]*)")
_SIGN = re.compile(r"[:,\[-]\s*([*!])([^\s,\]}#]+)")
_TAG = re.compile(r"!|include\b|env\b|ref\b|secret\b")
_NO_SPACE = re.compile(r"\s*-[A-Za-z_]+:")
_OTHER_WORDS = {
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "image": "vision",
    "images": "vision",
    "function_calling": "tools",
    "functions": "tools",
    "documents": "files",
    "hard": "high",
    "complex": "high",
    "easy": "low",
    "simple": "low",
    "block": "deny",
    "refuse": "deny",
    "speed": "latency",
    "price": "cost",
}
_OTHER_KEYS = {"if": "when", "match": "when", "condition": "when", "then": "set", "reason": "because", "action": "set"}
_TEXT = "name the words under `phrases` at the head of the file, and write `says: NAME`"
_LABEL = (
    "what you know of a model is a label on its row of catalog.yaml: write `labels: {not: %s}` for those without it"
)
# Keys of others, or of wishes, each with a key that is known beside it and what to write.
_WORDS_FOR_NEW = {
    **dict.fromkeys(("reasoning_effort", "reasoning", "thinking"), ("effort", "write `effort`")),
    **dict.fromkeys(("max_tokens", "max_completion_tokens", "max_output_tokens"), ("max_output", "write `max_output`")),
    **dict.fromkeys(("text", "prompt", "contains", "keywords", "words", "regex"), ("says", _TEXT)),
    **{name: ("labels", _LABEL % name) for name in ("zdr", "licence", "license", "jurisdiction")},
    "user": (
        "says",
        "a log keeps users as hashes alone: budgets have `each: user`, conditions nothing",
    ),
    "cost": ("says", "what a request may cost is `max_cost`, in the policy or under `set`"),
    "rolling": ("per", "write `per: 24 hours`, `7 days` or `30 days`"),
    "alert": ("then", "write `then: warn`, or a step: `steps: [{at: 80 %, then: warn}]`"),
}
_PERCENT = re.compile(r"([\d.,]+)\s*%")
_NUMBER = re.compile(r"[-+]?[\d.,]+")


def for_syntax(line: str, column: int, problem: str, above: str = "") -> str:
    """For a line that is no YAML, or whose first wrong letter stands at a column from 0; "" where nobody knows.

    `above` is the line before it.
    """
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces: this line begins with a tab"
    if "{{" in line:
        return "templates are not filled in here: write the value itself"
    if match := _COMPARED.search(line):
        return f'a comparison is written in quotes: "{match[1].strip()}"'
    if match := _SIGN.search(line):
        return _for_sign(match[1], match[2].strip())
    if "mapping values are not allowed" in problem:
        return _for_colon(line, column, above)
    if line[column : column + 1] in ("%", "@", "`"):
        return f"a text that begins with {line[column]} is written in quotes"
    return ""


def _for_sign(sign: str, word: str) -> str:
    """For an unquoted * or !, which mean something else in YAML."""
    if sign == "*":
        return f'a pattern that begins with * is written in quotes: "*{word}"'
    return "" if _TAG.match(word) else f"for all but {word!r} write {{not: {word}}}"


def for_refused(sentence: str) -> str:
    """For YAML that is no plain one."""
    if sentence.startswith("anchors"):
        return "; a policy takes over another's words with `extends: NAME`"
    if sentence.startswith("tags"):
        return "; write what it stands for"
    if "second document" in sentence:
        return "; take out the line ---"
    return "; keep one of the two" if "stands twice" in sentence else ""


def _for_colon(line: str, column: int, above: str) -> str:
    """A text with a colon in it; or, where it is the line's first, a line in a place that is not its own."""
    key, _, said = line.strip().partition(": ")
    if ":" in line[:column]:
        return f'a text with a colon in it is written in quotes: {key.lstrip("- {")}: "{said}"'
    if _NO_SPACE.match(above):
        return f"a dash is followed by a space: - {above.strip()[1:]}"
    return "indent it as the lines that it belongs to: it stands deeper than they do"


def for_number(written: Any) -> str:
    """For what stands where a number must."""
    if not isinstance(written, str):
        return ""
    if "{{" in written or "${" in written:
        return "templates are not filled in here: write the number itself"
    if match := _PERCENT.fullmatch(written.strip()):
        share = match[1].replace(",", ".")
        return f"write {_plain(share, 100)}, a share of 1" if share.count(".") < 2 else ""
    if _NUMBER.fullmatch(written):
        number = written.replace(",", ".")
        if number.count(".") > 1:
            return ""
        how = "with a point" if "," in written else "without quotes"
        return f"write {number} {how}"
    return ""


def for_nothing(written: Any) -> str:
    """For a key with nothing behind it."""
    if written is None:
        return "leave the key out, or write a value"
    return "leave the key out, or write what belongs in the list" if written in ([], ()) else ""


def empty_keys(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of the keys with nothing behind them."""
    items: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in items:
        if value is None:
            yield (*path, step)
        yield from empty_keys(value, (*path, step))


def for_word(written: Any, known: list[str]) -> str:
    """For a word that is none of those that may stand there, but is another for one of them."""
    word = str(written).lower()
    if _OTHER_WORDS.get(word) in known:
        return f"write {_OTHER_WORDS[word]}"
    first, _, last = word.partition("-")
    if first[:3] in known and last[:3] in known and "mon" in known:
        days = known[known.index(first[:3]) : known.index(last[:3]) + 1]
        return f"write [{', '.join(days)}]" if days else ""
    return ""


def for_kind(kind: str, written: Any, keys: list[str]) -> str:
    """For a thing of another kind than what belongs there: of one with keys, a list, a text."""
    if kind in ("dataclass_type", "mapping_type", "dict_type"):
        if isinstance(written, list | tuple) and any(isinstance(item, dict) for item in written):
            return "write each below its name, without the dash: `NAME: {...}`"
        return f"write one of its keys: {', '.join(keys)}" if keys else "write keys below it: `NAME: ...`"
    if kind == "tuple_type":
        if isinstance(written, dict) and all(isinstance(item, dict) for item in written.values()):
            return "write a list: each begins with a dash and its name, `- name: ...`"
        return "write a name, or names in a list: [one, another]"
    return f'a text is written in quotes: "{written}"' if kind == "string_type" else ""


def for_range(written: Any, most: Any) -> str:
    """For a number past its most."""
    if most == 1 and isinstance(written, int | float) and 1 < written <= 100:
        return f"a share of 1 is meant: {written:g} % is {written / 100:g}"
    return ""


def for_key(key: str, inside: str, known: list[str]) -> str:
    """For a key that is none: that it belongs below another, or that a number was written with a comma."""
    if key in _OTHER_KEYS and _OTHER_KEYS[key] in known and (key != "then" or "set" in known):
        return f"write {_OTHER_KEYS[key]!r}"
    if key in _WORDS_FOR_NEW and _WORDS_FOR_NEW[key][0] in known:
        return _WORDS_FOR_NEW[key][1]
    if key == "deny" and "otherwise" in known:
        return "write `then: deny`"
    if key in ("band", "optimize", "models", "floors") and "set" in known:
        return f"it belongs under `set`: set: {{{key}: ...}}"
    if inside and re.fullmatch(r"\d+( [A-Za-z]+)?", key):
        return "a number is written with a point, and a text with a comma in quotes"
    return ""


def _plain(number: str, divided_by: int) -> str:
    return f"{float(number) / divided_by:.10f}".rstrip("0").rstrip(".")
