"""Published conversations through the official client: every one answered, one receipt each, each decided again."""

import json
from pathlib import Path

import pytest

from api.servers import Starter
from api.test_receipts import reproduces

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SETS = ["routellm/mtbench_question.jsonl", "task_labels/komt_bench_questions_ko.jsonl"]


@pytest.mark.parametrize("name", SETS)
def test_two_turn_conversations(start: Starter, name: str) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the data set {name} is not beside this checkout")
    server = start()
    client = server.openai()
    questions = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    seen = []
    for number, question in enumerate(questions):
        messages: list[dict[str, str]] = []
        for turn in question["turns"]:
            messages.append({"role": "user", "content": turn})
            if number % 2:
                pieces = list(client.chat.completions.create(model="auto", messages=messages, stream=True))  # type: ignore[call-overload]
                text = "".join(piece.choices[0].delta.content or "" for piece in pieces)
                seen.append(pieces[-1].model_extra["fungible"]["receipt"])
            else:
                answer = client.chat.completions.create(model="auto", messages=messages)  # type: ignore[call-overload]
                text = answer.choices[0].message.content
                seen.append(answer.model_extra["fungible"]["receipt"])
            assert text
            messages.append({"role": "assistant", "content": text})
    server.ledger.flush()
    kept = [json.loads(body)["id"] for body in server.ledger.receipts()]
    assert len(questions) == 80
    assert kept == sorted(seen)
    assert len(set(seen)) == 160
    assert all(reproduces(server, receipt) for receipt in seen)
