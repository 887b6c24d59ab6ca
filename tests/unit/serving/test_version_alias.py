"""A name over versions while a server runs: a newer version is let in by kind of work, and receipts say which."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.api.assembly import assemble, govern
from router.api.model_listing import listing
from router.config import load
from router.config.load import from_documents
from router.config.ramps.ramp_shares import with_shares
from router.decision.decide import decide
from router.decision.receipt import substituted
from router.errors import Forbidden
from router.ledger import SqliteLedger
from router.serving.request_context import RequestContext
from router.types import Access, ChatRequest, Message, Permit, Receipt

ALIASES = """aliases:
  everyday:
    because: a test
    versions: [gpt-5-nano, gpt-5, gpt-5-mini]
    never_worse: {margin: 0.3, alpha: 0.5, give_up: 4000}
    tasks: [coding, chat]
    steps: [{share: 0.5, after: 0 s, pairs: 1}, {share: 1, after: 0 s, pairs: 1}]
    after: 0 s
    pairs: 1
    shadow: {sample: 1, judge: truth, budget: 5 USD}
"""
CODING = "Write a Python function that sorts a list of numbers, number {}."


class House:
    """A service with an alias, in a folder."""

    def __init__(self, folder: Path) -> None:
        (folder / "aliases.yaml").write_text(ALIASES, encoding="utf-8")
        self.ledger = SqliteLedger(folder / "ledger.sqlite3")
        self.service = assemble(load(folder), self.ledger)
        self.governor = govern(self.service, self.ledger)
        self.tick()

    def tick(self) -> None:
        self.governor.tick()
        self.governor.look()
        config = with_shares(self.governor.files, self.governor.shares())
        self.ledger.keep(config)
        self.service.put_in_force(config, self.service.active.providers)

    def ask(self, count: int, text: str = CODING, access: Access | None = None, consent: Any = None) -> list[Receipt]:
        async def go() -> list[Receipt]:
            receipts = []
            for number in range(count):
                request = ChatRequest("everyday", (Message("user", text.format(number)),))
                context = RequestContext("t", consent, access=access)
                async with await self.service.answered(request, context) as answer:
                    async for _ in answer:
                        pass
                assert answer.receipt is not None
                receipts.append(answer.receipt)
                await self.governor.pairing.settle()
            return receipts

        return asyncio.run(go())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.ledger.close()


def test_a_newer_version_comes_in_on_one_kind_of_work_and_the_next_is_tried_against_it(house: House) -> None:
    (first,) = house.ask(1)
    assert (first.asked, first.served, first.decision.reason) == ("everyday", "gpt-5-nano", "asked")
    assert first.notes == ("alias:everyday->gpt-5-nano", "version:coding:first")
    assert first.decision.ramp is not None
    assert first.decision.ramp.ramp == "everyday:coding:gpt-5-nano:gpt-5"
    assert not substituted(first)
    for _ in range(6):
        house.ask(12)
        house.tick()
        if any(":gpt-5:gpt-5-mini" in name for name in house.governor.shares()):
            break
    (after,) = house.ask(1)
    assert (after.ask.model, after.decision.baseline) == ("gpt-5", "gpt-5")
    assert after.decision.ramp is not None
    assert after.decision.ramp.ramp == "everyday:coding:gpt-5:gpt-5-mini"
    (chat,) = house.ask(1, "hi there")
    assert (chat.features.task, chat.ask.model) == ("chat", "gpt-5-nano")
    kept = from_documents(house.service.config.documents)
    again = decide(after.features, after.ask, after.situation, kept)
    assert (kept.revision, again) == (after.decision.revision, after.decision)


def test_only_its_own_versions_answer_and_keys_and_consent_bind_as_ever(house: House) -> None:
    (receipt,) = house.ask(1)
    codes = {candidate.model: (candidate.code, candidate.detail) for candidate in receipt.decision.candidates}
    assert codes["mai-1"] == codes["gpt-5-mini"] == ("not_allowed", "alias everyday")
    assert receipt.decision.fallbacks == ("gpt-5",)
    (exact,) = house.ask(1, consent="exact")
    assert (exact.decision.consent, exact.decision.ramp, exact.decision.fallbacks) == ("exact", None, ())
    key = Access("k", permit=Permit(models=("gpt-5", "mai-1")))
    (bound,) = house.ask(1, access=key)
    assert (bound.served, bound.decision.reason) == ("gpt-5", "asked_unavailable")
    with pytest.raises(Forbidden, match="alias 'everyday'"):
        house.ask(1, access=Access("k", permit=Permit(models=("mai-1",))))


def test_it_is_listed_for_whoever_may_use_it(house: House) -> None:
    config = house.service.config
    assert [row["fungible"] for row in listing(config) if row["id"] == "everyday"] == [
        {"kind": "alias", "versions": ("gpt-5-nano", "gpt-5", "gpt-5-mini"), "because": "a test"}
    ]
    assert "everyday" not in {row["id"] for row in listing(config, Access("k", permit=Permit(models=("mai-1",))))}
