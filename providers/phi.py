"""The stub labelled Phi: terse and small; it calls no model."""

from collections.abc import Mapping
from typing import Any

from providers.stub.engine import Stub
from providers.stub.settings import read_settings
from providers.stub.voice import Voice, english, korean
from router.types import Provider

VOICE = Voice(
    english(
        4.4,
        "Answer: {word}.",
        "Read the question twice.",
        "Kept only what matters.",
        "Checked the simple case first.",
        "It holds there.",
        "Checked the edge case next.",
        "It holds there too.",
        "No step was skipped.",
        "Short is enough.",
    ),
    korean(
        3.85,
        "답: {word}.",
        "질문을 두 번 읽음.",
        "중요한 것만 남김.",
        "쉬운 경우부터 확인함.",
        "문제 없음.",
        "어려운 경우도 확인함.",
        "역시 문제 없음.",
        "건너뛴 단계 없음.",
        "짧게 마침.",
    ),
)


def create(settings: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    return Stub(VOICE, read_settings(settings))
