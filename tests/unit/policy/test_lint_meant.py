"""A guard that leaves nobody is told of, unless a test of the policy says that it is meant."""

from unit.policy_samples import expect

GUARD = "guards:\n  - {name: g, because: x, when: {task: law}, §never: {model: '*'}}\n"
TESTS = "default: a\npolicies:\n  a:\n    because: x\n    band: 0.1\n    tests:\n"
ANSWERED = "      - {given: {task: law}, expect: {excluded: big}}\n"
REFUSED = "      - {given: {task: law}, expect: {error: no_candidate}}\n"


def test_a_guard_that_leaves_nobody_is_told_of() -> None:
    expect(GUARD.replace("§", "").replace("- {", "- §{") + TESTS + ANSWERED, "guard-leaves-nothing")


def test_a_test_that_expects_the_refusal_says_that_it_is_meant() -> None:
    expect(GUARD.replace("§", "") + TESTS + REFUSED)


def test_a_refusal_of_other_work_says_nothing() -> None:
    other = REFUSED.replace("law", "math")
    expect(GUARD.replace("§", "").replace("- {", "- §{") + TESTS + ANSWERED + other, "guard-leaves-nothing")
