"""Timeouts, retries and ejection: what the sections say of them, and what becomes of it here."""

from decimal import Decimal
from typing import Any

from router.migration.import_report import Notes
from router.migration.litellm.rows.addresses import Times
from router.migration.source_node import Node

DEADLINE = 120


def times(config: Node, notes: Notes) -> Times:
    """What holds for every row; the router's setting goes before the global one."""
    router = config.get("router_settings", "timeout")
    everywhere = config.get("litellm_settings", "request_timeout")
    whole = router or everywhere
    if whole is None:
        rows = config.get("model_list")
        if rows is not None:
            sentence = (
                "no timeout is written: LiteLLM waits 6000 s for an answer, here 100 s (`timeouts: {whole: 100}`)"
            )
            notes.add("assumed", rows.where, sentence)
    elif whole.number is not None:
        _told(whole, notes)
    if router is not None and everywhere is not None:
        notes.add("meaning", everywhere.where, "request_timeout: `timeout` of the router goes before")
    return Times(whole, config.get("router_settings", "stream_timeout"))


def _told(whole: Node, notes: Notes) -> None:
    seconds = whole.number or Decimal(0)
    if seconds > DEADLINE:
        sentence = f"a timeout of {seconds} s is longer than the server's own {DEADLINE} s: start it with `--deadline`"
    elif seconds >= DEADLINE:
        sentence = f"a timeout of {seconds} s is as long as the server's own: no time is left for another model"
    else:
        sentence = (
            f"a timeout of {seconds} s holds for each call (`timeouts: {{whole: {seconds}}}`), 120 s for "
            "all of a request's"
        )
    notes.add("meaning", whole.where, sentence)


def resilience(config: Node, notes: Notes) -> dict[str, Any]:
    """`breaker` and `retry` of deployments.yaml."""
    breaker = {**_failures(config, notes), **_cooldown(config, notes)}
    retry = _retries(config, notes)
    return ({"breaker": breaker} if breaker else {}) | ({"retry": retry} if retry else {})


def _setting(config: Node, key: str, *sections: str) -> Node | None:
    return next((node for section in sections if (node := config.get(section, key)) is not None), None)


def _failures(config: Node, notes: Notes) -> dict[str, Any]:
    node = _setting(config, "allowed_fails", "router_settings", "litellm_settings")
    if node is None or node.number is None:
        return {}
    failures = min(max(int(node.number) + 1, 1), 1000)
    in_a_row = "1 failure ejects" if failures == 1 else f"{failures} failures in a row eject"
    sentence = f"allowed_fails: {in_a_row} a place; LiteLLM counts within a minute"
    notes.add("meaning", node.where, sentence)
    return {"failures": failures}


def _cooldown(config: Node, notes: Notes) -> dict[str, Any]:
    node = _setting(config, "cooldown_time", "router_settings")
    if node is None or node.number is None:
        return {}
    if node.number < 1:
        notes.add(
            "meaning", node.where, "cooldown_time: 0 ejects nobody; here a place that failed so often rests for 1 s"
        )
    else:
        notes.add(
            "meaning",
            node.where,
            f"cooldown_time: a place rests for {node.number} s, and twice as long after each probe that fails",
        )
    cool = max(int(node.number), 1)
    return {"cool": f"{cool} s"} | ({"longest": f"{cool} s"} if cool > 300 else {})


def _retries(config: Node, notes: Notes) -> dict[str, Any]:
    nodes = [
        node
        for section in ("router_settings", "litellm_settings")
        if (node := config.get(section, "num_retries")) is not None and node.number is not None
    ]
    if len({node.number for node in nodes}) > 1:
        notes.add(
            "meaning",
            nodes[1].where,
            f"num_retries stands twice: {nodes[0].text} and {nodes[1].text}; neither is exact here",
        )
    if nodes and nodes[0].number == 0:
        notes.add("carried", nodes[0].where, "num_retries: 0: a place is never asked again (`retry: {budget: 0}`)")
        return {"budget": 0}
    if nodes:
        sentence = (
            f"num_retries: {nodes[0].text}: a request has at most four attempts: other places and models first, then "
            "the same place once more, for at most a tenth of requests"
        )
        notes.add("meaning", nodes[0].where, sentence)
    return {}
