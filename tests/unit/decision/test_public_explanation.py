"""What a client may read of a decision: which models are barred, and not by whose guard or budget."""

from decimal import Decimal

from builders import DAY, ask, config, exchange, features, model, policy

from router.decision.decide import decide
from router.decision.explanation import explained
from router.types import ALWAYS, Budget, Guard, Relief, Situation, Target


def test_names_of_guards_and_budgets_are_an_operators() -> None:
    secret = Guard("merger-team", "a test", ALWAYS, ("a",))
    budget = Budget(
        name="board-month",
        home="plain",
        of=Target(),
        limit=Decimal(1),
        unit="USD",
        per="month",
        then=Relief(models=("c",)),
    )
    bound = policy(guards=(secret,), budgets=(budget,))
    rows = config(model("a", 3.0), model("b", 2.0), model("c", 1.0), policies={"plain": bound})
    read, wish, situation = features(), ask(), Situation(DAY, spent=("plain/board-month",))
    made = exchange(decide(read, wish, situation, rows), read, wish, situation)
    public = explained(made, public=True)
    for name in ("merger-team", "board-month"):
        assert name in str(explained(made))
        assert name not in str(public)
    codes = {row["model"]: row["code"] for row in public["candidates"]}
    assert codes == {"a": "guard", "b": "budget", "c": "chosen"}
    assert any(flip.first == "guard" for row in public["candidates"] for flip in row["flips"])
