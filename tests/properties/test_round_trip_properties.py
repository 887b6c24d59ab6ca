"""A receipt holds all that its decision was made from: from its bytes alone, decide() gives the same again."""

from typing import Any

import builders
import orjson
from hypothesis import given
from pydantic import TypeAdapter

from properties.strategies import cases
from properties.test_decision_properties import decided
from router.config import from_documents
from router.decision.decide import decide
from router.decision.receipt import settle
from router.ledger.receipt_json import encode
from router.types import Receipt

RECEIPTS = TypeAdapter(Receipt)


@given(cases())
def test_a_decision_is_made_again_from_its_receipt_and_the_documents(case: tuple[Any, ...]) -> None:
    decision, (facts, ask, situation, config) = decided(case), case
    receipt = settle(builders.exchange(decision, facts, ask, situation), builders.ending(decision.chosen), config)
    documents = orjson.loads(orjson.dumps(config.documents))

    restored = RECEIPTS.validate_json(encode(receipt))
    rebuilt = from_documents(documents)

    assert restored == receipt
    assert rebuilt.revision == config.revision == restored.decision.revision
    assert decide(restored.features, restored.ask, restored.situation, rebuilt) == decision
