"""The models and policies that a request may name, as rows of OpenAI's list."""

from typing import Any

from router.decision.resolve import default_policy, permitted_names, policy_name, policy_names
from router.types import Access, Config

ANTHROPIC_VERSION = "anthropic-version"
"""The header that clients of Anthropic's API send; they get the list in that API's shape."""


def listing(config: Config, access: Access | None = None) -> list[dict[str, Any]]:
    """Models, then policies, in OpenAI's shape with ours beside it: all, or those that a key may use."""
    permit = access.permit if access else None
    may = set(permitted_names(config, permit))
    rows: list[dict[str, Any]] = [
        {
            "id": model.id,
            "object": "model",
            "created": _epoch(model.released.toordinal()),
            "owned_by": model.owner,
            "fungible": {
                "kind": "model",
                "name": model.name,
                "family": model.family,
                "version": model.version,
                "context": model.context,
                "max_output": model.max_output,
                "capabilities": model.capabilities,
                "regions": model.regions,
                "labels": model.labels,
                "retires": model.retires,
                "successor": model.successor,
                "stand_in": model.stand_in,
            },
        }
        for model in config.models
    ]
    for name in policy_names(config):
        policy = (policy_name(name, config) if name != "auto" else None) or default_policy(config, permit)
        row = {"kind": "policy", "policy": policy, "because": config.policies[policy].because}
        rows.append({"id": name, "object": "model", "created": 0, "owned_by": "fungible", "fungible": row})
    for alias in config.version_aliases.values():
        own = {"kind": "alias", "versions": alias.versions, "because": alias.because}
        rows.append({"id": alias.name, "object": "model", "created": 0, "owned_by": "fungible", "fungible": own})
    return [row for row in rows if row["id"] in may]


def _epoch(ordinal: int) -> int:
    return (ordinal - 719_163) * 86_400
