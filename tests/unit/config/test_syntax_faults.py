"""A file that is no YAML: where, the line, what would be right; and the faults of the other files beside it."""

from pathlib import Path

import pytest
import yaml
from cli.running import fungible
from hypothesis import given
from hypothesis import strategies as st

from router.config.files.syntax_faults import HIDDEN, MOST_SHOWN, syntax_fault
from router.config.files.yaml_source import parse
from router.config.load import read_documents
from router.errors import ConfigError, Problem


def fault(text: str) -> Problem:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), "f")
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "where", "line", "advice"),
    [
        ("a:\n  b: [x, y\n  c: 1\n", "f:3:4", "  b: [x, y", "close the list with ]: it begins in line 2, column 6"),
        (
            "a:\n  b: {x: 1\n\n  c: 1\n",
            "f:4:4",
            "  b: {x: 1",
            "close the mapping with }: it begins in line 2, column 6",
        ),
        ('a: "abc\nb: 2\n', "f:1:4", 'a: "abc', "a quote or a bracket is opened and not closed"),
        ("a:\n  - x\n b: 1\n", "f:3:2", " b: 1", "indent it by 0, as the keys beside it"),
        ('a: "x" y\n', "f:1:8", 'a: "x" y', "nothing may follow a closed quote"),
        ("a:\n  word\nb: 2\nc\n", "f:4:1", "c", "a key is followed by a colon"),
        ("a:\n  - b\n  c: 1\n", "f:3:3", "  c: 1", "begin the line with a dash"),
        ("a:\n  b: [\n\n", "f:4:1", "  b: [", "a quote or a bracket is opened and not closed"),
        ("a: ]\n", "f:1:4", "a: ]", "a text that begins with a bracket"),
        ('a: "\\q"\n', "f:1:5", 'a: "\\q"', "written in single quotes"),
        ("a: &\n", "f:1:5", "a: &", "begins with & or *"),
        ("a: x: y\n", "f:1:5", "a: x: y", "a text with a colon in it"),
        ("a: 1\na: 2\n", "f:2:1", "a: 2", "keep one of the two"),
        ("a: 한국어: 1\n", "f:1:7", "a: 한국어: 1", 'a: "한국어: 1"'),
    ],
)
def test_it_says_where_and_shows_the_line_and_what_to_write(text: str, where: str, line: str, advice: str) -> None:
    problem = fault(text)
    assert (problem.where, problem.line) == (where, line)
    assert advice in problem.hint


def test_a_long_line_is_cut_and_a_letter_that_is_none_has_a_line() -> None:
    assert len(fault("a: b: " + "x y " * 100).line) == MOST_SHOWN
    assert fault("a: 1\nb: \x01\n").where == "f:2:1"
    (nowhere,) = syntax_fault("f", "a", yaml.YAMLError("odd")).problems
    assert (nowhere.where, nowhere.sentence, nowhere.line) == ("f:1:1", "odd", "")


@pytest.mark.parametrize(
    "line",
    [
        "api_key: {}, b: 1: 2",
        '"x-token": {}: 2',
        "password: x{}: 2",
        "a: https://me:{}@host/v1: 2",
        "a: sk-{}: 2",
        "header: Bearer {}: 2",
        "a: 0Aa{}0123456789: 2",
    ],
)
@given(letters=st.text("abcXYZ0189", min_size=12, max_size=40))
def test_no_secret_is_shown(line: str, letters: str) -> None:
    secret = f"k{letters}"
    problem = fault(line.format(secret))
    assert secret not in problem.line + str(problem)
    assert HIDDEN in problem.line


def test_names_of_models_and_variables_are_shown() -> None:
    for line in (
        "a: claude-sonnet-4-5-20250929: 2",
        "key_env: OPENAI_API_KEY_OF_THE_TEAM: 2",
        "a: task-management-tool: 2",
    ):
        assert fault(line).line == line


def test_the_faults_of_other_files_are_in_the_same_error(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text("prices: {gpt-5: [\n", encoding="utf-8")
    (tmp_path / "ramps.yaml").write_text("ramps: soon\n", encoding="utf-8")
    (tmp_path / "providers.yaml").write_text("providers: {gpt: {adaptor: gpt}}\n", encoding="utf-8")
    (tmp_path / "mine.yaml").write_text("default: 'b\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_documents(tmp_path)
    assert [Path(problem.where).name.split(":")[0] for problem in caught.value.problems] == [
        "prices.yaml",
        "ramps.yaml",
        "providers.yaml",
        "providers.yaml",
    ]
    # A file that is named is judged with the others; what has its shape alone is not, since it needs the others.
    shown = fungible(tmp_path, "policy", "lint", "mine.yaml", "--config", str(tmp_path))
    assert "mine.yaml:1:10: error syntax: Found unexpected end of stream. A quote" in shown.stdout
    assert "    | default: 'b\n" in shown.stdout
    assert shown.stdout.endswith("5 errors, 0 warnings\n")
    refused = fungible(tmp_path, "explain", "Hello", "--config", str(tmp_path))
    assert "    | prices: {gpt-5: [\n" in refused.stderr
    assert "did you mean 'adapter'" in refused.stderr
