"""The noon in figures: in flight, failed over, lost, until recovered; in the shape of every played scenario."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Any

from router.bench.partner.noon import HOUSE, PARTNER, Lived, Noon, live
from router.bench.partner.noon_clients import Got
from router.bench.partner.noon_texts import (
    ANSWER,
    ASSUMED,
    FACTS,
    KILLED,
    LEFT_ALONE,
    NAME,
    RETURNED,
    ROW,
    SEE,
    STORY,
    TITLE,
)
from router.config.files.seed_data import Fact
from router.errors import BadRequest
from router.scenarios.played_result import fact_row
from router.scenarios.sample_intervals import Figure, mean, share

BIN_S = 0.5
SETTINGS: Mapping[str, tuple[float, float, float, float, str, str, str, str]] = {
    "rate": (20, 2, 100, 1, "Requests", "요청", "a second", "초당"),
    "noon": (3, 1, 20, 0.5, "The partner vanishes after", "파트너가 사라지는 때", "seconds", "초 뒤"),
    "back": (6, 2, 40, 0.5, "It comes back after", "돌아오는 때", "seconds", "초 뒤"),
    "seconds": (9, 3, 60, 1, "All in all", "전체", "seconds", "초"),
    "cool": (
        1,
        0.2,
        10,
        0.1,
        "A broken deployment is probed after",
        "고장 난 배포를 다시 시험하기까지",
        "seconds",
        "초",
    ),
}


def settings_of(given: Mapping[str, float]) -> dict[str, float]:
    """The settings; raises BadRequest."""
    settings = {name: float(row[0]) for name, row in SETTINGS.items()}
    for name, value in given.items():
        if name not in SETTINGS or not SETTINGS[name][1] <= value <= SETTINGS[name][2]:
            ends = f" from {SETTINGS[name][1]:g} to {SETTINGS[name][2]:g}" if name in SETTINGS else ""
            raise BadRequest(f"{NAME} knows {', '.join(SETTINGS)}, not {name}={value:g}{ends}.", param="set")
        settings[name] = value
    if not settings["noon"] < settings["back"] < settings["seconds"]:
        raise BadRequest("noon comes before back, and back before the end: noon < back < seconds.", param="set")
    return settings


def about_noon(facts: Sequence[Fact]) -> dict[str, Any]:
    """What it is before it is played."""
    known = {fact.id: fact for fact in facts}
    return {
        "name": NAME,
        "row": ROW,
        **{key: _both(*texts) for key, texts in (("title", TITLE), ("story", STORY), ("see", SEE), ("answer", ANSWER))},
        "begins": "12:00",
        "step_days": 0,
        "live": True,
        "courses": [{"name": "noon", "title": _both("as it was", "있었던 그대로")}],
        "settings": {
            name: {
                "title": _both(row[4], row[5]),
                "value": row[0],
                "least": row[1],
                "most": row[2],
                "step": row[3],
                "unit": _both(row[6], row[7]),
                "status": "assumed",
                "source": "A load that a laptop carries",
            }
            for name, row in SETTINGS.items()
        },
        "law": None,
        "assumed": [
            {"what": _both(*texts), "status": "assumed", "source": "How the scenario is set up"} for texts in ASSUMED
        ],
        "facts": [fact_row(known[name]) for name in FACTS if name in known],
    }


def play_noon(given: Mapping[str, float], seed: int, facts: Sequence[Fact]) -> dict[str, Any]:
    """Live through it, and count."""
    settings = settings_of(given)
    lived = asyncio.run(live(Noon(**settings)))
    kept = {receipt["id"]: receipt for receipt in lived.receipts if receipt}
    bins = range(int(settings["seconds"] / BIN_S))
    steps = [[got for got in lived.got if place * BIN_S <= got.began < (place + 1) * BIN_S] for place in bins]
    return {
        "object": "fungible.scenario",
        **about_noon(facts),
        "seed": seed,
        "set": settings,
        "steps": [{"number": place + 1, "begins": _clock(place * BIN_S - lived.killed)} for place in bins],
        "marks": [
            _mark(lived.killed, lived.killed, ("noon", "정오"), KILLED),
            _mark(lived.returned, lived.killed, ("back", "복귀"), RETURNED),
        ],
        "pictures": _pictures(steps, kept),
        "sweeps": [],
        "tiles": _tiles(lived, kept),
        "moves": [],
        "requests": len(lived.got),
    }


Step = Sequence[Got]
Kept = Mapping[str, Mapping[str, Any]]
Work = Callable[[Step], Figure | None]


def _pictures(steps: Sequence[Step], kept: Kept) -> list[dict[str, Any]]:
    def over(got: Got) -> bool:
        return len(kept.get(got.receipt, {}).get("attempts", ())) > 1

    def quality(step: Step) -> Figure | None:
        return mean([_quality(kept[got.receipt]) for got in step if got.receipt in kept and got.served])

    def cost(step: Step) -> Figure | None:
        return mean([float(kept[got.receipt]["cost"]) / 1000 for got in step if got.receipt in kept])

    line = partial(_line, steps)
    return [
        _picture(
            ("Who answers", "누가 답하는가"),
            line((f"{PARTNER}, the partner", f"{PARTNER}, 파트너"), "share", _part(lambda got: got.served == PARTNER)),
            line((f"{HOUSE}, the house", f"{HOUSE}, 자체 모델"), "share", _part(lambda got: got.served == HOUSE)),
            line(("lost", "잃은 요청"), "share", _part(lambda got: got.status != 200)),
        ),
        _picture(
            ("Answered by the next model after a failure", "실패 뒤 다음 모델이 답한 요청"),
            line(("failed over", "넘어간 요청"), "share", _part(over)),
            note=LEFT_ALONE,
        ),
        _picture(
            ("Until a whole answer, in seconds", "완결된 답까지 걸린 초"),
            line(("median", "중앙값"), "number", _waits(median)),
            line(("longest", "최댓값"), "number", _waits(max)),
        ),
        _picture(("Predicted quality", "예측 품질"), line(("quality", "품질"), "share", quality)),
        _picture(("List price of 1,000 requests", "요청 1,000건의 정가"), line(("cost", "비용"), "usd", cost)),
    ]


def _picture(title: tuple[str, str], *series: dict[str, Any], note: tuple[str, str] | None = None) -> dict[str, Any]:
    return {"title": _both(*title), "note": _both(*note) if note else None, "series": list(series)}


def _line(steps: Sequence[Step], title: tuple[str, str], unit: str, work: Work) -> dict[str, Any]:
    values = [_figure(work(step)) for step in steps]
    return {"course": "noon", "measure": title[0], "of": "", "title": _both(*title), "unit": unit, "values": values}


def _part(holds: Callable[[Got], bool]) -> Work:
    return lambda step: share(sum(map(holds, step)), len(step))


def _waits(of: Callable[[list[float]], float]) -> Work:
    return lambda step: Figure(of([got.ended - got.began for got in step])) if step else None


def _tiles(lived: Lived, kept: Kept) -> list[dict[str, Any]]:
    flying = [got for got in lived.got if got.began <= lived.killed < got.ended]
    over = sum(len(receipt["attempts"]) > 1 for receipt in kept.values())
    lost = sum(got.status != 200 for got in lived.got)
    after = min((got.ended for got in lived.got if got.began > lived.killed and got.status == 200), default=None)
    complete = len(kept) / max(1, len(lived.got))
    worst = max((got.ended - got.began for got in flying), default=None)

    def tile(en: str, ko: str, unit: str, value: float | None) -> dict[str, Any]:
        figure = None if value is None else Figure(value)
        return {
            "title": _both(en, ko),
            "course": "noon",
            "measure": en,
            "of": "",
            "at": "all",
            "unit": unit,
            "figure": _figure(figure),
        }

    return [
        tile("In flight at noon", "정오에 처리 중", "count", float(len(flying))),
        tile("Failed over", "다음 모델로", "count", float(over)),
        tile("Lost", "잃은 요청", "count", float(lost)),
        tile("Seconds to recover", "회복까지 초", "number", None if after is None else after - lived.killed),
        tile("Receipts complete", "영수증 완비", "share", complete),
        tile("Longest wait of who was in flight", "처리 중이던 요청의 최장 대기", "number", worst),
    ]


def _quality(receipt: Mapping[str, Any]) -> float:
    rows = receipt["decision"]["candidates"]
    return float(next(row["quality"] for row in rows if row["model"] == receipt["served"]))


def _mark(at: float, noon: float, mark: tuple[str, str], because: tuple[str, str]) -> dict[str, Any]:
    return {
        "step": int(at / BIN_S) + 1,
        "on": _clock(at - noon),
        "mark": _both(*mark),
        "because": _both(*because),
        "fact": FACTS[0],
    }


def _clock(seconds: float) -> str:
    """A moment as a clock would show it, where the kill is at noon."""
    tenths = round(12 * 36_000 + 10 * seconds)
    hours, rest = divmod(tenths, 36_000)
    return f"{hours:02}:{rest // 600:02}:{rest % 600 / 10:04.1f}"


def _both(en: str, ko: str) -> dict[str, str]:
    return {"en": en, "ko": ko}


def _figure(figure: Figure | None) -> dict[str, float | None] | None:
    if figure is None:
        return None
    return {name: None if value is None else round(value, 6) for name, value in figure._asdict().items()}
