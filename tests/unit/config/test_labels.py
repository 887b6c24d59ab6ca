"""Labels: words of the operator's own on rows of the catalog, by which guards and lists name models."""

from dataclasses import replace

import pytest

from router.config import load
from router.config.files.yaml_source import parse
from router.config.load import build, sources_with
from router.config.model_words import labelled
from router.config.policies_file import AllBut
from router.errors import ConfigError
from router.types import Config, Model

SHIPPED = load()
ROW = SHIPPED.models[0]


def configured(never: str = "{labels: open-weights}", models: str = '"*"') -> Config:
    text = f"""default: p
guards: [{{name: g, because: x, never: {never}}}]
policies: {{p: {{because: x, band: 0, models: {models}}}}}
"""
    return build(sources_with(SHIPPED, text.encode()))


def barred(never: str) -> set[str]:
    return set(configured(never).policies["p"].guards[0].never)


def test_a_guard_bars_by_label_and_by_the_lack_of_one() -> None:
    everybody = {model.id for model in SHIPPED.models}
    theirs = {model.id for model in SHIPPED.models if model.labels}
    assert barred("{labels: open-*}") == theirs == barred("{labels: [open-weights]}")
    assert barred("{labels: {not: open-weights}}") == everybody - theirs
    assert barred("{labels: open-weights, owner: Meta}") == {"llama-3.3-70b", "llama-4-maverick"}


@pytest.mark.parametrize(
    ("labels", "said", "has"),
    [
        (("zdr", "eu"), ("zdr",), True),
        (("eu",), ("z*",), False),
        ((), ("*",), False),
        ((), AllBut(("zdr",)), True),
        # The words of others say nothing of this one.
        (("zdr", "eu"), AllBut(("zdr",)), False),
        (("zdr", "eu"), AllBut(("us",), ("eu",)), True),
        (("zdr",), AllBut(("us",), ("eu",)), False),
    ],
)
def test_one_that_is_left_out_is_enough(labels: tuple[str, ...], said: tuple[str, ...] | AllBut, has: bool) -> None:
    assert labelled(replace(ROW, labels=labels), said) is has


def test_lists_name_models_by_label() -> None:
    models = configured(models='["label:open-*", gpt-5]').policies["p"].models or ()
    assert models == tuple(m.id for m in SHIPPED.models if m.labels or m.id == "gpt-5")


@pytest.mark.parametrize(
    ("never", "models", "sentence"),
    [
        ("{labels: open-weight}", '"*"', "'open-weight' matches no model's labels. Did you mean 'open-weights'?"),
        ("{labels: {not: zdr}}", '"*"', "'zdr' matches no model's labels. There are: open-weights."),
        ("{model: gpt-5}", '"label:opn-weights"', "Did you mean 'label:open-weights'?"),
        ("{}", '"*"', "labels"),
    ],
)
def test_a_word_that_no_row_has_is_a_fault(never: str, models: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        configured(never, models)
    assert sentence in str(refused.value)


def test_where_no_row_has_any_it_is_said_where_to_write_them() -> None:
    sources = dict(
        sources_with(
            SHIPPED,
            b"default: p\nguards: [{name: g, because: x, never: {labels: zdr}}]\n"
            b"policies: {p: {because: x, band: 0}}\n",
        )
    )
    bare = "\n".join(line for line in sources["catalog.yaml"].text.splitlines() if "labels: [" not in line)
    sources["catalog.yaml"] = parse(bare.encode(), "catalog.yaml")
    with pytest.raises(ConfigError, match=r"No row of catalog\.yaml has any labels"):
        build(sources)


def test_a_row_without_labels_has_none() -> None:
    assert isinstance(ROW, Model)
    assert ROW.labels == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("guards: [{name: g, because: x, never: {zdr: false}}]", "labels: {not: zdr}"),
        ("guards: [{name: g, because: x, when: {text: a}, never: {model: '*'}}]", "says: NAME"),
        ("guards: [{name: g, because: x, when: {user: bob}, never: {model: '*'}}]", "each: user"),
        ("budgets: [{name: b, limit: 1 USD, per: day, alert: 80 %}]", "then: warn"),
    ],
)
def test_a_key_of_a_wish_is_answered_with_the_words_for_it(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        build(sources_with(SHIPPED, f"default: p\n{text}\npolicies: {{p: {{because: x, band: 0}}}}\n".encode()))
    assert sentence in str(refused.value)
