"""Every way in which a file is wrong: the place, what is wrong, and the nearest right thing."""

from pathlib import Path

import pytest

from router.config import load
from router.config.files.yaml_source import MOST_BYTES, MOST_DEPTH, parse
from router.config.load import FILES, SEEDS
from router.errors import ConfigError

HEAD = "default: a\npolicies:\n  a:\n    because: x\n    band: 0\n"
RULE = "    rules:\n      - name: r\n        because: y\n        when: {}\n        set: {}\n"
RAMP = "ramps:\n  - name: r\n    because: x\n    original: gpt-5\n    substitute: mai-1\n    share: 0.1\n"


def problems(folder: Path, name: str, text: str | bytes) -> tuple[str, ...]:
    """What loading says of one file, each without the folder."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load(folder)
    return tuple(str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: the file: input should be an object, not None"),
        ("- a\n", "1:1: the file: input should be an object, not ['a']"),
        (HEAD.replace("default: a", "default: b"), "1:1: no policy is called 'b'. There are: a."),
        ("defualt: a\n" + HEAD, "1:1: unknown key 'defualt'; did you mean 'default'?"),
        (HEAD + "    bandd: 1\n", "6:5: unknown key 'bandd' in policies.a; did you mean 'band'?"),
        (HEAD + RULE.replace("when: {}", "when: {tasc: [chat]}"), "9:16: unknown key 'tasc'"),
        (HEAD + RULE.replace("when: {}", "when: {tasc: [chat]}"), "in policies.a.rules.0.when; did you mean 'task'?"),
        (HEAD + "    zzzzzz: 1\n", "unknown key 'zzzzzz' in policies.a; there are: because, extends, band, optimize"),
        (HEAD.replace("    because: x\n", ""), "3:3: the key 'because' is missing in policies.a"),
        (
            HEAD.replace("band: 0", "band: 1.5"),
            "5:5: policies.a.band: input should be less than or equal to 1, not 1.5",
        ),
        (HEAD.replace("band: 0", "band: wide"), "5:5: policies.a.band: input should be a valid number, not 'wide'"),
        (HEAD.replace("band: 0", "band: true"), "5:5: policies.a.band: input should be a valid number, not True"),
        (HEAD.replace("band: 0", "band: .nan"), "5:11: .nan is not a number"),
        (HEAD.replace("band: 0", "band: -.inf"), "5:11: -.inf is not a number"),
        (HEAD + "    optimize: costs\n", "6:5: policies.a.optimize cannot be 'costs'; did you mean 'cost'?"),
        (HEAD + "    consent: no\n", "6:5: policies.a.consent cannot be 'no'; there are: exact, family, owner, any"),
        (
            HEAD + "    floors: {chatt: 0.5}\n",
            "6:14: policies.a.floors.chatt cannot be 'chatt'; did you mean 'chat'?",
        ),
        (
            HEAD + "    models: []\n",
            "6:5: policies.a.models cannot be (); leave the key out, or write what belongs in the list",
        ),
        (HEAD + "    models: [gpt-6]\n", "6:14: 'gpt-6' matches no model's id, family or owner. Did you mean 'gpt-5'?"),
        (
            HEAD + "    prefer: [OpenAI, Metta]\n",
            "6:22: 'Metta' matches no model's id, family or owner. Did you mean 'Meta'?",
        ),
        (HEAD + RULE.replace("set: {}", "set: {models: [fhi]}"), "10:24: 'fhi' matches no model's id"),
        (HEAD + "    aliases: [mai-1]\n", "3:3: the name 'mai-1' is taken by a model"),
        (HEAD + "    aliases: [a]\n", "3:3: the name 'a' is taken by policy 'a'"),
        (HEAD + "  auto:\n    because: x\n    band: 0\n", "6:3: the name 'auto' is taken by the default policy"),
        (HEAD + "  gpt-5:\n    because: x\n    band: 0\n", "6:3: the name 'gpt-5' is taken by a model"),
        (HEAD + "    band: 1\n", "6:5: the key 'band' stands twice"),
        (HEAD.replace("because: x", "because: &x y"), "4:14: anchors and aliases are not allowed"),
        (HEAD.replace("because: x", "because: *x"), "4:14: anchors and aliases are not allowed"),
        (HEAD.replace("because: x", "because: !!str x"), "4:14: tags are not allowed: tag:yaml.org,2002:str"),
        (HEAD + "---\nb: 1\n", "6:1: a second document: a file holds one"),
        (HEAD.replace("    band", "\tband"), "5:1: found a tab character"),
        (HEAD + "[a]: b\n", "6:1: a key must be a word"),
        (HEAD + "x: " + "[" * 40 + "]" * 40, f"6:27: is nested deeper than {MOST_DEPTH} levels"),
        (HEAD.encode() + b"# \xff\n", "6:1: is not UTF-8 text"),
        (HEAD.replace("band: 0", "band: " + "1" * 41), "5:11: a number of more than 40 digits"),
        (HEAD.replace("policies:", "policies: ["), "did not find expected"),
        (b"#" * (MOST_BYTES + 1), "1:1: is larger than the limit of 4,000,000 bytes"),
    ],
)
def test_a_fault_in_the_policies_is_told_where_it_stands(tmp_path: Path, text: str | bytes, expected: str) -> None:
    (problem,) = problems(tmp_path, "policies.yaml", text)
    assert problem.startswith("policies.yaml:")
    assert expected in problem


SEED = {name: (SEEDS / name).read_text() for name in FILES}


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "catalog.yaml",
            "    tokenizer: mai\n",
            "    tokenizer: may\n",
            "no tokenizer is called 'may'. Did you mean 'mai'?",
        ),
        (
            "catalog.yaml",
            "    provider: phi\n",
            "    provider: phii\n",
            "no provider is called 'phii'. Did you mean 'phi'?",
        ),
        ("catalog.yaml", "  - id: phi-4\n", "  - id: phi-4-mini\n", "the model 'phi-4-mini' stands twice"),
        ("prices.yaml", "  mai-1:\n", "  mai-l:\n", "no model is called 'mai-l'. Did you mean 'mai-1'?"),
        ("prices.yaml", "since: 2025-08-28", "since: 2025-13-28", "prices.mai-1.0.since"),
        ("prices.yaml", "input: 0.40", "input: -0.40", "greater than or equal to 0, not -0.4"),
    ],
)
def test_a_fault_in_another_file_is_told_on_its_line(
    tmp_path: Path, name: str, old: str, new: str, expected: str
) -> None:
    text = SEED[name]
    line = text[: text.index(old)].count("\n") + 1
    (problem, *_) = (p for p in problems(tmp_path, name, text.replace(old, new, 1)) if expected in p)
    assert problem.startswith(f"{name}:{line}:")


def test_prices_stand_oldest_first_and_every_model_has_one(tmp_path: Path) -> None:
    row = "input: 1, output: 1, cached_input: 1, source: x, status: assumed}"
    text = f"prices:\n  gpt-5:\n    - {{since: 2026-01-02, {row}\n    - {{since: 2026-01-01, {row}\n  mai-1: []\n"
    faults = problems(tmp_path, "prices.yaml", text)
    assert "prices.yaml:2:3: the prices of 'gpt-5' must stand oldest first; sort them by `since`" in faults
    assert "prices.yaml:1:1: the model 'mai-1' has no price" in faults
    assert len(faults) == 1 + len(load().models) - 1


def test_a_ramp_goes_between_models_that_exist(tmp_path: Path) -> None:
    text = RAMP.replace("gpt-5", "gpt-55").replace("mai-1", "may-1")
    assert problems(tmp_path, "ramps.yaml", text) == (
        "ramps.yaml:4:5: no model is called 'gpt-55'. Did you mean 'gpt-5'?",
        "ramps.yaml:5:5: no model is called 'may-1'. Did you mean 'mai-1'?",
    )


def test_several_faults_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "ramps.yaml").write_text("ramps: 3\n")
    (tmp_path / "providers.yaml").write_text("providerz: {}\n")
    faults = problems(tmp_path, "policies.yaml", HEAD.replace("band: 0", "band: 2") + "    consent: all\n")
    assert [problem.split(":")[:2] for problem in faults] == [
        ["policies.yaml", "5"],
        ["policies.yaml", "6"],
        ["ramps.yaml", "1"],
        ["providers.yaml", "1"],
        ["providers.yaml", "1"],
    ]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone:1:1: is not a folder with catalog\.yaml"):
        load(tmp_path / "gone")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"policies\.yaml:1:1: cannot be read"):
        load(tmp_path)


def test_long_values_are_shortened_where_they_are_shown(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "policies.yaml", HEAD.replace("band: 0", f"band: {'w' * 500}"))
    assert problem.endswith("w...")
    assert len(problem) < 140


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 30])
def test_a_number_that_is_too_large_is_refused_where_it_stands(tmp_path: Path, number: str) -> None:
    text = HEAD + RULE.replace("when: {}", f"when: {{difficulty_at_least: {number}}}")
    (problem,) = problems(tmp_path, "policies.yaml", text)
    assert problem.startswith("policies.yaml:9:")


def test_a_control_character_is_told_on_its_line(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "policies.yaml", HEAD + "# \a\n")
    assert problem.startswith("policies.yaml:6:")
    assert "\n" not in problem


def test_a_ramp_to_the_model_it_comes_from_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "ramps.yaml", RAMP.replace("mai-1", "gpt-5"))
    assert problem.startswith("ramps.yaml:5:5: ")


def test_two_ramps_of_one_name_are_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "ramps.yaml", RAMP + RAMP.removeprefix("ramps:\n"))
    assert problem.startswith("ramps.yaml:7:")


def test_a_place_without_data_is_the_nearest_above_it() -> None:
    source = parse(b"a:\n  - b: 1\n    c: {d: [1, 2]}\n", "f")
    assert source.at(("a", 0, "c", "d", 1)) == "f:3:16"
    assert source.at(("a", 0, "gone", "far")) == "f:2:5"
    assert source.at(("zzz",)) == "f:1:1"
