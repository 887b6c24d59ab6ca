"""A service with a governed ramp in shadow, in a folder."""

import asyncio
from pathlib import Path
from typing import Any

from router.api.assembly import assemble, govern
from router.config import load
from router.config.ramps.ramp_shares import with_shares
from router.ledger import SqliteLedger
from router.ramps import Order
from router.serving.ramps.ramp_controller import RampController
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.types import Access, Author, ChatRequest, Message

RAMPS = """ramps:
  - name: to-mai
    because: a test
    original: gpt-5
    substitute: mai-1
    steps: [{share: 0.5, after: 0 s}, 1]
    shadow: {sample: SAMPLE, judge: JUDGE, budget: BUDGET USD}
  - {name: by-hand, because: x, original: phi-4, substitute: phi-4-mini, share: 1}
"""
KIM = Author("kim", "command")


class House:
    """A service with a governed ramp in shadow."""

    def __init__(self, folder: Path, sample: str = "1", judge: str = "truth", budget: str = "50") -> None:
        text = RAMPS.replace("SAMPLE", sample).replace("JUDGE", judge).replace("BUDGET", budget)
        (folder / "ramps.yaml").write_text(text, encoding="utf-8")
        self.files = load(folder)
        self.ledger = SqliteLedger(folder / "ledger.sqlite3")
        self.service: Service = assemble(self.files, self.ledger)
        self.governor: RampController = govern(self.service, self.ledger)
        for word in ("approve", "start"):
            self.governor.obey("to-mai", Order(word, KIM))  # type: ignore[arg-type]
        self.take_up()

    def take_up(self) -> None:
        self.governor.look()
        self.service.put_in_force(with_shares(self.files, self.governor.shares()), self.service.active.providers)

    def ask(self, *texts: str, model: str = "gpt-5", access: Access | None = None, **more: Any) -> list[str]:
        """Ask, and wait for the pairs."""

        async def go() -> list[str]:
            answers = []
            for text in texts or ("hi",):
                request = ChatRequest(model, (Message("user", text),), **more)
                terms = RequestContext("t", "any", access=access)
                async with await self.service.answered(request, terms) as answer:
                    answers.append("".join([chunk.text async for chunk in answer]))
            await self.governor.pairing.settle()
            return answers

        return asyncio.run(go())

    def pairs(self) -> list[dict[str, Any]]:
        self.governor.tick()
        return self.governor.store.pairs("to-mai")
