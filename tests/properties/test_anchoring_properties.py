"""Vectors of a policy come from one model, whatever the text, the caller, the hour or the budgets."""

from dataclasses import replace

from hypothesis import given, settings

from properties.policy_strategies import CONFIGS, TEXTS, Request, drawn_request
from router.decision.decide import decide
from router.decision.embedding_model import anchor
from router.errors import BudgetExceeded, NoCandidate
from router.types import Config


def asking_for_vectors(request: Request) -> Request:
    features, ask, situation = request
    unlimited = replace(ask, asked="p", policy="p", model=None, consent="exact", permit=None)
    return replace(features, needs=("embeddings",)), unlimited, situation


@settings(max_examples=200)
@given(CONFIGS, TEXTS)
def test_an_index_holds_the_vectors_of_one_model(config: Config, texts: list[bytes]) -> None:
    anchor_id = None
    for text in texts:
        request = asking_for_vectors(drawn_request(text, config))
        anchor_id = anchor(request[1], config)
        try:
            decision = decide(*request, config)
        except (NoCandidate, BudgetExceeded):
            continue
        assert decision.chosen == anchor_id
        assert decision.baseline == anchor_id
        assert decision.fallbacks == ()
    if anchor_id is not None:
        assert "embeddings" in next(model.capabilities for model in config.models if model.id == anchor_id)
