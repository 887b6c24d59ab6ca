"""Official clients pass over the pings of a stream that takes its time, and read what fails in it."""

import anthropic
import openai
import pytest

from api.servers import Starter
from api.test_failures import scripted
from router.errors import ProviderError
from router.serving.limits import Limits
from router.types import Chunk

LIMITS = Limits(ping_s=0.02, deadline_s=20)
USER = [{"role": "user", "content": "hello"}]
SLOW = [0.2, Chunk(0, "late"), 0.1, Chunk(0, " words"), Chunk(0, "", None, "stop")]
FAILS = [0.2, ProviderError("rejected", "no such thing")]


def test_openais_client_reads_both_apis(start: Starter) -> None:
    client = scripted(start, {"gpt-5": SLOW}, LIMITS)[0].openai()
    pieces = client.chat.completions.create(model="gpt-5", messages=USER, stream=True)  # type: ignore[call-overload]
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices) == "late words"
    with client.responses.stream(model="gpt-5", input="hello") as stream:
        assert stream.get_final_response().output_text == "late words"


def test_anthropics_client_reads_it(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": SLOW}, LIMITS)
    with (
        anthropic.Anthropic(base_url=running.url, api_key="none", max_retries=0) as client,
        client.messages.stream(model="gpt-5", max_tokens=9, messages=USER) as stream,  # type: ignore[arg-type]
    ):
        assert stream.get_final_text() == "late words"


def test_a_failure_after_a_ping_is_an_error_of_the_clients_own(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": FAILS}, LIMITS)
    client = running.openai()
    with pytest.raises(openai.APIError, match="no such thing"):
        list(client.chat.completions.create(model="gpt-5", messages=USER, stream=True))  # type: ignore[call-overload]
    events = list(client.responses.create(model="gpt-5", input="hello", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None
    assert events[-1].response.error.code == "invalid_prompt"
    with (
        anthropic.Anthropic(base_url=running.url, api_key="none", max_retries=0) as other,
        pytest.raises(anthropic.APIStatusError, match="no such thing"),
        other.messages.stream(model="gpt-5", max_tokens=9, messages=USER) as stream,  # type: ignore[arg-type]
    ):
        stream.get_final_text()
