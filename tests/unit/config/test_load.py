"""From files to a configuration: what the scalars mean, what the seeds fill in, and the revision."""

import shutil
from dataclasses import fields
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.config import from_documents, load, read_documents
from router.config.files.yaml_source import Source, parse
from router.config.load import FILES, SEEDS
from router.config.load import build as build_config
from router.errors import ConfigError

POLICIES = (
    "default: mine\npolicies:\n  mine: {because: no, band: 0.1, models: [OpenAI, 'phi-*'], prefer: [MAI, gpt-5]}\n"
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("Off", "Off"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("012", 12),
        ("1_000", "1_000"),
        ("0x1f", "0x1f"),
        ("1:30", "1:30"),
        ("2026-11-01", "2026-11-01"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("'12'", "12"),
        ('"true"', "true"),
        ('"tab\\there"', "tab\there"),
        ("! no", "no"),
        ("한국어", "한국어"),
        ("|\n  two\n  lines", "two\nlines"),
        ("<<", "<<"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert parse(f"key: {text}".encode(), "f").data == {"key": value}
    assert type(parse(f"- {text}".encode(), "f").data[0]) is type(value)


def test_boxes_nest_and_a_byte_order_mark_is_no_text() -> None:
    text = "\ufeffa: [{b: [], c: {}}, [1, [2]], x]\nd:\n- - e\n  - f: g\n"
    assert parse(text.encode(), "f").data == {"a": [{"b": [], "c": {}}, [1, [2]], "x"], "d": [["e", {"f": "g"}]]}


def test_a_folder_with_only_policies_takes_the_rest_from_the_seeds(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text(POLICIES)
    loaded, shipped = load(tmp_path), load()
    assert list(loaded.policies) == [loaded.default_policy] == ["mine"]
    assert (loaded.models, loaded.prices, loaded.providers) == (shipped.models, shipped.prices, shipped.providers)
    assert loaded.policies["mine"].because == "no"


def test_globs_select_by_id_family_or_owner_in_the_catalogs_order(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text(POLICIES)
    policy = load(tmp_path).policies["mine"]
    of_openai = ("text-embedding-3-small", "text-embedding-3-large", "tts-1")
    assert policy.models == ("gpt-5", "gpt-5-mini", "gpt-5-nano", "phi-4", "phi-4-mini", *of_openai)
    assert policy.prefer == (("mai-1", "mai-voice-1"), ("gpt-5",))


def test_globs_in_rules_come_out_as_models_too() -> None:
    rules = load().policies["partner-frontier"].rules
    assert rules[0].set.prefer == (tuple(model.id for model in load().models if model.owner == "OpenAI"),)
    assert rules[0].set.models is None


def test_equal_files_give_equal_revisions_wherever_they_stand(tmp_path: Path) -> None:
    first, other = tmp_path / "one", tmp_path / "a path with spaces"
    for folder in (first, other):
        folder.mkdir()
        for name in FILES:
            shutil.copyfile(SEEDS / name, folder / name)
    (other / "policies.yaml").write_text("# a comment changes nothing\n" + (SEEDS / "policies.yaml").read_text())
    assert load(first).revision == load(other).revision == load().revision


def test_any_change_gives_another_revision() -> None:
    documents = {name: source.data for name, source in read_documents(None).items()}
    text = orjson.dumps(documents).decode()
    revisions = {load().revision}
    changes = [('"band":0.02', '"band":0.03'), ('"input":1.25', '"input":1.26'), ('"chat":3.2', '"chat":3.3')]
    changes += [('"default":"balanced"', '"default":"cost"'), ('"adapter":"gpt"', '"adapter":"mai"')]
    for old, new in changes:
        assert old in text
        revisions.add(from_documents(orjson.loads(text.replace(old, new, 1))).revision)
    assert len(revisions) == 1 + len(changes)


def test_the_documents_that_are_kept_build_the_same_configuration() -> None:
    shipped = load()
    rebuilt = from_documents(orjson.loads(orjson.dumps(shipped.documents)))
    for field in (field for field in fields(shipped) if field.compare):
        assert getattr(rebuilt, field.name) == getattr(shipped, field.name), field.name


def test_documents_that_fit_nothing_are_refused_without_a_place() -> None:
    documents = {name: source.data for name, source in read_documents(None).items()}
    with pytest.raises(ConfigError, match=r"^ramps\.yaml:1:1: ramps\.0"):
        from_documents({**documents, "ramps.yaml": {"ramps": [1]}})


SEED = {name: (SEEDS / name).read_bytes() for name in FILES}
PARSED = {name: parse(raw, name) for name, raw in SEED.items()}
PIECES = [
    b"",
    b"\0",
    b"\n",
    b"\t",
    b":",
    b"- ",
    b"[",
    b"}",
    b'"',
    b"&a ",
    b"*a",
    b"!!int ",
    b"\xff",
    b"9" * 25,
    b"1e999",
]
PIECES += [
    b"---\n",
    b"? ",
    b"| ",
    b"%",
    b"\xed\xa0\x80",
    b"\xc2\x85",
    b"<<: ",
    b"null",
    b"#",
    b"\\",
    b'"\\ud800"',
    b".inf",
]


@given(st.sampled_from(sorted(SEED)), st.data())
@settings(max_examples=150)
def test_mutated_files_raise_nothing_but_config_errors(name: str, data: st.DataObject) -> None:
    raw = SEED[name]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(raw)))
        length = data.draw(st.sampled_from([0, 0, 1, 2, 9, 80]))
        raw = raw[:start] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=3)) + raw[start + length :]
    try:
        build_config({**PARSED, name: parse(raw, name)})
    except ConfigError as error:
        assert all(str(problem).split(":")[0].endswith(".yaml") for problem in error.problems)


@given(st.binary(max_size=60) | st.text("ab:-[]{}&*!|>'\"%#?, \n\t0.", max_size=40).map(str.encode))
def test_any_bytes_are_data_or_a_config_error(raw: bytes) -> None:
    try:
        assert isinstance(parse(raw, "f"), Source)
    except ConfigError as error:
        assert error.message.startswith("f:")
