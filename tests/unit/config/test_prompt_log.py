"""A person's own prompts: what a line may hold, and which line is wrong."""

from pathlib import Path

import pytest

from router.config.files.prompt_log import load_prompts
from router.config.load import SEEDS
from router.errors import ConfigError


def written(folder: Path, *lines: str) -> Path:
    (folder / "log.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder / "log.jsonl"


def test_a_text_a_conversation_and_the_shipped_workload_are_prompts(tmp_path: Path) -> None:
    conversation = '{"id": "mine", "messages": [{"role": "user", "content": "Hello"}], "model": "gpt-5"}'
    first, second = load_prompts(written(tmp_path, "", '{"prompt": "Hi"}', conversation))
    assert (first.id, first.messages[0].role, first.messages[0].text) == ("line-2", "user", "Hi")
    assert (second.id, second.messages[0].text) == ("mine", "Hello")
    assert len(load_prompts(SEEDS / "workload.jsonl")) == 509


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "is no JSON."),
        ('"hi"', "is no JSON object."),
        ('{"text": "hi"}', "has neither a prompt nor messages."),
        ('{"prompt": "hi", "messages": [{"role": "user", "content": "hi"}]}', "has a prompt and messages."),
        ('{"prompt": ""}', "prompt: string should have at least 1 character"),
        ('{"messages": 5}', "messages: input should be a valid array."),
        ('{"messages": [{"role": "cook", "content": "hi"}]}', "messages.0.role: input should be"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    path = written(tmp_path, '{"prompt": "Hi"}', "", line)
    with pytest.raises(ConfigError) as caught:
        load_prompts(path)
    (problem,) = caught.value.problems
    assert problem.where == f"{path}:3:1"
    assert problem.sentence.startswith(sentence)
    assert '{"prompt": "..."}' in problem.hint


def test_an_empty_file_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"log.jsonl:1:1: holds no prompts. Write one a line"):
        load_prompts(written(tmp_path, "", " "))
