"""What is for a time is listed with whether it is in force; each part once."""

from dataclasses import replace
from datetime import date

from router.config import load
from router.config.load import with_policies
from router.policy.temporary_parts import temporary
from router.types import MINUTES_A_DAY

TEXT = """default: p
guards: [{name: out, because: x, when: {until: "2026-12-01 12:00"}, never: {model: gpt-5}}]
policies:
  p:
    because: x
    band: 0
    rules:
      - {name: week, because: x, when: {from: "2026-12-02", until: "2026-12-04 18:00", task: chat}, set: {band: 0.1}}
      - {name: always, because: x, when: {task: chat}, set: {band: 0.1}}
    budgets:
      - name: month
        limit: 10 USD
        per: month
        raise: {to: 20 USD, until: "2026-11-30"}
        steps: [{at: 50 %, then: warn}, {at: 100 %, then: deny}]
      - {name: plain, limit: 1 USD, per: day}
  q: {extends: p, because: x}
"""


def test_each_part_is_listed_once_with_its_standing() -> None:
    shipped = with_policies(load(), TEXT.encode())
    first = replace(shipped.models[0], retires=date(2026, 12, 31), successor="mai-1")
    config = replace(shipped, models=(first, *shipped.models[1:]))
    at = {day: MINUTES_A_DAY * date(2026, 12, day).toordinal() for day in (1, 3, 31)}
    lines = {day: [part.sentence for part in temporary(config, moment)] for day, moment in at.items()}
    assert lines[1] == [
        "p: rule week, from 2026-12-02 until 2026-12-04 18:00: to come",
        "p: guard out, until 2026-12-01 12:00: in force",
        "p: raise month, until 2026-11-30: over",
        "model gpt-5 (then mai-1), until 2026-12-30: in force",
    ]
    assert [line.rpartition(": ")[2] for line in lines[3]] == ["in force", "over", "over", "in force"]
    assert lines[31][-1].endswith("over")
    assert temporary(load(), at[1]) == ()
