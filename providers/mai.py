"""The stub labelled MAI-1: brisk and businesslike; it calls no model."""

from collections.abc import Mapping
from typing import Any

from providers.stub.engine import Stub
from providers.stub.settings import read_settings
from providers.stub.voice import Voice, english, korean
from router.types import Provider

VOICE = Voice(
    english(
        5.2,
        "Bottom line, answer: {word}.",
        "The goal is clear and the inputs are sufficient to act on it today.",
        "Cost, time and risk were checked first, because they decide most cases.",
        "Two alternatives were considered and dropped, as neither improved the outcome.",
        "The recommended next step is to apply the answer and measure the effect.",
        "Owners should be named before work starts, and progress reviewed each week.",
        "If the numbers move against the plan, revert quickly and report the reason.",
        "Nothing here depends on information outside the request.",
        "That closes the main points; details can follow where they are needed.",
    ),
    korean(
        4.8,
        "결론부터, 답: {word}.",
        "목표가 분명하고 바로 실행하기에 충분한 정보가 있습니다.",
        "비용과 시간과 위험을 먼저 점검했습니다.",
        "대안 두 가지를 검토했으나 결과가 나아지지 않아 제외했습니다.",
        "다음 단계는 이 답을 적용하고 효과를 측정하는 것입니다.",
        "작업 전에 담당자를 정하고 매주 진행 상황을 확인하십시오.",
        "수치가 계획과 어긋나면 신속히 되돌리고 이유를 보고하십시오.",
        "요청에 없는 정보는 사용하지 않았습니다.",
        "핵심은 이상이며 세부 사항은 필요할 때 보완하겠습니다.",
    ),
)


def create(settings: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    return Stub(VOICE, read_settings(settings))
