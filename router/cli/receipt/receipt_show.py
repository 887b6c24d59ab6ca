"""`fungible receipt show`: a receipt from the ledger, decided again."""

import sys
from contextlib import closing

import orjson
from pydantic import TypeAdapter

from router.cli.output import print_json
from router.cli.receipt.receipt_page import show
from router.cli.responsive_table import output_console
from router.config import from_documents
from router.config.revision import revision as revision_of
from router.decision.decide import decide
from router.errors import NotFound
from router.ids import receipt_id
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.ledger.log.merkle_log import pruned_error
from router.types import Receipt

WHERE = " It may be in another data folder: name that with --data."
RECEIPT: TypeAdapter[Receipt] = TypeAdapter(Receipt)


def run(id: str, place: Place, *, as_json: bool) -> None:  # noqa: A002
    """Print it, and say on standard error whether its decision is reproduced; exit code 1 where it is not."""
    id = receipt_id(id)  # noqa: A001
    if not place.has_ledger():
        raise NotFound(f"No receipt has the id {id!r}: there is no ledger at {place}.")
    with closing(place.ledger()) as ledger:
        if (entry := ledger.pruned(id)) is not None:
            raise pruned_error(id, entry)
        if (body := ledger.receipt(id)) is None:
            raise NotFound(f"No receipt has the id {id!r} in {place}.{WHERE}")
        receipt = RECEIPT.validate_json(body)
        damage = _damage(receipt, ledger)
        same = damage is None and reproduces(receipt, ledger)
    if as_json:
        print_json(orjson.loads(body))
    else:
        show(output_console(), receipt)
    words = f"NOT decided again: {damage}" if damage else f"decided again: {'' if same else 'NOT '}the same"
    print(words, file=sys.stderr)  # noqa: T201
    sys.exit(0 if same else 1)


def _damage(receipt: Receipt, ledger: DatabaseLedger) -> str | None:
    """What the ledger no longer has as it was, so that the receipt can't be blamed."""
    revision = receipt.decision.revision
    documents = ledger.configuration(revision)
    if documents is None:
        return f"the ledger does not keep the configuration of revision {revision}"
    if revision_of(documents) != revision:
        return f"the configuration of revision {revision} was changed in the ledger; `fungible ledger verify` says more"
    return None


def reproduces(receipt: Receipt, ledger: DatabaseLedger) -> bool:
    """Whether decide() makes the same decision from what the receipt recorded."""
    documents = ledger.configuration(receipt.decision.revision)
    if documents is None:
        return False
    again = decide(receipt.features, receipt.ask, receipt.situation, from_documents(documents))
    return again == receipt.decision
