"""A replay decides all at once what decide() decides one at a time, and a packed request is the request."""

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from properties.policy_strategies import CHANGES, CONFIGS, TEXTS, drawn_request
from router.decision.decide import decide
from router.decision.resolve import default_consent, policy_name, resolve
from router.errors import BudgetExceeded, NoCandidate, RouterError
from router.policy.diff import differences, with_only
from router.policy.replay.decide_batch import Choices, decide_all
from router.policy.replay.engine import REFUSALS
from router.policy.replay.flip_causes import Versions
from router.policy.replay.pricing import money
from router.policy.replay.replay import SEVERAL, replay
from router.policy.replay.request_columns import gathered
from router.types import FACTS, Ask, Config, Features, Situation, Warm

Request = tuple[Features, Ask, Situation]
IDS = st.text(max_size=3) | st.binary(min_size=16, max_size=16).map(bytes.hex)


def decided(request: Any, config: Config) -> dict[str, Any]:
    """What decide() says, in plain values."""
    try:
        decision = decide(*request, config)
    except NoCandidate:
        # A request that is too long has a code of its own for clients.
        return {"refused": NoCandidate.code}
    except BudgetExceeded as error:
        return {"refused": error.code}
    chosen = decision.candidate(decision.chosen)
    expected = {"chosen": decision.chosen, "baseline": decision.baseline, "moved": decision.chosen != decision.baseline}
    return expected | {"quality": chosen.quality, "cost": chosen.cost, "latency": chosen.latency_ms}


def replayed(choices: Choices, row: int) -> dict[str, Any]:
    """What the replay says of one request, in the same values."""
    if not choices.answered[row]:
        return {
            "refused": {"budget_exceeded": "budget_exceeded"}.get(
                REFUSALS[choices.refused[row]], REFUSALS[choices.refused[row]]
            )
        }
    expected = {"chosen": choices.models[choices.chosen[row]], "baseline": choices.models[choices.baseline[row]]}
    return expected | {
        "moved": bool(choices.moved[row]),
        "quality": float(choices.quality[row]),
        "cost": money(choices.cost.tolist()[row], choices.places),
        "latency": float(choices.latency[row]),
    }


@settings(max_examples=300)
@given(CONFIGS, TEXTS)
def test_the_choice_is_that_of_decide_request_by_request(config: Config, texts: list[bytes]) -> None:
    requests = [drawn_request(text, config) for text in texts]
    choices = decide_all(gathered(("", *request) for request in requests), config)
    for row, request in enumerate(requests):
        assert replayed(choices, row) == decided(request, config)


@given(CONFIGS, TEXTS, st.sampled_from((128, 1_024, 100_000)))
def test_what_stays_where_it_is_cached_is_that_of_decide(config: Config, texts: list[bytes], tokens: int) -> None:
    requests = []
    for place, text in enumerate(texts):
        read, ask, situation = drawn_request(text, config)
        holder = config.models[place % len(config.models)].id
        warm = replace(situation, unhealthy=(), spent=(), warm=(Warm(holder, tokens),))
        requests.append((read, replace(ask, model=ask.model if place % 4 == 0 else None), warm))
    choices = decide_all(gathered(("", *request) for request in requests), config)
    for row, request in enumerate(requests):
        assert replayed(choices, row) == decided(request, config)


@given(CONFIGS, TEXTS, st.lists(IDS, min_size=30, max_size=30))
def test_a_packed_request_is_the_request(config: Config, texts: list[bytes], ids: list[str]) -> None:
    requests = [drawn_request(text, config) for text in texts]
    columns = gathered((name, *request) for name, request in zip(ids, requests, strict=False))
    for row, (features, ask, situation) in enumerate(requests):
        again = columns.at(row)
        assert columns.id.at(row) == ids[row]
        assert again[1:] == (ask, situation)
        names = ["choices", *(fact.field for fact in FACTS if fact.source == "features")]
        expected = {name: getattr(again[0], name) for name in names}
        # Of a limit that no client may state, the row holds the nearest that it can.
        packed = replace(features, output_limit=min(features.output_limit, 2**32 - 1))
        assert expected == {name: getattr(packed, name) for name in expected}
        assert again[0].traits[: len(features.traits)] == features.traits
        assert not any(again[0].traits[len(features.traits) :])


