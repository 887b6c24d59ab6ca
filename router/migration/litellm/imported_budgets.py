"""Limits on money: what becomes a budget, and what stops limiting."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from router.migration.import_report import Notes
from router.migration.litellm.model_groups import Group
from router.migration.litellm.rows.references import is_secret_name
from router.migration.source_node import Node

_PER = {
    "1h": "hour",
    "60m": "hour",
    "24h": "day",
    "1d": "day",
    "1mo": "month",
    "30d": "month",
    "31d": "month",
    "28d": "month",
}
_EXACT = ("1h", "60m", "1d", "24h", "1mo")


@dataclass(frozen=True, slots=True)
class Budgets:
    """Reads budgets; `ids` are the models of each public name, `providers` those of each of LiteLLM's providers."""

    config: Node
    notes: Notes
    ids: Mapping[str, tuple[str, ...]]
    providers: Mapping[str, tuple[str, ...]]

    def all(self, groups: Mapping[str, Group], rows: Mapping[str, list[Node]]) -> list[dict[str, Any]]:
        """Every budget, for the head of policies.yaml."""
        found = [self._everybody(), self._users(), *self._of_rows(groups, rows), *self._of_providers()]
        self._gone()
        return [budget for budget in found if budget is not None]

    def _everybody(self) -> dict[str, Any] | None:
        settings = self.config.get("litellm_settings")
        amount = settings.get("max_budget") if settings else None
        if settings is None or amount is None:
            return None
        return self._budget("everybody", amount, settings.get("budget_duration"), {}, "max_budget")

    def _users(self) -> dict[str, Any] | None:
        settings = self.config.get("litellm_settings") or Node({}, self.config.where)
        params = settings.get("default_internal_user_params") or Node({}, self.config.where)
        amount, per = params.get("max_budget"), params.get("budget_duration")
        if amount is None:
            amount, per = settings.get("max_internal_user_budget"), settings.get("internal_user_budget_duration")
        elif (other := settings.get("max_internal_user_budget")) is not None:
            self._left(other, "max_internal_user_budget", settings.get("internal_user_budget_duration"))
        if amount is None:
            return None
        made = self._budget("each-key", amount, per, {"each": "key"}, "a budget of users")
        if made is not None:
            self.notes.add("meaning", amount.where, "there are no users here: their budget becomes one of every key")
        return made

    def _of_rows(self, groups: Mapping[str, Group], rows: Mapping[str, list[Node]]) -> Iterator[dict[str, Any] | None]:
        for public in groups:
            for place, row in enumerate(rows.get(public, ()), 1):
                params = row.get("litellm_params")
                amount = params.get("max_budget") if params else None
                if params is None or amount is None:
                    continue
                name = f"model-{public}" if place == 1 else f"model-{public}-{place}"
                of = {"of": {"model": list(self.ids[public])}}
                if len(rows[public]) > 1:
                    sentence = f"a budget of one place of {public!r} binds all of its places here"
                    self.notes.add("meaning", amount.where, sentence)
                yield self._budget(name, amount, params.get("budget_duration"), of, f"the budget of {public!r}")

    def _of_providers(self) -> Iterator[dict[str, Any] | None]:
        node = self.config.get("router_settings", "provider_budget_config")
        for provider, written in (node.mapping if node else {}).items():
            amount = written.get("budget_limit") or written.get("max_budget")
            models = self.providers.get(provider)
            if amount is None:
                continue
            if not models:
                self.notes.add("left_out", amount.where, f"a budget of {provider!r}, of which no model came over")
                continue
            per = written.get("time_period") or written.get("budget_duration")
            listed = ", ".join(models)
            self.notes.add(
                "meaning", amount.where, f"a budget knows no provider: that of {provider!r} counts its models: {listed}"
            )
            yield self._budget(
                f"provider-{provider}", amount, per, {"of": {"model": list(models)}}, f"the budget of {provider!r}"
            )

    def _budget(
        self, name: str, amount: Node, per: Node | None, more: dict[str, Any], what: str
    ) -> dict[str, Any] | None:
        limit = amount.number
        if limit is None or limit < 0:
            self.notes.add("protection", amount.where, f"{what} is no sum of money: it is left out")
            return None
        stretch = self._stretch(per, what, amount)
        if stretch is None:
            return None
        because = f"From the imported file, line {amount.where.line}"
        return {"name": name, "limit": f"{_money(limit)} USD", "per": stretch, **more, "because": because}

    def _stretch(self, per: Node | None, what: str, amount: Node) -> str | None:
        if per is None:
            self.notes.add(
                "meaning", amount.where, f"{what} never begins again in LiteLLM; here it does so every month"
            )
            return "month"
        word = per.text.strip()
        if word not in _PER:
            self._left(amount, what, per)
            return None
        if word not in _EXACT:
            self.notes.add(
                "meaning",
                per.where,
                f"{what}: {word} becomes the month of the calendar, in UTC: it begins again on its first day",
            )
        return _PER[word]

    def _left(self, amount: Node, what: str, per: Node | None) -> None:
        where = per.where if per is not None else amount.where
        stretch = f" for {per.text}" if per is not None and re.fullmatch(r"\w{1,8}", per.text) else ""
        sentence = f"{what}{stretch} is left out: budgets are per hour, day or month; write it per day or per month"
        self.notes.add("protection", where, sentence)

    def _gone(self) -> None:
        settings = self.config.get("litellm_settings") or Node({}, self.config.where)
        bounds = settings.get("upperbound_key_generate_params")
        if bounds is not None:
            sentence = (
                "upperbound_key_generate_params: there is no bound on what a new key may be given: whoever "
                "may make keys decides"
            )
            self.notes.add("protection", bounds.where, sentence)


def _money(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def key_commands(
    config: Node, policies: frozenset[str], ids: Mapping[str, tuple[str, ...]], groups: Mapping[str, list[str]]
) -> list[str]:
    """The commands that make keys as the file would: one for each access group, one with the limits for users."""
    commands = [
        f"fungible key create {_word(name)}{_may_use(publics, policies, ids)}" for name, publics in groups.items()
    ]
    params = config.get("litellm_settings", "default_internal_user_params") or config.get(
        "litellm_settings", "default_key_generate_params"
    )
    if params is None:
        return commands
    models = [model.text for model in (params.get("models").listed if params.get("models") else ())]  # type: ignore[union-attr]
    words = _may_use([model for model in models if model in ids], policies, ids)
    for key, option in (
        ("rpm_limit", "--requests-per-minute"),
        ("tpm_limit", "--tokens-per-minute"),
        ("max_parallel_requests", "--in-flight"),
    ):
        if (number := params.whole(key)) is not None:
            words += f" {option} {number}"
    return [*commands, f"fungible key create NAME{words}"] if words else commands


def _may_use(publics: list[str], policies: frozenset[str], ids: Mapping[str, tuple[str, ...]]) -> str:
    models = dict.fromkeys(model for public in publics for model in ids[public])
    named = [public for public in publics if public in policies]
    return "".join(f" --models {_word(model)}" for model in models) + "".join(
        f" --policies {_word(name)}" for name in named
    )


def _word(text: str) -> str:
    return (
        text
        if re.fullmatch(r"[\w./:@-]+", text) and not is_secret_name(f"{text}=")
        else f"'{text.replace(chr(39), '')}'"
    )
