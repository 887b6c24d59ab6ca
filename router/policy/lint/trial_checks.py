"""Names in tests that nothing has: budgets, rules, models that are down, codes of errors.

Invariant: what is warned of fails its test, whatever the policy decides.
"""

from collections.abc import Iterable, Iterator, Sequence

from router.config.cross_references import selects
from router.config.files.yaml_source import Path_
from router.errors import AttemptsExhausted, BadRequest, BudgetExceeded, Forbidden, NoCandidate, UnknownModel
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Sheet
from router.policy.policy_tests import spent_labels
from router.suggest import nearest
from router.types import Config, Policy

# What the decision of a test may end in.
_ERRORS = (AttemptsExhausted, BadRequest, BudgetExceeded, Forbidden, NoCandidate, UnknownModel)
_CODES = sorted(error.code for error in _ERRORS)


def trials(sheet: Sheet) -> Iterator[Finding]:
    """Everything about the names that tests use."""
    config = sheet.config
    models = [model.id for model in config.models]
    for name, policy in config.policies.items():
        rules = [rule.name for rule in policy.rules]
        budgets = list(dict.fromkeys(budget.shared or budget.name for budget in policy.budgets))
        for place, trial in enumerate(policy.tests):
            path: Path_ = ("policies", name, "tests", place)
            spent = [_spent(word, policy, config) for word in trial.given.spent]
            down = [None if any(selects(word, row) for row in config.models) else word for word in trial.given.down]
            applied = [None if word in rules else word for word in trial.expect.rules or ()]
            errors = [trial.expect.error] if trial.expect.error not in (None, *_CODES) else []
            yield from _unknown(sheet, (*path, "given", "spent"), "budget", spent, budgets)
            yield from _unknown(sheet, (*path, "given", "down"), "model", down, models)
            yield from _unknown(sheet, (*path, "expect", "rules"), "rule", applied, rules)
            yield from _unknown(sheet, (*path, "expect", "error"), "error", errors, _CODES)


def _spent(word: str, policy: Policy, config: Config) -> str | None:
    """The word, where it names no budget."""
    try:
        spent_labels(word, policy, config.models)
    except BadRequest:
        return word
    return None


def _unknown(
    sheet: Sheet, path: Path_, what: str, words: Iterable[str | None], known: Sequence[str]
) -> Iterator[Finding]:
    """Each word that is none of those that are known; None for what is."""
    for position, word in enumerate(words):
        if word is not None:
            advice = nearest(word, known).strip() if known else f"This policy has no {what}s."
            sentence = f"No {what} is called {word!r}: the test fails."
            yield sheet.warn(
                (*path, position), "test-unknown-name", sentence, advice or f"Write the {what} that is meant."
            )
