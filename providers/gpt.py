"""The stub labelled GPT: polished and structured; it calls no model."""

from collections.abc import Mapping
from typing import Any

from providers.stub.engine import Stub
from providers.stub.settings import read_settings
from providers.stub.voice import Voice, english, korean
from router.types import Provider

VOICE = Voice(
    english(
        5.0,
        "In short, the answer: {word}.\n\n",
        "Here is the reasoning behind it, set out in order.\n\n",
        "- The question was read in full, and its key terms were separated from the background.\n",
        "- The constraints were listed, so that nothing essential would be overlooked.\n",
        "- Each option was weighed against those constraints, one at a time.\n",
        "- The option that satisfied all of them was kept, and the others were set aside.\n\n",
        "Taken together, these steps support the conclusion that was stated at the beginning.",
        "A careful reader may still wish to confirm the assumptions before relying on the result.",
        "Should any of those assumptions change, the same steps can be repeated without difficulty.\n\n",
    ),
    korean(
        4.45,
        "요약하면, 답: {word}.\n\n",
        "그렇게 판단한 근거를 순서대로 정리하겠습니다.\n\n",
        "- 먼저 질문 전체를 읽고 핵심 용어를 배경 설명과 구분했습니다.\n",
        "- 다음으로 지켜야 할 조건을 빠짐없이 나열했습니다.\n",
        "- 각 선택지를 그 조건에 하나씩 비추어 검토했습니다.\n",
        "- 모든 조건을 만족하는 선택지만 남기고 나머지는 제외했습니다.\n\n",
        "이 과정을 종합하면 처음에 말씀드린 결론이 뒷받침됩니다.",
        "다만 결과를 활용하기 전에 전제를 한 번 더 확인하시기를 권합니다.",
        "전제가 달라지더라도 같은 순서로 다시 검토할 수 있습니다.\n\n",
    ),
)


def create(settings: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    return Stub(VOICE, read_settings(settings))
