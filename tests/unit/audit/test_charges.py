"""What was billed for which name: every answer in one row, at the price of what was asked for and of what is named."""

from decimal import Decimal

from router.audit.audit_budget import CallPrice
from router.audit.checks.charges import NO_NAME, charges
from router.audit.endpoint_client import Reply
from router.audit.wire_shapes import Said

DEAR, CHEAP = CallPrice(Decimal(10), Decimal(20)), CallPrice(Decimal(1), Decimal(2))


def reply(model: str | None, tokens: int | None = 5, cost: str | None = None) -> Reply:
    said = Said(
        text="x", model=model, input_tokens=10, output_tokens=tokens, finish="stop",
        cost_usd=None if cost is None else Decimal(cost),
    )  # fmt: skip
    return Reply(said, {}, 0.1)


def test_each_name_has_a_row_with_both_prices() -> None:
    replies = [*[reply("gpt-5-2025-08-07", cost="0.0002")] * 3, *[reply("small")] * 2, reply("unlisted"), reply(None)]
    rows = {row.name: row for row in charges("gpt-5", replies, DEAR, {"small": CHEAP}.get)}
    assert sum(row.answers for row in rows.values()) == len(replies)
    assert rows["gpt-5-2025-08-07"].as_named == rows["gpt-5-2025-08-07"].as_asked == 3 * (10 * 10 + 5 * 20)
    assert rows["gpt-5-2025-08-07"].said == Decimal("600.0000")
    assert (rows["small"].as_asked, rows["small"].as_named) == (400, 40)
    assert (rows["unlisted"].as_named, rows["unlisted"].said) == (None, None)
    assert rows[NO_NAME].as_named == 200


def test_without_usage_or_price_no_money_is_made_up() -> None:
    (row,) = charges("gpt-5", [reply("small"), reply("small", tokens=None)], DEAR, {"small": CHEAP}.get)
    assert (row.as_asked, row.as_named, row.output_tokens) == (None, None, 5)
    (row,) = charges("gpt-5", [reply("gpt-5")], None, {}.get)
    assert row.as_asked is None
