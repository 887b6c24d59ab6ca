"""`fungible receipt show`: a receipt from the ledger, decided again."""

import sys
from contextlib import closing

import orjson
from pydantic import TypeAdapter

from router.config import from_documents
from router.decision.decide import decide
from router.errors import NotFound
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.types import Receipt

RECEIPT: TypeAdapter[Receipt] = TypeAdapter(Receipt)


def run(id: str, place: Place) -> None:  # noqa: A002
    """Print it, and say on standard error whether its decision is reproduced; exit code 1 where it is not."""
    if not place.has_ledger():
        raise NotFound(f"No receipt has the id {id!r}: there is no ledger at {place}.")
    with closing(place.ledger()) as ledger:
        if (body := ledger.receipt(id)) is None:
            raise NotFound(f"No receipt has the id {id!r} in {place}.")
        same = reproduces(RECEIPT.validate_json(body), ledger)
    sys.stdout.buffer.write(orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2) + b"\n")
    print("decided again: the same" if same else "decided again: NOT the same", file=sys.stderr)  # noqa: T201
    sys.exit(0 if same else 1)


def reproduces(receipt: Receipt, ledger: DatabaseLedger) -> bool:
    """Whether decide() makes the same decision from what the receipt recorded."""
    documents = ledger.configuration(receipt.decision.revision)
    if documents is None:
        return False
    again = decide(receipt.features, receipt.ask, receipt.situation, from_documents(documents))
    return again == receipt.decision
