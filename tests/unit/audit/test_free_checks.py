"""What is looked at for nothing: names, token counts, ends; each as a finding that is no proof."""

from router.audit.checks.audit_finding import Finding
from router.audit.checks.free_checks import declared_other, look
from router.audit.endpoint_client import Reply
from router.audit.wire_shapes import Parameters, Said
from router.decision.names.served_name import same_name


def reply(
    text: str = "four words are here",
    model: str | None = "gpt-5",
    tokens: tuple[int, int] | None = (10, 4),
    **headers: str,
) -> Reply:
    said = Said(
        text=text, model=model, input_tokens=tokens and tokens[0], output_tokens=tokens and tokens[1], finish="stop",
        fingerprint="fp",
    )  # fmt: skip
    return Reply(said, {name.replace("_", "-"): value for name, value in headers.items()}, 0.5)


def words(text: str) -> int:
    return len(text.split())


def findings(audited: list[Reply], references: list[Reply], most: int = 100) -> dict[str, Finding]:
    rows = look("gpt-5", ["gpt-5"], audited, references, words, Parameters(most), 1)
    return {row.check: row for row in rows}


def test_a_dated_name_is_the_same_and_another_is_not() -> None:
    assert same_name("gpt-5", "openai/gpt-5-2025-08-07")
    assert same_name("claude-x", "claude-x-latest")
    assert not same_name("gpt-5", "gpt-5-mini")


def test_only_another_model_is_declared() -> None:
    assert declared_other("gpt-5", reply(model="mai-1")) == "mai-1"
    assert declared_other("gpt-5", reply(x_fungible_served="mai-1")) == "mai-1"
    for model in ("gpt-5-2025-08-07", "model-router", None):
        assert declared_other("gpt-5", reply(model=model)) is None
    assert declared_other("model-router", reply(model="mai-1")) is None


def test_alike_sides_are_fine() -> None:
    shown = findings([reply()] * 3, [reply()] * 5)
    assert {row.weight for row in shown.values()} <= {"fine", "hint"}
    assert shown["prompt tokens"].weight == shown["token counts"].weight == "fine"


def test_a_hidden_prompt_and_inflated_counts_show() -> None:
    shown = findings([reply(tokens=(52, 9))] * 3, [reply()] * 11, most=8)
    assert "+42 input tokens" in shown["prompt tokens"].sentence
    assert shown["token counts"].weight == "differs"
    assert "up to 9 output tokens, 8 were allowed" in shown["limit"].sentence


def test_nothing_is_made_up_where_nothing_is_said() -> None:
    shown = findings([reply(tokens=None, model=None)], [reply()])
    assert shown["token counts"].weight == "hint"
    assert "prompt tokens" not in shown
    assert findings([], []).keys() == {"list of models", "token counts"}
    assert findings([reply()], [])["token counts"].weight == "hint"


def test_what_lists_no_models_or_others_is_a_hint() -> None:
    for listed in (None, ["mai-1"]):
        (row,) = [
            row for row in look("gpt-5", listed, [], [], words, Parameters(10), 1) if row.check == "list of models"
        ]
        assert row.weight == "hint"
