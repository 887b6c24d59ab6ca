"""All faults of a policy file in one pass, each with what to write in its place."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.cli.policy.sources import sources_of
from router.config.files.corrections import correction
from router.config.files.sound_part import without
from router.config.files.yaml_source import Source, parse
from router.config.load import POLICIES, build, read_documents
from router.config.scalars import hours, interval, limit
from router.errors import ConfigError, Problem
from router.policy.lint import lint

HEAD = "default: b\npolicies:\n  b:\n    because: x\n    band: 0.02\n"


def codes(text: str) -> list[str]:
    """The codes of all that lint finds."""
    sources = {**read_documents(), POLICIES: parse(text.encode(), POLICIES)}
    return [finding.code for finding in lint(sources, date(2026, 11, 29), 9999)]


def refused(text: str) -> list[str]:
    """The sentences of a file that does not load, in its order."""
    with pytest.raises(ConfigError) as caught:
        build({**read_documents(), POLICIES: parse(text.encode(), POLICIES)})
    return [f"{problem.where.partition(':')[2]} {problem.sentence}{problem.hint}" for problem in caught.value.problems]


def test_wrong_shapes_and_wrong_names_are_one_pass() -> None:
    text = (
        "default: c\npolicies:\n  b:\n    because: x\n    band: 2%\n"
        "    rules:\n"
        "      - {name: r, because: y, when: {task: lwa}, set: {band: 0, models: gpt-55}}\n"
        "      - {name: s, because: y, when: {task: law}, set: {prefer: Microsft}}\n"
        "      - {name: t, because: y, when: {task: law}}\n"
    )
    assert refused(text) == [
        "5:5 policies.b.band cannot be '2%'; write 0.02, a share of 1",
        "7:38 policies.b.rules.0.when.task cannot be 'lwa'; did you mean 'law'?",
        "1:1 no policy is called 'c'. There are: b.",
        "7:65 'gpt-55' matches no model's id, family or owner. Did you mean 'gpt-5'?",
        "8:56 'Microsft' matches no model's id, family or owner. Did you mean 'Microsoft'?",
        "9:9 the rule 't' changes nothing: give it `set` or `prefer`",
    ]


@pytest.mark.parametrize(
    ("text", "only"),
    [
        # The rule says what it changes, if in a wrong way; so does the guard.
        (HEAD + "    rules: [{name: r, because: y, when: {task: law}, set: {band: 9}}]\n", "band"),
        (HEAD + "    guards: [{name: g, because: y, never: {onwer: Meta}}]\n", "onwer"),
        (HEAD.replace("0.02", "wide"), "band"),
        (HEAD.replace("band", "bnad"), "bnad"),
        (HEAD + "    rules: [{name: r, because: y, if: {task: law}, set: {band: 0}}]\n", "write 'when'"),
        (HEAD.replace("default: b", "default: [b]"), "default"),
        (HEAD.replace("    band: 0.02", "    extends: [c]"), "extends"),
        ("default: b\npolicies:\n  b: cheap\n", "policies.b"),
        ("default: b\npolicies: [b]\n", "policies"),
        ("policies: {}\n", "default"),
        ("- b\n", "the file"),
    ],
)
def test_what_seems_wrong_only_for_another_fault_is_not_told(text: str, only: str) -> None:
    (sentence,) = refused(text)
    assert only in sentence


def test_a_fault_of_another_file_is_told_alone() -> None:
    sources = {**read_documents(), POLICIES: parse(HEAD.replace("0.02", "wide").encode(), POLICIES)}
    sources["prices.yaml"] = Source("prices.yaml", {"prices": 3})
    with pytest.raises(ConfigError) as caught:
        build(sources)
    assert [problem.where for problem in caught.value.problems] == ["prices.yaml:1:1", "policies.yaml:5:5"]


def test_warnings_stand_beside_errors_where_they_hold_anyway() -> None:
    text = HEAD + (
        "    rules:\n"
        "      - {name: first, because: y, when: {task: law}, set: {band: 0}}\n"
        "      - {name: bad, because: y, when: {task: lwa}, set: {band: 0}}\n"
        '      - {name: last, because: y, when: {difficulty: "< 9"}, set: {band: 0.5}}\n'
        "      - {name: who, because: y, when: {task: math}, set: {prefer: Microsft}}\n"
    )
    assert codes(text) == ["rule-overwritten", "wrong-value", "matches-nothing"]


def test_no_warning_hangs_on_what_is_wrong() -> None:
    guard = "    guards: [{name: g, because: y, when: {task: law}, never: {owner: Meta}}]\n"
    test = (
        "    tests: [{given: {task: lwa}, expect: {excluded: Meta}}, {given: {task: chat}, expect: {model: gpt-5}}]\n"
    )
    assert codes(HEAD + guard + test) == ["wrong-value"]
    steep = "    floors: {law: 0.99}\n    models: [gpt-6]\n  c: {because: x, extends: b}\n"
    assert codes(HEAD + steep) == ["matches-nothing"]


@pytest.mark.parametrize(
    ("lines", "advice"),
    [
        ("    models: *-nano\n", '"*-nano"'),
        ("    rules: [{name: r, because: x, when: {team: !research}, set: {band: 0}}]\n", "{not: research}"),
        ("    models: !include models.yaml\n", "write what it stands for"),
        ("    band: 0.1\n", "keep one of the two"),
        ("---\ndefault: b\n", "take out the line ---"),
        ('    rules:\n      -name: r\n       because: "y"\n', "a dash is followed by a space: - name: r"),
        ("     prefer: gpt-5\n", "indent it as the lines that it belongs to"),
        ("    models: [gpt-5, mai-1\n    prefer: gpt-5\n", "close the list with ]"),
        ('    charge: "served\n', "a quote or a bracket is opened and not closed"),
        ("    models: *\n", "policies.yaml"),
        ("    rules: {r: {because: y}}\n", "each begins with a dash and its name"),
        ("    rules: soft\n", "write a name, or names in a list"),
        ("    guards: [{name: g, because: y, never: Meta}]\n", "write one of its keys: model, family, owner"),
        ("    floors: 0.5\n", "write keys below it"),
        ("    floors: [{law: 0.5}]\n", "write each below its name, without the dash"),
        ("    rules: [{name: r, because: 14, when: {task: law}, set: {band: 0}}]\n", 'is written in quotes: "14"'),
        ("    floors: {law: 80}\n", "80 % is 0.8"),
        ("    floors: {law: 800}\n", "less than or equal to 1, not 800"),
        ("    rules: [{name: r, because: x, if: {task: law}, set: {band: 0}}]\n", "write 'when'"),
        ("    budgets: [{name: s, limit: 5 USD, per: daily}]\n", "write day"),
        ("    budgets: [{name: s, limit: 5 USD, per: day, then: {deny: true}}]\n", "write `then: deny`"),
        ("    rules: [{name: r, because: x, when: {days: mon-fri}, set: {band: 0}}]\n", "[mon, tue, wed, thu, fri]"),
        ("    rules: [{name: r, because: x, when: {days: fri-mon}, set: {band: 0}}]\n", "cannot be 'fri-mon'"),
        ("    rules: [{name: r, because: x, when: {needs: image}, set: {band: 0}}]\n", "write vision"),
        ("    budgets: [{name: s, limit: $500, per: day}]\n", 'write "500 USD"'),
        ("    prefer:\n", "nothing is written after 'prefer'"),
    ],
)
def test_a_mistake_says_what_to_write(lines: str, advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build({**read_documents(), POLICIES: parse((HEAD + lines).encode(), POLICIES)})
    assert advice in str(caught.value)


def test_what_is_empty_is_not_missing_too() -> None:
    assert refused(HEAD.replace("band: 0.02", "band:")) == [
        "5:5 nothing is written after 'band'; leave the key out, or write a value"
    ]


@pytest.mark.parametrize(
    ("sentence", "written", "right"),
    [
        ("write a comparison such as", 1.5, ">= 1.5 and <= 1.5"),
        ("write a comparison such as", "1 - 2", ">= 1 and <= 2"),
        ("write a comparison such as", "between 100 and 2k", ">= 100 and <= 2000"),
        ("write a comparison such as", ">1 && <2", "> 1 and < 2"),
        ("write a comparison such as", "=> 50k", ">= 50000"),
        ("write a stretch of the day", "9am-5pm", "09:00-17:00"),
        ("write a stretch of the day", "9 to 18", "09:00-18:00"),
        ("write a stretch of the day", "22:00", "22:00-24:00"),
        ("write a day such as", "04.12.2026", "2026-12-04"),
        ("write a day such as", "2026/12/4 18:00", "2026-12-04 18:00"),
        ("write a time of day", "9:30", "09:30"),
        ("write a limit such as", "2M tokens", "2000000 tokens"),
        ("write a limit such as", "500 USD/month", "500 USD"),
        ("write a sum such as", 0.05, "0.05 USD"),
        ("write a limit such as", "USD 500", "500 USD"),
    ],
)
def test_a_text_is_put_right(sentence: str, written: object, right: str) -> None:
    assert correction(sentence, written) == f'write "{right}"'


@pytest.mark.parametrize(
    ("sentence", "written", "said"),
    [
        ("write a comparison such as", "hard", ""),
        ("write a stretch of the day", "noon", ""),
        ("write a stretch of the day", "25:00", ""),
        ("write a day such as", "Friday", ""),
        ("write a day such as", "31.02.2026", ""),
        ("write a limit such as", "500 EUR", "money is in USD here: convert the sum"),
        ("write a sum such as", "-5 USD", "a limit is above zero"),
        ("write a limit such as", "much", ""),
        ("no policy is called", "x", ""),
    ],
)
def test_where_nothing_is_certain_nothing_is_proposed(sentence: str, written: object, said: str) -> None:
    assert correction(sentence, written) == said


@settings(max_examples=50)
@given(st.text("0123456789.<>=&- amptokensUSD$:", max_size=14))
def test_what_is_proposed_can_be_read(written: str) -> None:
    checks = (("write a comparison", interval), ("write a stretch of the day", hours), ("write a limit", limit))
    for start, check in checks:
        if (said := correction(start, written)).startswith('write "'):
            check(said.removeprefix('write "').removesuffix('"'))


def test_a_place_below_what_is_left_is_found_in_the_file() -> None:
    part = without(parse(HEAD.encode() + b"    models: [nobody, gpt-5]\n", "p.yaml"), [("policies", "b", "models", 0)])
    assert part is not None
    assert part.source.data["policies"]["b"]["models"] == ["gpt-5"]
    assert part.place(("policies", "b", "models", 0, "x")) == ("policies", "b", "models", 1, "x")
    assert part.source.at(("policies", "b", "models", 0)) == "p.yaml:6:22"


def test_a_problem_has_its_path() -> None:
    assert Problem("p.yaml:1:1", "x").path == ()


def test_a_fault_that_taking_out_does_not_mend_leaves_no_warnings() -> None:
    assert codes(HEAD.replace("  b:", "  gpt-5:").replace("default: b", "default: gpt-5")) == ["taken-name"]
    assert codes("default: b\npolicies: [b]\n") == ["wrong-value"]


def test_names_in_tests_that_nothing_has_are_warned_of() -> None:
    text = HEAD + (
        "    budgets: [{name: soft, limit: 5 USD, per: day}]\n"
        "    rules: [{name: easy, because: y, when: {difficulty: '< 0'}, set: {band: 0.1}}]\n"
        "    tests:\n"
        "      - {given: {task: chat, spent: [sotf, b/soft, soft@gpt-5], down: [gpt-9, Meta]}, expect: {model: '*'}}\n"
        "      - {given: {task: chat, difficulty: -1}, expect: {rules: [easy, eazy]}}\n"
        "      - {given: {task: chat}, expect: {error: no_such}}\n"
        "      - {given: {task: chat}, expect: {error: budget_exceeded}}\n"
    )
    sources = {**read_documents(), POLICIES: parse(text.encode(), POLICIES)}
    told = [f for f in lint(sources, date(2026, 11, 29), 9999) if f.code == "test-unknown-name"]
    assert [(finding.place[1], finding.sentence) for finding in told] == [
        (9, "No budget is called 'sotf': the test fails."),
        (9, "No model is called 'gpt-9': the test fails."),
        (10, "No rule is called 'eazy': the test fails."),
        (11, "No error is called 'no_such': the test fails."),
    ]


def test_what_is_no_yaml_in_several_files_is_told_at_once(tmp_path: Path) -> None:
    for name in ("prices.yaml", POLICIES):
        (tmp_path / name).write_text("a: 1\na: 2\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_documents(tmp_path)
    assert [Path(problem.where).name for problem in caught.value.problems] == ["prices.yaml:2:1", "policies.yaml:2:1"]


def test_a_file_is_judged_whatever_stands_in_its_place(tmp_path: Path) -> None:
    (tmp_path / POLICIES).write_text("a: 1\na: 2\n", encoding="utf-8")
    (tmp_path / "new.yaml").write_text(HEAD, encoding="utf-8")
    assert sources_of(tmp_path / "new.yaml", tmp_path)[POLICIES].text == HEAD
