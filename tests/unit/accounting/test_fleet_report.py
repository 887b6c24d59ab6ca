"""The order of refusal as it was kept, the matrix of models and generations, and how both are told."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest

from router.accounting.contracts.terms import Buyer, Terms
from router.accounting.fleet.fleet_report import FleetReport, plain_fleet
from router.accounting.fleet.gpu_matrix import matrix
from router.accounting.fleet.offer_counts import Order, Place, Record, Refusals
from router.accounting.settled_request import offers_of, place_of
from router.types import Config, Deployment
from unit.money_samples import COSTS, DAY, TERM, gpu, house

OLD: dict[str, Any] = {"name": "old", "model": "part", "provider": "p", "gpu": "A", "cloud": "X", "region": "us"}
NEW: dict[str, Any] = {"name": "new", "model": "part", "provider": "p", "gpu": "B", "capacity": {"in_flight": 2}}
GPUS: dict[str, Any] = {
    "A": [{**TERM, "rate": 1, "speed": 0.5}],
    "B": [{**TERM, "rate": 6, "speed": 4, "status": "assumed"}, {**TERM, "since": "2026-07-01", "rate": 5, "speed": 4}],
}
CONFIG = house({"gpus": GPUS}, deployments=[OLD, NEW])


def receipt(config: Config, served: str | None = "part", at: str = "", **changes: Any) -> dict[str, Any]:
    """What the counting reads of a receipt; `offers` as pairs."""
    offers = [{"deployment": name, "answer": answer} for name, answer in changes.pop("offers", ())]
    plain: dict[str, Any] = {
        "decision": {"revision": config.revision},
        "situation": {"day": "2026-06-15"},
        "offers": offers,
        "served": served,
        "usage": {"input_tokens": 10, "output_tokens": 5} if served else None,
        "attempts": [{"model": served, "deployment": at}] if served else [],
    }
    return {**plain, **changes}


def counted(current: Config, *receipts: dict[str, Any], config_of: Any = None) -> Refusals:
    refusals = Refusals(current, config_of or (lambda revision: pytest.fail(f"{revision} is in force")))
    for receipt in receipts:
        refusals.add(receipt)
    return refusals


SPILLED = receipt(CONFIG, "part", "new", offers=[("old", "full"), ("new", "taken")])


def test_each_deployment_has_what_it_was_offered_and_what_it_served() -> None:
    report = counted(
        CONFIG,
        receipt(CONFIG, "part", "old", offers=[("old", "taken")]),
        SPILLED,
        SPILLED,
        receipt(CONFIG, "own", "own", offers=[("old", "region"), ("new", "ejected"), ("own", "taken")]),
        receipt(CONFIG, None, offers=[("old", "full"), ("new", "full")], situation={"day": "2026-06-17"}),
    )
    part, own = report.orders()
    old, new = part.places
    assert (old.deployment.name, old.record) == ("old", Record(1, 3, 0, 1, 1, 10, 5))
    assert (new.deployment.name, new.record) == ("new", Record(2, 1, 1, 0, 2, 20, 10))
    assert (old.record.offered, old.record.share_taken, new.record.share_taken) == (5, 0.2, 0.5)
    assert part.total == Record(3, 4, 1, 1, 3, 30, 15)
    assert (own.at_one_place, part.at_one_place, own.total) == (True, False, Record(1, 0, 0, 0, 1, 10, 5))
    assert (report.requests, report.unanswered, report.days) == (5, 1, ("2026-06-15", "2026-06-17"))


def test_a_model_that_is_deployed_is_there_before_anything_is_logged() -> None:
    (part,) = counted(CONFIG).orders()
    assert [place.record.share_taken for place in part.places] == [None, None]
    assert counted(house()).orders() == ()


def test_a_deployment_that_is_gone_keeps_its_model_and_its_place() -> None:
    other = house({"gpus": GPUS}, deployments=[{**OLD, "name": "new", "model": "own"}])
    report = counted(other, SPILLED, receipt(CONFIG, "part", "old"), config_of={CONFIG.revision: CONFIG}.__getitem__)
    part, own = report.orders()
    assert [(place.deployment.name, place.gone, place.record.answered) for place in part.places] == [
        ("part", False, 0),
        ("old", True, 1),
        ("new", True, 1),
    ]
    assert part.places[1].deployment == CONFIG.deployments[0]
    assert own == Order("own", (Place(other.deployments[0], Record()),)), "another deployment of the same name"


def test_what_no_configuration_knows_is_counted_where_it_answered() -> None:
    lost = receipt(CONFIG, "lost", "", offers=[("nowhere", "taken")])
    part, forgotten = counted(CONFIG, lost).orders()
    assert part.total == Record()
    assert forgotten == Order("lost", (Place(Deployment("lost", "lost", ""), Record(0, 0, 0, 0, 1, 10, 5), gone=True),))


def test_older_receipts_name_models_alone_and_tell_offers_in_words() -> None:
    words = ["Offer(deployment='a-b', answer='full')", "Offer(deployment=\"it's\", answer='taken')", "something else"]
    assert list(offers_of({"offers": words})) == [("a-b", "full"), ("it's", "taken")]
    assert list(offers_of({})) == []
    assert place_of({"attempts": [{"model": "m"}], "served": "m"}) == "m"
    assert place_of({"attempts": [], "served": None}) == ""


def test_the_matrix_has_the_tokens_of_an_hour_and_the_rates_of_the_books() -> None:
    table = matrix(CONFIG, DAY)
    assert [generation.name for generation in table.generations] == ["A", "B"]
    assert [line.model for line in table.lines] == ["part", "own", "free"]
    part = table.lines[0]
    # 0.05 hours in and 1 hour out for a million tokens.
    assert [(cell.input, cell.output) for cell in part.cells] == [(10**7, 500_000), (8 * 10**7, 4 * 10**6)]
    assert [cell.deployments for cell in part.cells] == [("old",), ("new",)]
    terms = Terms(CONFIG, CONFIG, set())
    for cell in part.cells:
        (name,) = cell.deployments
        assert terms.supply("part", DAY, Buyer(), name).gpu == cell.rates
    assert [cell.rates.output for cell in part.cells] == [4, 3]
    assert matrix(CONFIG, date(2026, 7, 1)).lines[0].cells[1].rates.output == Decimal("2.5")


def test_what_the_matrix_rests_on_and_leaves_open() -> None:
    contracts = {"gpus": GPUS, "costs": {**COSTS, "own": [], "free": [gpu(0, 1, status="assumed")]}}
    later = {**OLD, "name": "later", "gpu": "C"}
    table = matrix(house(contracts, deployments=[OLD, later, {**later, "name": "again"}]), DAY)
    assert table.unknown == ("own",)
    assert table.unpriced == ("C",)
    assert table.lines[1].cells[0].input is None, "what takes no time has no end"
    assert {(footing.subject, footing.status) for footing in table.footings} == {
        ("GPU-hours of part", "signed"),
        ("GPU-hours of free", "assumed"),
        ("speed and rate of A", "signed"),
        ("speed and rate of B", "assumed"),
    }


def test_without_generations_there_is_one_column_of_the_gpus_that_costs_state() -> None:
    table = matrix(house(deployments=[OLD]), DAY)
    assert [(generation.name, generation.known) for generation in table.generations] == [("", None)]
    assert table.unpriced == ()
    assert (table.lines[0].cells[0].output, table.lines[0].cells[0].rates.output) == (10**6, 4)
    assert len(table.footings) == 3
    # A generation that has not begun is none.
    assert matrix(CONFIG, date(2025, 1, 1)).generations == table.generations


def test_it_is_told_as_plain_data_with_every_digit() -> None:
    contracts = {"gpus": GPUS, "costs": {"part": [gpu(0.3, 0)]}}
    config = house(contracts, deployments=[OLD, NEW])
    counts = counted(config, {**SPILLED, "decision": {"revision": config.revision}})
    report = FleetReport(None, None, counts.days, 1, 0, counts.orders(), matrix(config, DAY))
    body = orjson.loads(orjson.dumps(plain_fleet(report)))
    assert (body["object"], body["requests"], body["days"]) == ("fungible.fleet", 1, ["2026-06-15", "2026-06-15"])
    (part,) = body["models"]
    assert (part["model"], part["offered"], part["taken"], part["full"]) == ("part", 2, 1, 1)
    old, new = part["deployments"]
    assert (old["order"], old["region"], old["cloud"], old["gpu"], old["share_taken"]) == (1, "us", "X", "A", 0.0)
    assert (new["order"], new["region"], new["cloud"], new["capacity"]["in_flight"]) == (2, None, None, 2)
    assert (new["barred_by_region"], new["answered"], new["input_tokens"], new["output_tokens"]) == (0, 1, 10, 5)
    table = body["matrix"]
    assert (table["day"], table["unknown_models"]) == ("2026-06-15", ["own", "free"])
    assert table["generations"][1] == {
        "gpu": "B",
        "usd_per_hour": "6",
        "speed": "4",
        "since": "2026-01-01",
        "status": "assumed",
        "source": "a test",
    }
    assert table["models"][0]["generations"][0] == {
        "gpu": "A",
        "input_tokens_per_gpu_hour": "1666666.666666666667",
        "output_tokens_per_gpu_hour": None,
        "usd_per_million_input_tokens": "1.2",
        "usd_per_million_output_tokens": "0",
        "usd_per_million_cached_input_tokens": "0",
        "deployments": ["old"],
    }
    assert report.offered == 2
