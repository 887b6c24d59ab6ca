"""A file goes to a model that reads files, by whatever name a client sends it."""

from datetime import date

import pytest

from router.config import load
from router.config.load import with_policies
from router.decision.features import needs
from router.policy.policy_tests import try_policies
from router.types import ChatRequest, Message, Part

POLICY = b"""
default: b
policies:
  b:
    because: x
    band: 0.9
    rules: [{name: files, because: x, when: {needs: files}, set: {band: 0}}]
    tests:
      - {given: {task: extraction, needs: files}, expect: {owner: OpenAI, excluded: [mai-1, Meta], rules: files}}
      - {given: {task: extraction, needs: files, model: phi-4}, expect: {error: no_candidate}}
"""


def test_a_file_is_a_need_and_a_text_is_none() -> None:
    file = Part("file", file={"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"})
    assert needs(ChatRequest("auto", (Message("user", (Part("text", text="Read this."), file)),))) == ("files",)
    assert needs(ChatRequest("auto", (Message("user", (Part("text", text="Read this."),)),))) == ()


def test_the_shipped_models_that_read_files_are_known() -> None:
    assert {m.id for m in load().models if "files" in m.capabilities} == {"gpt-5", "gpt-5-mini", "gpt-5-nano"}


def test_conditions_and_tests_know_the_word() -> None:
    made = with_policies(load(), POLICY)
    tried = try_policies(made, lambda _: pytest.fail("no text is read"), date(2026, 11, 29))
    assert [outcome.sentence for outcome in tried if not outcome.passed] == []