def asking(request: Request, config: Config, logged_default: str, forced: str | None = None) -> Request | None:
    """What a logged request asks for under another version; None for a name that it does not know."""
    features, ask, situation = request
    consent = ask.consent if ask.stated else None
    if forced:
        agreed = consent or default_consent(config.policies[forced], ask.model)
        known = ask.model is None or any(model.id == ask.model for model in config.models)
        return (features, replace(ask, policy=forced, consent=agreed), situation) if known else None
    policy = None if ask.model is None or ask.policy == logged_default else ask.policy
    policy = None if policy_name(ask.asked, config) else policy
    try:
        said = {"unit": ask.unit, "caller": ask.caller, "permit": ask.permit}
        again = resolve(ask.asked, config, policy=policy, consent=consent, **said)
    except RouterError:
        return None
    return features, again, situation


def chosen(request: Request | None, config: Config) -> str:
    """The model that decide() chooses, "" for none."""
    return decided(request, config).get("chosen", "") if request else ""


def cause(request: Request, before: Config, after: Config, wanted: str) -> str:
    """The first difference that alone gives what is wanted, tried one after another with decide()."""
    for difference in differences(before, after):
        alone = with_only(before, after, difference)
        if chosen(asking(request, alone, before.default_policy), alone) == wanted:
            return difference.label
    return SEVERAL


@settings(max_examples=150)
@given(CHANGES, TEXTS)
def test_flips_and_their_causes_are_those_of_decide(change: tuple[Config, Config], texts: list[bytes]) -> None:
    before, after = change
    requests = [drawn_request(text, before) for text in texts]
    replayed = replay(gathered((str(row), *request) for row, request in enumerate(requests)), Versions(before, after))
    pairs, causes = Counter[tuple[str, str]](), Counter[str]()
    for request in requests:
        first, other = (chosen(asking(request, config, before.default_policy), config) for config in change)
        pairs[first, other] += 1
        if first != other:
            causes[cause(request, before, after, other)] += 1
    assert {(flow.before, flow.after): flow.requests for flow in replayed.flows} == pairs
    assert {cause.label: cause.flips for cause in replayed.causes if cause.flips} == causes
    assert replayed.total.flips == causes.total()


@settings(max_examples=100)
@given(CONFIGS, TEXTS)
def test_two_policies_of_one_file_are_replayed_as_versions_of_one(config: Config, texts: list[bytes]) -> None:
    requests = [drawn_request(text, config) for text in texts]
    columns = gathered((str(row), *request) for row, request in enumerate(requests))
    replayed = replay(columns, Versions(config, config, "p", "q"))
    pairs = Counter[tuple[str, str]]()
    for request in requests:
        sides = (asking(request, config, config.default_policy, forced) for forced in ("p", "q"))
        first, other = (chosen(side, config) for side in sides)
        pairs[first, other] += 1
    assert {(flow.before, flow.after): flow.requests for flow in replayed.flows} == pairs
    assert sum(cause.flips for cause in replayed.causes) == replayed.total.flips


@given(CONFIGS, TEXTS)
def test_nothing_flips_between_a_version_and_itself(config: Config, texts: list[bytes]) -> None:
    columns = gathered(("", *drawn_request(text, config)) for text in texts)
    replayed = replay(columns, Versions(config, replace(config)))
    assert (replayed.total.flips, replayed.causes, replayed.worst) == (0, (), ())
    assert replayed.total.cost_before == replayed.total.cost_after
    assert (replayed.total.cost.value, replayed.total.quality.value, replayed.total.latency.value) == (0, 0, 0)
