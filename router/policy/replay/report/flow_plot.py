"""The requests as ribbons, from the model that answers before to the one that answers after.

Invariant: bars and ribbons are as thick as their requests are many, and each has a title with its figures; nobody, for
what is refused, stands last and is grey.
"""

from html import escape

from router.policy.replay.report.number_format import model, part, short
from router.policy.replay.result import Flow, Replay

WIDTH, TALL, GAP, ROOM = 960, 360, 6.0, 18.0
# The bars' inner edges, between which the ribbons run.
LEFT, RIGHT, BAR = 224, 736, 12
COLOURS, HEAD = 6, 30
Spans = dict[str, tuple[float, float]]


def flow_plot(replay: Replay) -> str:
    """The plot, or nothing where nothing was logged."""
    sides = _counts(replay, 0), _counts(replay, 1)
    if not sides[0]:
        return ""
    colours = _colours(replay)
    spans = _spans(sides[0]), _spans(sides[1])
    height = max(top + max(size, ROOM) for side in spans for top, size in side.values())
    ribbons = "".join(_ribbons(replay, sides, spans, colours))
    bars = "".join(_bar(side, name, spans, sides, colours) for side in (0, 1) for name in spans[side])
    heads = (
        f'<text class="head" x="{LEFT}" y="12" text-anchor="end">{escape(short(replay.before, HEAD))}</text>'
        f'<text class="head" x="{RIGHT}" y="12">{escape(short(replay.after, HEAD))}</text>'
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {height + 34:.0f}" role="img" aria-label="Requests from model to model">'
        f'{heads}<g transform="translate(0 28)">{ribbons}{bars}</g></svg>'
    )


def _counts(replay: Replay, side: int) -> dict[str, int]:
    """How many requests each model gets on one side, in an order that is the same on both, so that ribbons run level.

    The models of one owner stand together, nobody last.
    """
    owners = [owner.name for owner in replay.owners]
    models = sorted(
        replay.models, key=lambda model: (owners.index(model.owner), -model.before - model.after, model.name)
    )
    counts = dict.fromkeys((*(model.name for model in models), ""), 0)
    for flow in replay.flows:
        counts[flow.after if side else flow.before] += flow.requests
    return {name: count for name, count in counts.items() if count}


def _spans(counts: dict[str, int]) -> Spans:
    """Where each bar begins and how tall it is; small bars stand further apart, for their names need room."""
    whole, top, spans = sum(counts.values()), 0.0, {}
    for name, count in counts.items():
        size = TALL * count / whole
        spans[name] = (top, size)
        top += max(size + GAP, size / 2 + ROOM)
    return spans


def _ribbons(
    replay: Replay, sides: tuple[dict[str, int], dict[str, int]], spans: tuple[Spans, Spans], colours: dict[str, str]
) -> list[str]:
    orders = list(sides[0]), list(sides[1])
    used = {(side, name): spans[side][name][0] for side in (0, 1) for name in spans[side]}
    whole, ribbons = replay.total.requests, []
    flows = sorted(replay.flows, key=lambda flow: (orders[0].index(flow.before), orders[1].index(flow.after)))
    for flow in flows:
        ends = []
        for side, name in enumerate((flow.before, flow.after)):
            thick = spans[side][name][1] * flow.requests / sides[side][name]
            ends.append((used[side, name], thick))
            used[side, name] += thick
        ribbons.append(_ribbon(flow, ends, colours[flow.after], whole))
    return ribbons


def _ribbon(flow: Flow, ends: list[tuple[float, float]], colour: str, whole: int) -> str:
    (y0, h0), (y1, h1) = ends
    middle = (LEFT + RIGHT) / 2
    path = (
        f"M{LEFT} {y0:.1f}C{middle} {y0:.1f} {middle} {y1:.1f} {RIGHT} {y1:.1f}V{y1 + h1:.1f}"
        f"C{middle} {y1 + h1:.1f} {middle} {y0 + h0:.1f} {LEFT} {y0 + h0:.1f}Z"
    )
    kind = "flip" if flow.before != flow.after else "stay"
    title = f"{model(flow.before)} → {model(flow.after)}: {flow.requests:,} ({part(flow.requests, whole)})"
    return f'<path class="{kind} {colour}" d="{path}"><title>{escape(title)}</title></path>'


def _bar(
    side: int,
    name: str,
    spans: tuple[Spans, Spans],
    sides: tuple[dict[str, int], dict[str, int]],
    colours: dict[str, str],
) -> str:
    top, size = spans[side][name]
    x, at, anchor = ((LEFT - BAR, LEFT - BAR - 8, "end"), (RIGHT, RIGHT + BAR + 8, "start"))[side]
    share = part(sides[side][name], sum(sides[side].values()))
    texts = f'<tspan class="name">{escape(model(name))}</tspan>', f'<tspan class="count">{escape(share)}</tspan>'
    label = " ".join(texts if side else reversed(texts))
    return (
        f'<rect class="{colours[name]}" x="{x}" y="{top:.1f}" width="{BAR}" height="{max(1.0, size):.1f}"/>'
        f'<text x="{at}" y="{top + size / 2 + 4:.1f}" text-anchor="{anchor}">{label}</text>'
    )


def _colours(replay: Replay) -> dict[str, str]:
    """A colour for each owner; models of one owner share it."""
    owners = [owner.name for owner in replay.owners]
    return {"": "nobody", **{model.name: f"c{owners.index(model.owner) % COLOURS}" for model in replay.models}}
