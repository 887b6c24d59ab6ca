"""Which model or policy a name stands for that clients send and no catalog holds: dated, prefixed, or an alias.

Invariant: an exact name always goes first; which alias goes before another never depends on the order of a file.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from router.types import Ask, Config, Model
from router.types.config import WorkedOut

DEFAULT = "auto"
# Names that programs send unless somebody configures them; they ask for a good answer, rather than for this one model.
SHIPPED: Mapping[str, str] = dict.fromkeys(
    (
        # Codex: its default is the newest of OpenAI's, whose generation nobody here can know.
        "gpt-5-codex*",
        "gpt-5.*",
        "gpt-[6-9]",
        "gpt-[6-9][.-]*",
        "gpt-daybreak-*",
        "codex-*",
        # Claude Code
        "claude-*",
        "sonnet",
        "opus",
        "haiku",
        "fable",
        "opusplan",
        "best",
        "*[[]1m]",
        # What the documents of SDKs and frameworks start from
        "gpt-4o",
        "gpt-4o-mini",
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4",
        "gpt-4-turbo",
        "gpt-3.5-turbo",
        # Of the older completions
        "gpt-3.5-turbo-instruct",
        "davinci-002",
        "babbage-002",
    ),
    DEFAULT,
)
# Who names models of several makers with a prefix; a model's own maker, family and provider are known from its row.
_PREFIXES = frozenset({"openai", "azure", "azure_ai", "anthropic", "openrouter", "litellm_proxy", "fungible", "models"})
_DATE = re.compile(r"[-@](20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])|20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))\Z")
# What stands for other letters in a pattern.
_OPEN = re.compile(r"\[.+?\]|[*?]")
_ALIAS = "alias:"
# Clients send few names, again and again, and each is compared with many patterns.
_KNOWN: WorkedOut[tuple[str, bool], str | None] = WorkedOut()


def undated(name: str) -> str:
    """The name without the date of a snapshot at its end."""
    return _DATE.sub("", name)


def catalog_model(name: str, models: Iterable[Model]) -> str | None:
    """The id of the model whose id this is, or whose dated or prefixed id: `openai/gpt-5-2025-08-07` is `gpt-5`."""
    by_id = {model.id: model for model in models}
    for prefixes, rest in _splits(name):
        for form in (rest, undated(rest)):
            if form in by_id and prefixes <= _PREFIXES | _makers(by_id[form]):
                return form
    return None


def alias_target(name: str, aliases: Mapping[str, str]) -> str | None:
    """What the alias that fits a name leads to; of several, the one that says most of the name."""
    fitting = [pattern for pattern in aliases if fnmatchcase(name, pattern)]
    return aliases[min(fitting, key=_least_open)] if fitting else None


def shipped_target(name: str) -> str | None:
    """What a name leads to that programs send by default, with a date or a prefix too."""
    for prefixes, rest in _splits(name):
        if prefixes <= _PREFIXES and (target := alias_target(undated(rest), SHIPPED)):
            return target
    return None


def known_name(name: str, config: Config, *, swap: bool = True) -> str | None:
    """The model, policy or alias over versions that a name stands for; None where it stands for nothing.

    Without `swap`, a name that programs send by default does not lead to what a policy chooses.
    """
    known = _KNOWN.of(config)
    # An empty name stands for nothing, so it says here that nobody has looked yet.
    if (meant := known.get((name, swap), "")) == "":
        meant = known[name, swap] = _known(name, config, swap=swap)
    return meant


def _known(name: str, config: Config, *, swap: bool) -> str | None:
    if name in config.version_aliases:
        return name
    exact = catalog_model(name, config.models) or alias_target(name, config.aliases)
    return exact or (shipped_target(name) if swap else None)


def alias_notes(ask: Ask, config: Config) -> tuple[str, ...]:
    """The note of a request whose name is no model's or policy's own: `alias:gpt-4o->balanced`."""
    names = (ask.model, ask.policy, DEFAULT, *config.policies[ask.policy].aliases)
    if ask.asked in names:
        return ()
    return (f"{_ALIAS}{ask.asked}->{ask.model or ask.policy}",)


def asked_label(ask: Ask, notes: Iterable[str]) -> str:
    """What was asked for, as metrics count it: of an alias what it led to, since clients could invent any number."""
    aliased = any(note.startswith(_ALIAS) for note in notes)
    return (ask.model or ask.policy) if aliased else ask.asked


def bare(name: str) -> str:
    """The name without prefixes and date, to look for a near one."""
    return undated(name.rpartition("/")[2]) or name


def _splits(name: str) -> list[tuple[frozenset[str], str]]:
    """The name with none, one, two … of its prefixes taken off."""
    parts = name.split("/")
    return [(frozenset(word.lower() for word in parts[:n]), "/".join(parts[n:])) for n in range(len(parts))]


def _makers(model: Model) -> set[str]:
    return {word.lower() for word in (model.owner, model.family, model.provider)}


def _least_open(pattern: str) -> tuple[int, int, str]:
    """Most letters first, then fewest stars, then by the alphabet: never by their order in a file."""
    return (-len(_OPEN.sub("", pattern)), pattern.count("*"), pattern)
