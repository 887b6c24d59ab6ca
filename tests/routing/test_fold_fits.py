"""Folds that are fitted in several processes come to what they come to in one."""

import numpy as np
import pytest

from router.bench.routing.readers import fold_fits
from router.bench.routing.readers.fold_fits import Fold, predicted
from router.reading.fit_reader import look
from router.tokens import ids


def test_several_processes_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = [f"{word} {number}" for word in ("prove", "write", "count") for number in range(20)]
    texts, scores = look(prompts, {}, ids), np.random.default_rng(0).random((60, 3))
    halves = np.arange(0, 30), np.arange(30, 60)

    def folds() -> list[Fold]:
        parts = [(texts.only(rows), scores[rows]) for rows in halves]
        (first, of_first), (last, of_last) = parts
        return [Fold(first, of_first, None, last, 8), Fold(last, of_last, 100 * of_last, first, 8)]

    steps: list[None] = []
    alone = list(predicted(folds(), len(prompts), lambda: steps.append(None)))
    monkeypatch.setattr(fold_fits, "MANY", 1)
    monkeypatch.setattr(fold_fits.os, "cpu_count", lambda: 2)
    together = list(predicted(folds(), len(prompts), lambda: steps.append(None)))
    assert len(steps) == 4 * fold_fits.STEPS
    assert alone[0].spent is together[0].spent is None
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one.chances, other.chances, rtol=1e-5)
    np.testing.assert_allclose(alone[1].spent, together[1].spent, rtol=1e-5)  # type: ignore[arg-type]
