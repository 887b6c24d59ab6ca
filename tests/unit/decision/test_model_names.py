"""Names that no catalog holds: what each stands for, and that none goes before an exact one."""

from dataclasses import replace

import pytest
from builders import config, model, policy
from hypothesis import given
from hypothesis import strategies as st

from router.decision.names.model_names import SHIPPED, alias_notes, alias_target, asked_label, known_name, undated
from router.decision.resolve import resolve, unknown_model
from router.errors import Forbidden, UnknownModel
from router.types import Permit

ROWS = config(
    model("gpt-5", owner="OpenAI", family="GPT"),
    model("gpt-5-mini", owner="OpenAI"),
    model("meta/llama", owner="Meta"),
    model("mai-1", owner="Microsoft", provider="foundry"),
    policies={"plain": policy(aliases=("router",)), "kin": policy(consent="family")},
)
ALIASED = replace(ROWS, aliases={"claude-*": "kin", "claude-opus-*": "gpt-5", "fast": "router", "my-?": "mai-1"})


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("gpt-5", "gpt-5"),
        ("gpt-5-2025-08-07", "gpt-5"),
        ("gpt-5-20250807", "gpt-5"),
        ("gpt-5@20250807", "gpt-5"),
        ("gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("openai/gpt-5", "gpt-5"),
        ("azure/gpt-5-2025-08-07", "gpt-5"),
        ("openrouter/openai/gpt-5", "gpt-5"),
        ("OpenAI/gpt-5", "gpt-5"),
        ("microsoft/mai-1", "mai-1"),
        ("foundry/mai-1", "mai-1"),
        ("meta/llama", "meta/llama"),
        ("openrouter/meta/llama", "meta/llama"),
        ("gpt-4o", "auto"),
        ("gpt-4o-2024-08-06", "auto"),
        ("openai/gpt-4o-mini", "auto"),
        ("gpt-5-codex", "auto"),
        ("gpt-5.1-codex-max", "auto"),
        ("gpt-5.4", "auto"),
        ("gpt-6", "auto"),
        ("gpt-6.2-sol", "auto"),
        ("gpt-6-luna", "auto"),
        ("openai/gpt-7-mini", "auto"),
        ("gpt-daybreak-red-latest", "auto"),
        ("codex-mini-latest", "auto"),
        ("gpt-3.5-turbo-instruct", "auto"),
        ("claude-sonnet-4-5-20250929", "auto"),
        ("anthropic/claude-opus-4", "auto"),
        ("opus", "auto"),
        ("fable", "auto"),
        ("best", "auto"),
        ("sonnet[1m]", "auto"),
        # Whose model it is matters, and a date is one of the calendar.
        ("somebody/gpt-5", None),
        ("meta/gpt-5", None),
        ("gpt-5-2025-13-07", None),
        ("gpt-5-0807", None),
        ("gpt-55", None),
        ("gpt-6x", None),
        ("gpt-5-turbo", None),
        ("gpt-4o-audio-preview", None),
        ("GPT-5", None),
        ("openai/", None),
        ("", None),
    ],
)
def test_a_name_means_a_model_or_the_default_policy(asked: str, meant: str | None) -> None:
    assert known_name(asked, ROWS) == meant


def test_a_dated_or_prefixed_model_is_asked_for_exactly() -> None:
    ask = resolve("openai/gpt-5-2025-08-07", ROWS)
    assert (ask.asked, ask.policy, ask.model, ask.consent) == ("openai/gpt-5-2025-08-07", "plain", "gpt-5", "exact")
    with pytest.raises(Forbidden, match="model 'gpt-5'"):
        resolve("openai/gpt-5", ROWS, permit=Permit(models=("mai-1",)))


def test_a_model_of_that_very_name_goes_first() -> None:
    rows = replace(ROWS, models=(*ROWS.models, model("gpt-5-2025-08-07"), model("gpt-4o")))
    assert resolve("gpt-5-2025-08-07", rows).model == "gpt-5-2025-08-07"
    assert resolve("gpt-4o", rows).model == "gpt-4o"
    assert resolve("gpt-4o-2024-08-06", rows).model == "gpt-4o"


