"""Who answers in the place of a model that has retired: the next of its successors that has not.

Invariant: a consent that a client or its key states binds a successor as it binds any substitute; for vectors there is
none, since those of two models can't be compared.
"""

from collections.abc import Sequence
from dataclasses import replace

from router.decision.candidates import consents
from router.types import MINUTES_A_DAY, Ask, Capability, Config, Consent, Model, Situation


def calendar_day(situation: Situation) -> int:
    """The ordinal of the day in the configuration's timezone."""
    return situation.moment // MINUTES_A_DAY


def successor(named: Model, consent: Consent | None, day: int, models: Sequence[Model]) -> str | None:
    """The model that answers on a day in the place of one; None where it has not retired, or nobody does.

    `consent` is what was stated, if anything.
    """
    row: Model | None = named
    # At most every model once: an unchecked catalog may lead round in a circle.
    for _ in models:
        if row is None or not row.is_retired(day):
            break
        row = next((each for each in models if each.id == row.successor), None) if row.successor else None
    if row is None or row is named or row.is_retired(day):
        return None
    return row.id if consent is None or consents(consent, named, row) else None


def succeeded(ask: Ask, needs: Sequence[Capability], situation: Situation, config: Config) -> Ask:
    """The ask with the successor in the place of a model that has retired."""
    if ask.model is None or "embeddings" in needs:
        return ask
    named = next((row for row in config.models if row.id == ask.model), None)
    if named is None or named.retires is None:
        return ask
    stated = ask.consent if ask.stated else None
    model = successor(named, stated, calendar_day(situation), config.models)
    return ask if model is None else replace(ask, model=model)


def successor_notes(ask: Ask, needs: Sequence[Capability], situation: Situation, config: Config) -> tuple[str, ...]:
    """The note of a request that a successor answers: `alias:gpt-4->gpt-5`."""
    model = succeeded(ask, needs, situation, config).model
    return () if model == ask.model else (f"alias:{ask.model}->{model}",)
