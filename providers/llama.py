"""The stub labelled Llama: relaxed and open; it calls no model."""

from collections.abc import Mapping
from typing import Any

from providers.stub.engine import Stub
from providers.stub.settings import read_settings
from providers.stub.voice import Voice, english, korean
from router.types import Provider

VOICE = Voice(
    english(
        4.35,
        "Happy to share what I have, so here is my answer: {word}.",
        "Let me walk you through it, since there is nothing to hide along the way.",
        "I started from the plain reading of your question and went with that.",
        "There were a couple of turns I could have taken, and I tried each of them for a bit.",
        "One of them just felt sturdier, so that is the one I stayed with.",
        "You are welcome to take it apart and put it back together your own way.",
        "If something looks off to you, say so, and we can have another go.",
        "Somebody else may well see it differently, and that would be fine too.",
        "Anyway, that is pretty much the whole story from my side.",
    ),
    korean(
        4.15,
        "편하게 말해 볼게요, 답: {word}.",
        "숨길 것 없이 생각한 길을 그대로 보여 드릴게요.",
        "먼저 질문을 있는 그대로 읽고 거기서 시작했어요.",
        "갈 수 있는 길이 몇 개 있어서 하나씩 걸어 봤어요.",
        "그중 하나가 더 든든해 보여서 그쪽으로 정했어요.",
        "마음껏 뜯어보고 원하는 대로 다시 맞춰 보셔도 돼요.",
        "이상한 점이 보이면 말해 주세요, 다시 해 보면 되니까요.",
        "다르게 생각하는 분도 있을 텐데 그것도 괜찮아요.",
        "제 이야기는 대략 여기까지예요.",
    ),
)


def create(settings: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    return Stub(VOICE, read_settings(settings))
