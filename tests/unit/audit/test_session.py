"""A session: an interrupt leaves a signed transcript, the cap holds, and an endpoint's words keep no key."""

from decimal import Decimal
from pathlib import Path

import pytest
from audit_endpoint import endpoint, plain

from router.audit.audit_budget import FREE, CallPrice, Purse, cap_from, price_from
from router.audit.audit_plan import Wish
from router.audit.endpoint_client import CallFailed, Endpoint
from router.audit.session import Session, Step
from router.audit.sides import Live
from router.audit.standing import finish
from router.audit.transcripts.transcript import Transcript
from router.audit.transcripts.verify_transcript import verify_transcript
from router.audit.wire_shapes import Parameters
from router.errors import BadRequest, Conflict, ProofError
from router.evidence.matched import MatchedTest
from router.transparency.note import LOG, SecretKey

KEY = SecretKey("a-test", LOG, b"k" * 32)
OTHER_KEY = SecretKey("a-test", LOG, b"o" * 32)


def session(url: str, path: Path, purse: Purse, price: CallPrice = FREE, protocol: str = "openai") -> Session:
    wish = Wish(model="model-a", prompts=("one", "two"), calls=40, seed=b"s" * 32, secret=b"t" * 32)
    side = Live(Endpoint(url, "model-a", protocol=protocol), price)  # type: ignore[arg-type]
    return Session(wish, side, side, MatchedTest(1e-6), purse, Transcript(path, "a-test/1", KEY))


def test_an_interrupt_leaves_a_transcript_that_verifies(tmp_path: Path) -> None:
    def interrupt(step: Step) -> None:
        if step.rounds == 7:
            raise KeyboardInterrupt

    with endpoint(plain()) as asked:
        one = session(asked.url, tmp_path / "t", Purse(None), protocol="anthropic")
        one.pilot()
        stop = one.run(interrupt)
    report = finish(one, stop, len, None)
    assert (report.stop, report.end, report.rounds) == ("interrupted", "inconclusive", 7)
    verified = verify_transcript(tmp_path / "t", KEY.public)
    assert (verified.end, verified.rounds, verified.unsigned) == ("inconclusive", 7, 0)
    with pytest.raises(ProofError, match="not signed by"):
        verify_transcript(tmp_path / "t", OTHER_KEY.public)
    with pytest.raises(Conflict, match="never written over"):
        Transcript(tmp_path / "t", "a-test/1", KEY)


def test_costs_are_usage_times_price_and_a_call_without_usage_costs_its_worst(tmp_path: Path) -> None:
    price = CallPrice(Decimal(1), Decimal(2))
    for usage, spent in ((True, (8 + 80) * (10 + 2 * 20)), (False, None)):
        with endpoint(plain(), usage=usage) as asked:
            one = session(asked.url, tmp_path / str(usage), Purse(None), price)
            one.pilot()
            assert one.run() == "calls"
        worst = (8 + 80) * price.worst("one", 256)
        assert one.purse.spent == (worst if spent is None else spent)
        one.transcript.close()


def test_a_hold_is_refused_once_it_would_pass_the_cap() -> None:
    purse = Purse(Decimal(10))
    assert purse.hold(Decimal(6))
    assert not purse.hold(Decimal(5))
    purse.settle(Decimal(6), Decimal(2))
    assert purse.hold(Decimal(8))
    purse.forfeit()
    assert purse.spent == Decimal(10)
    assert not purse.hold(Decimal(1))
    assert cap_from("$1.5") == cap_from("1.5 usd") == Decimal(1_500_000)
    for wrong in ("-1USD", "0", "NaN", "x"):
        with pytest.raises(BadRequest):
            cap_from(wrong)
    for wrong in ("1", "1/x", "-1/2", "1/Infinity"):
        with pytest.raises(BadRequest):
            price_from(wrong, "--price")


def test_a_refusal_hides_the_key_and_costs_nothing() -> None:
    with endpoint(plain(), broken=1) as asked:
        side = Endpoint(asked.url, "model-a", key="sk-secret")
        with pytest.raises(CallFailed) as failed:
            side.ask("one", Parameters())
    assert "sk-secret" not in failed.value.sentence and "broken" in failed.value.sentence
    assert not failed.value.may_be_charged
    assert "sk-secret" not in repr(side)
    assert asked.heads[0]["authorization"] == "Bearer sk-secret"


def test_what_is_asked_is_what_each_protocol_takes() -> None:
    wanted = Parameters(max_tokens=9, temperature=0.5, system="be short")
    with endpoint(plain()) as asked:
        Endpoint(asked.url, "model-a").ask("one", wanted)
        Endpoint(asked.url, "model-a", protocol="anthropic", key="k").ask("one", wanted)
    openai, anthropic = asked.asked
    assert openai["messages"][0] == {"role": "system", "content": "be short"}
    assert anthropic["system"] == "be short" and len(anthropic["messages"]) == 1
    assert openai["max_tokens"] == anthropic["max_tokens"] == 9
    assert asked.heads[1]["x-api-key"] == "k"


@pytest.mark.parametrize("url", ["ftp://x/v1", "http:///v1", "http://me:secret@x/v1"])
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Endpoint(url, "m")
    assert "secret" not in refused.value.message or "me:" not in refused.value.message