def test_a_name_that_programs_send_leads_to_the_default_policy_of_the_key() -> None:
    ask = resolve("gpt-4o", ROWS)
    assert (ask.asked, ask.policy, ask.model, ask.consent) == ("gpt-4o", "plain", None, "any")
    assert resolve("gpt-4o", ROWS, permit=Permit(policies=("kin",))).policy == "kin"
    assert resolve("gpt-4o", ROWS, policy="kin").policy == "kin"
    assert resolve("gpt-4o", ROWS, permit=Permit(models=("mai-1",))).permit == Permit(models=("mai-1",))


def test_vectors_of_another_model_than_the_one_that_is_named_are_never_given() -> None:
    with pytest.raises(UnknownModel):
        resolve("gpt-4o", ROWS, vectors=True)
    assert resolve("openai/gpt-5", ROWS, vectors=True).model == "gpt-5"
    assert resolve("fast", ALIASED, vectors=True).policy == "plain"


@pytest.mark.parametrize(
    ("asked", "policy", "model"),
    [
        ("claude-haiku-4", "kin", None),
        ("claude-opus-4", "plain", "gpt-5"),
        ("fast", "plain", None),
        ("my-x", "plain", "mai-1"),
    ],
)
def test_an_operators_alias_goes_before_a_shipped_one(asked: str, policy: str, model: str | None) -> None:
    ask = resolve(asked, ALIASED)
    assert (ask.policy, ask.model) == (policy, model)


def test_an_alias_widens_no_key() -> None:
    with pytest.raises(Forbidden, match="policy 'kin'"):
        resolve("claude-haiku-4", ALIASED, permit=Permit(policies=("plain",)))
    with pytest.raises(Forbidden, match="model 'gpt-5'"):
        resolve("claude-opus-4", ALIASED, permit=Permit(models=("mai-1",)))


def test_of_several_patterns_the_one_that_says_most_goes_first_in_whatever_order() -> None:
    pairs = {"*": "a", "gpt-*": "b", "gpt-9": "c", "gpt-?": "d", "*-9": "e"}
    for aliases in (pairs, dict(reversed(pairs.items()))):
        led = [alias_target(name, aliases) for name in ("gpt-9", "gpt-8", "gpt-10", "x-9", "x")]
        assert led == ["c", "d", "b", "e", "a"]
    assert alias_target("x", {}) is None


@pytest.mark.parametrize(
    ("asked", "notes", "label"),
    [
        ("gpt-5", (), "gpt-5"),
        ("auto", (), "auto"),
        ("plain", (), "plain"),
        ("router", (), "router"),
        ("gpt-5-2025-08-07", ("alias:gpt-5-2025-08-07->gpt-5",), "gpt-5"),
        ("gpt-4o", ("alias:gpt-4o->plain",), "plain"),
    ],
)
def test_an_alias_is_noted_and_counted_by_what_it_means(asked: str, notes: tuple[str, ...], label: str) -> None:
    ask = resolve(asked, ROWS)
    assert alias_notes(ask, ROWS) == notes
    assert asked_label(ask, notes) == label


@pytest.mark.parametrize(
    ("asked", "near"), [("gtp-5", "gpt-5"), ("openai/gpt5", "gpt-5"), ("somebody/mai1-2025-08-07", "mai-1")]
)
def test_a_wrong_name_comes_with_the_nearest(asked: str, near: str) -> None:
    with pytest.raises(UnknownModel, match=rf"'{asked}'\. Did you mean '{near}'\?"):
        resolve(asked, ROWS)
    assert "There are: a, b." in str(unknown_model("openai/zzzzzz", ["a", "b"]))


@given(st.sampled_from([row.id for row in ROWS.models]), st.sampled_from(["openai/", "azure/", ""]), st.dates())
def test_a_name_of_the_catalog_is_itself_whatever_aliases_there_are(name: str, prefix: str, day: object) -> None:
    rows = replace(ROWS, aliases={"*": "kin"})
    assert known_name(name, rows) == name
    assert known_name(f"{prefix}{name}", rows) == name
    if str(day) >= "2000-01-01" and str(day) < "2100":
        assert undated(f"{name}-{day}") == name
        assert known_name(f"{prefix}{name}-{day}", rows) == name


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_none(name: str) -> None:
    assert known_name(name, ROWS) in {None, "auto", *(row.id for row in ROWS.models)}


def test_no_shipped_alias_takes_the_name_of_vectors_or_speech() -> None:
    assert all(alias_target(name, SHIPPED) is None for name in ("text-embedding-ada-002", "tts-1-hd", "whisper-1"))
