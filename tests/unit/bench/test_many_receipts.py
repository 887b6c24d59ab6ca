"""A ledger that is filled for a benchmark holds what a server would have written."""

from datetime import UTC, datetime, timedelta

import pytest

from router.bench.page import many_receipts
from router.ledger import SqliteLedger
from router.ledger.index import ReceiptIndex
from router.ledger.index.arm_sums import arm_sums
from router.ledger.index.figures import figures, span_of
from router.reports import configuration, parse_receipt


def test_receipts_are_spread_over_a_month_and_decide_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_receipts, "KINDS", 150)
    ledger, now = SqliteLedger(), datetime.now(UTC)
    many_receipts.fill(ledger, many_receipts.ramped(), 300)
    index = ReceiptIndex(ledger)
    assert index.catch_up(30).skipped == 0
    total = figures(index, span_of(now - timedelta(days=31), now + timedelta(hours=1)))["total"]
    assert (total["requests"], total["answered"]) == (300, 300)
    assert set(arm_sums(index, many_receipts.RAMP["name"], 0, 2**40)) >= {"moved", "holdback"}
    bodies = [parse_receipt(body) for body in ledger.receipts()]
    assert (bodies[-1].time - bodies[0].time).days == many_receipts.DAYS - 1
    assert len({each.id for each in bodies}) == 300
    assert configuration(ledger, bodies[0].decision.revision).ramps[0].name == many_receipts.RAMP["name"]
    index.close()
    ledger.close()
