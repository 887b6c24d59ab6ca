"""Whether a choice survives a change of the prompt that changes nothing.

Invariant: robustness is 1 - the share of decisions that flip (RouterArena); perturbations are seeded, so that two
readers meet the same ones.
"""

from collections.abc import Callable, Hashable, Sequence
from random import Random

from router.decision.decide import decide
from router.decision.features import read
from router.types import Ask, ChatRequest, Config, Message, Reader, Situation

Perturbation = Callable[[str, Random], str]
EVERY = 60


def typos(text: str, random: Random) -> str:
    """Two neighbours swapped in each sixty characters."""
    letters = list(text)
    for start in range(0, len(letters) - 1, EVERY):
        at = random.randrange(start, min(start + EVERY, len(letters) - 1))
        if letters[at].isalpha() and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def lower(text: str, _: Random) -> str:
    """All in lower case."""
    return text.lower()


def spaced(text: str, _: Random) -> str:
    """Doubled spaces, and some around it all."""
    return f"  {text.replace(' ', '  ')} \n"


def polite(text: str, _: Random) -> str:
    """A polite preamble, in the language of the text."""
    korean = any("가" <= letter <= "힣" for letter in text[:200])
    return ("안녕하세요, 도와주세요. " if korean else "Hello, could you please help me with this? ") + text


PERTURBATIONS: dict[str, Perturbation] = {"typos": typos, "case": lower, "white space": spaced, "preamble": polite}


def flips(
    reader: Reader, prompts: Sequence[str], config: Config, situation: Situation, policy: str
) -> dict[str, float]:
    """The share of decisions that each perturbation flips, and their mean as `all`."""

    def chosen(text: str) -> str:
        request = ChatRequest(policy, (Message("user", text),))
        features = read(request, reader, lambda words: len(words) // 4)
        return decide(
            features, Ask(asked=policy, policy=policy, model=None, consent="any", unit=""), situation, config
        ).chosen

    return flips_of(lambda texts: [chosen(text) for text in texts], prompts)


def flips_of(answers: Callable[[Sequence[str]], Sequence[Hashable]], prompts: Sequence[str]) -> dict[str, float]:
    """The same of whatever answers for texts: a name, or the side of a threshold."""
    before = answers(prompts)
    shares = {}
    for name, perturb in PERTURBATIONS.items():
        random = Random(0)  # noqa: S311 - the same perturbations for every reader
        after = answers([perturb(prompt, random) for prompt in prompts])
        shares[name] = sum(a != b for a, b in zip(before, after, strict=True)) / max(1, len(prompts))
    return {**shares, "all": sum(shares.values()) / len(shares)}
