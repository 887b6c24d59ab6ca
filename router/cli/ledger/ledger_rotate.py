"""`fungible ledger rotate`: a new key takes over from the old one."""

from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.ledger.location import Place


def run(place: Place, *, as_json: bool) -> None:
    """Rotate, and say what verifiers need."""
    with opened(place) as ledger:
        new = ledger.log.rotate()
        first = ledger.log.identity().first
    if as_json:
        print_json({"key": str(new), "first": str(first)})
    else:
        print(f"heads are now signed by {new}\nwhoever holds {first} still verifies: the old key announced it")  # noqa: T201
