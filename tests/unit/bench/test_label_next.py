"""What to label next: where labels are worth most, in proportion to the traffic, and never one conversation twice."""

from router.bench.loop.label_next import Cell, label_next
from router.traffic.answered_requests import Answered


def requests(count: int, task: str, chance: float, difficulty: float = 0.0, unit: str = "") -> list[Answered]:
    return [
        Answered(f"{task}-{number:03}", unit or f"{task}-{number}", task, "en", difficulty, "gpt-5", chance)
        for number in range(count)
    ]


def test_labels_go_where_they_take_off_most_variance() -> None:
    """Neyman's allocation: n is in proportion to w * sqrt(p (1 - p)); here 30 * .5 to 10 * .3, that is 5 to 1."""
    chosen = label_next(requests(300, "chat", 0.5) + requests(100, "law", 0.9), (), 60)
    counts = {task: sum(each.cell.task == task for each in chosen) for task in ("chat", "law")}
    assert abs(counts["chat"] - 50) <= 1
    gains = [each.gain for each in chosen]
    assert gains == sorted(gains, reverse=True)


def test_what_has_labels_already_waits() -> None:
    traffic = requests(50, "chat", 0.5) + requests(50, "law", 0.5)
    labelled = {f"chat-{number:03}" for number in range(20)}
    chosen = label_next(traffic, labelled, 18)
    assert {each.cell.task for each in chosen} == {"law"}
    assert not labelled & {each.receipt for each in chosen}
    assert "50.0% of the traffic is easy law (en) and has no label" in chosen[0].because
    assert "has 1 label;" in chosen[1].because


def test_within_a_cell_the_least_certain_comes_first() -> None:
    traffic = [*requests(1, "a", 0.9), *requests(1, "b", 0.5)]
    same = [each._replace(task="chat") for each in traffic]
    assert [each.chance for each in label_next(same, (), 2)] == [0.5, 0.9]


def test_of_a_conversation_one_request_is_named() -> None:
    traffic = requests(5, "chat", 0.5, unit="one") + requests(2, "law", 0.5)
    chosen = label_next(traffic, (), 9)
    assert sum(each.cell.task == "chat" for each in chosen) == 1
    assert len(chosen) == 3


def test_thirds_are_those_of_the_traffic() -> None:
    traffic = [each._replace(difficulty=float(place)) for place, each in enumerate(requests(9, "chat", 0.5))]
    cells = {each.receipt: each.cell for each in label_next(traffic, (), 9)}
    assert cells["chat-000"] == Cell("chat", "en", "easy")
    assert cells["chat-008"] == Cell("chat", "en", "hard")


def test_nothing_is_chosen_where_there_is_nothing_or_all_is_labelled() -> None:
    assert label_next([], (), 5) == []
    traffic = requests(3, "chat", 1.0)
    assert label_next(traffic, {each.receipt for each in traffic}, 5) == []
    assert [each.gain for each in label_next(traffic, (), 1)] == [0.0]
