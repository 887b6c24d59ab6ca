"""A replay of what asked for a name over versions decides as decide() does, and flips where an upgrade moves it."""

from dataclasses import replace
from typing import Any

import builders
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.decision.test_version_names import ALIAS, ROWS, SHARES, WAYS, upgrade

from properties.test_replay_properties import Request, chosen, decided, replayed
from router.decision.resolve import resolve
from router.errors import RouterError
from router.policy.replay.decide_batch import decide_all
from router.policy.replay.flip_causes import Versions
from router.policy.replay.replay import replay
from router.policy.replay.request_columns import gathered
from router.types import Config, Permit

TASKS = st.sampled_from(("chat", "coding"))
ASKED = st.sampled_from(("any", "usual-1", "one", "two", "plain"))
REQUESTS = st.lists(
    st.tuples(
        ASKED,
        TASKS,
        st.text(max_size=3),
        st.sampled_from((None, "exact", "any")),
        st.sampled_from(((), ("one",), ("two", "three"))),
        st.sampled_from((None, Permit(models=("one", "two", "other")))),
    ),
    max_size=8,
)


@st.composite
def configs(draw: Any) -> Config:
    """A configuration with an alias whose upgrades stand anywhere, and perhaps a ramp of its own beside them."""
    ways, shares = sorted(draw(WAYS)), draw(st.lists(SHARES, min_size=6, max_size=6))
    ramps = [
        upgrade(*way, share, task) for way, share in zip(ways, shares, strict=False) for task in ("chat", "coding")
    ]
    by_hand = builders.ramp("one", "other", 0.5, name="by-hand")
    ramps = [by_hand, *ramps] if draw(st.booleans()) else ramps
    config = builders.config(*ROWS, ramps=tuple(ramps))
    return replace(config, version_aliases={"any": ALIAS}, aliases={"usual-*": "any"})


def asked(request: Any, config: Config) -> Request:
    name, task, unit, consent, down, permit = request
    ask = resolve(name, config, unit=unit, consent=consent, permit=permit, task=task)
    return builders.features(task=task), ask, replace(builders.SITUATION, unhealthy=down)


@settings(max_examples=80, deadline=None)
@given(configs(), REQUESTS)
def test_a_replay_decides_as_decide_does(config: Config, texts: list[Any]) -> None:
    requests = [asked(text, config) for text in texts]
    choices = decide_all(gathered(("", *request) for request in requests), config)
    for row, request in enumerate(requests):
        assert replayed(choices, row) == decided(request, config)


@settings(max_examples=40, deadline=None)
@given(configs(), configs(), REQUESTS)
def test_flips_are_those_of_asking_again(before: Config, after: Config, texts: list[Any]) -> None:
    requests = [asked(text, before) for text in texts]
    flips = 0
    for request, (name, task, unit, consent, *_) in zip(requests, texts, strict=True):
        # What the log says that the key permits is what the alias had let in: it binds under every version.
        said = {"unit": unit, "consent": consent, "permit": request[1].permit}
        try:
            ask = replace(resolve(name, after, task=task, **said), permit=request[1].permit)
        except RouterError:
            then = ""
        else:
            then = chosen((request[0], ask, request[2]), after)
        flips += chosen(request, before) != then
    came = replay(gathered((str(row), *request) for row, request in enumerate(requests)), Versions(before, after))
    assert sum(flow.requests for flow in came.flows if flow.before != flow.after) == flips
