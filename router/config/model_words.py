"""Which models the words of a file mean: globs on what a model is, by what they are or are not among.

Invariant: a word that fits no model is a fault, with the nearest that would.
"""

from fnmatch import fnmatchcase
from unicodedata import normalize

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.policies_file import AllBut
from router.decision.names.spelling import fold_all
from router.suggest import nearest
from router.types import FACT, Model, Subject

Said = tuple[str, ...] | AllBut | None


def known_words(fit: Fit, file: str, words: tuple[str, ...], key: str, path: Path_) -> None:
    """Note each of the words that no model has."""
    for position, word in enumerate(words):
        if not any(selected(values_of(model, key), (word,)) for model in fit.models.values()):
            known = sorted({value for model in fit.models.values() for value in values_of(model, key)})
            sentence = f"{word!r} matches no model's {key}."
            hint = nearest(word, known) if known else f" No row of catalog.yaml has any {key}."
            fit.fault(file, (*path, position), sentence, hint, "matches-nothing")


def spelt(subject: Subject, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a file in the spelling in which those of a request are compared."""
    if FACT[subject].folded:
        return fold_all(words)
    # Names of keys are kept in one form of Unicode; an editor may write another.
    return tuple(normalize("NFC", word) for word in words) if subject == "key" else words


def values_of(model: Model, key: str) -> tuple[str, ...]:
    """What a model is, under a key of a file."""
    if key in ("region", "labels"):
        return model.regions if key == "region" else model.labels
    return (model.id,) if key == "model" else (str(getattr(model, key)),)


def parts_of(said: tuple[str, ...] | AllBut) -> list[tuple[Path_, tuple[str, ...]]]:
    """The lists of names that are written, each with its place."""
    if isinstance(said, tuple):
        return [((), said)]
    return [(("not",), said.not_), *([(("any",), said.any)] if said.any else [])]


def labelled(model: Model, said: tuple[str, ...] | AllBut) -> bool:
    """Whether a model has one of the labels that are written, and none of those that are left out."""
    wanted = said.any if isinstance(said, AllBut) else said
    unwanted = said.not_ if isinstance(said, AllBut) else ()
    has = any(matches(label, wanted) for label in model.labels) if wanted is not None else True
    return has and not any(matches(label, unwanted) for label in model.labels)


def chosen(model: Model, key: str, said: tuple[str, ...] | AllBut) -> bool:
    """Whether a model is one of those that are written under a key."""
    return labelled(model, said) if key == "labels" else selected(values_of(model, key), said)


def selected(values: tuple[str, ...], said: tuple[str, ...] | AllBut) -> bool:
    """Whether one of a model's values is written: by a glob, or by not being among those that are left out."""
    if isinstance(said, AllBut):
        return any(not matches(v, said.not_) and (said.any is None or matches(v, said.any)) for v in values)
    return any(matches(value, said) for value in values)


def matches(value: str, globs: tuple[str, ...]) -> bool:
    """Whether a value fits one of the globs."""
    return any(fnmatchcase(value, glob) for glob in globs)
