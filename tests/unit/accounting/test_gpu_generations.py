"""On which GPUs a request is priced: where it was served, where another model would have been, and what nobody says."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from router.accounting.contracts.terms import Buyer, Footing, Terms
from router.accounting.fleet.gpu_generations import Generations, Likely
from router.types import Config
from unit.money_samples import DAY, TERM, booked, gpu, house, settled

GPUS: dict[str, Any] = {"gpus": {"A": [{**TERM, "rate": 1, "speed": 0.5}], "B": [{**TERM, "rate": 6, "speed": 4}]}}


def at(name: str, generation: str = "", model: str = "part") -> dict[str, Any]:
    return {"name": name, "model": model, "provider": "p", "gpu": generation}


def placed(*deployments: dict[str, Any], **contracts: Any) -> Config:
    return house({**GPUS, **contracts}, deployments=list(deployments))


TWO = placed(at("new", "B"), at("old", "A"), at("bare"))


def out(config: Config, deployment: str | None, current: Config | None = None, **changes: Any) -> Decimal:
    """Micro-dollars for a token out, which are 4 on the GPUs that `costs` states."""
    terms = Terms(config, current or config, changes.get("noted", set()))
    gpu = terms.supply("part", changes.get("day", DAY), Buyer(), deployment).gpu
    assert gpu is not None
    return gpu.output


@pytest.mark.parametrize(
    ("deployment", "expected"), [("new", 3), ("old", 4), ("bare", 4), ("part", 4), ("", 4), (None, 3)]
)
def test_a_deployment_is_priced_by_its_generation(deployment: str | None, expected: int) -> None:
    assert out(TWO, deployment) == expected
    halved = placed(at("new", "B"), at("old", "A"), costs={"part": [gpu(0.05, 0.5)]})
    assert out(halved, "new") == Decimal("1.5")


def test_without_generations_or_before_them_costs_hold() -> None:
    assert out(house(deployments=[at("new", "B")]), "new") == 4
    assert out(TWO, "new", day=date(2026, 1, 1)) == 3
    early = placed(at("new", "B"), costs={"part": [gpu(1, 1, since="2025-01-01")]})
    assert out(early, "new", day=date(2025, 12, 31)) == 4


def test_the_deployments_are_those_of_the_revision_and_what_they_leave_open_is_todays() -> None:
    before, today = placed(at("a", "A"), at("b")), placed(at("a", "B"), at("b", "B"), at("part", "B"))
    generations = Generations(before, today)
    assert [generations.of("part", name) for name in ("a", "b", "part", "c")] == ["A", "B", "B", ""]
    assert generations.of("own", "a") == ""
    assert generations.first("part") == Likely("A", sure=False)
    assert generations.first("own") == Likely("", sure=True)
    assert Generations(house(), today).first("part") == Likely("B", sure=True), "at one place, which has its name"
    assert out(before, "b", today) == 3


def test_what_the_price_rests_on_is_noted() -> None:
    def noted(config: Config, deployment: str | None) -> set[tuple[str, str]]:
        footings = set[Footing]()
        out(config, deployment, noted=footings)
        return {(footing.subject, footing.status) for footing in footings if footing.line == "inference"} - {
            ("inference cost of part", "signed")
        }

    assert noted(TWO, "new") == {("speed and rate of B", "signed")}
    assert noted(TWO, "bare") == set()
    assert noted(TWO, None) == {("first deployment of part", "assumed"), ("speed and rate of B", "signed")}
    assert noted(placed(at("one", "A"), at("two", "A")), None) == {("speed and rate of A", "signed")}
    assert noted(placed(at("odd", "Z")), "odd") == {("GPUs as in `costs` in the place of Z", "assumed")}
    assert noted(house(deployments=[at("new", "B"), at("old", "A")]), None) == set()


def test_an_invoice_alone_knows_no_gpus() -> None:
    bill = {"input": 1, "output": 2, "cached_input": 3}
    config = placed(at("new", "B"), costs={"part": [{**TERM, "invoice": bill}]})
    assert Terms(config, config, set()).supply("part", DAY, Buyer(), "new").gpu is None


def test_the_same_model_is_at_the_same_place_in_both_worlds() -> None:
    total = booked(TWO, settled("part", TWO, deployment="old")).total
    assert total.served == total.otherwise
    assert not any(estimate.value for estimate in total.split.values())


def test_rates_are_rounded_once() -> None:
    third = {"input": 1, "output": 1, "cached_input": 1, "rate": 2, "utilisation": 0.3}
    gpus = {"B": [{**TERM, "rate": 1, "speed": 0.7}]}
    config = house({"gpus": gpus, "costs": {"part": [{**TERM, "gpu": third}]}}, deployments=[at("new", "B")])
    assert out(config, "new") == Decimal("4.761904761905")
