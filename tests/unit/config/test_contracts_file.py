"""contracts.yaml: every way in which it is wrong, what a folder without it gets, and that old documents need none."""

import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from router.config import from_documents, load
from router.config.load import FILES, POLICIES, SEEDS, sources_with, with_policies
from router.errors import ConfigError
from router.policy.diff import Difference, differences, with_only
from router.types import NO_CONTRACTS, Config
from unit.money_samples import TERM, gpu, house

INVOICE = "{input: 1, output: 1, cached_input: 1}"
FROM = "since: 2026-01-01, source: x, status: signed"


def problems(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "contracts.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    return tuple(str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems)


def partner(terms: str, owner: str = "OpenAI") -> str:
    return f"partners:\n  {owner}:\n    {terms}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("platform: Microsft\n", "1:1: no model of the catalog is owned by 'Microsft'. Did you mean 'Microsoft'?"),
        ("platfrom: Microsoft\n", "1:1: unknown key 'platfrom'; did you mean 'platform'?"),
        (partner("shares: []", "OpenAl"), "2:3: no model of the catalog is owned by 'OpenAl'. Did you mean 'OpenAI'?"),
        (
            "platform: Meta\n" + partner("shares: []", "Meta"),
            "3:3: 'Meta' is the platform, which is no partner of itself",
        ),
        (partner("share: []"), "3:5: unknown key 'share' in partners.OpenAI; did you mean 'shares'?"),
        (partner(f"shares: [{{name: s, rate: 1.5, {FROM}}}]"), "less than or equal to 1, not 1.5"),
        (partner(f"shares: [{{name: s, rate: 0.2, of: sale, {FROM}}}]"), "cannot be 'sale'; did you mean 'sales'?"),
        (partner("shares: [{name: s, rate: 0.2, since: 2026-01-01, status: signed}]"), "the key 'source' is missing"),
        (
            partner(f"shares: [{{name: s, rate: 0.2, {FROM}}}, {{name: s, rate: 0.1, {FROM}}}]"),
            "two shares are called 's'",
        ),
        (
            partner(f"shares: [{{name: s, rate: 0.2, until: 2026-01-01, {FROM}}}]"),
            "3:35: ends on 2026-01-01, before it has begun on 2026-01-01",
        ),
        (partner(f"roles: [{{role: agent, {FROM}}}]"), "3:13: an agent keeps a fee: say which"),
        (partner(f"roles: [{{role: principal, fee: 0.2, {FROM}}}]"), "3:31: a principal keeps the whole sale"),
        (
            partner(f"roles: [{{role: principal, {FROM}}}, {{role: principal, {FROM}}}]"),
            "3:5: what stands in partners.OpenAI.roles must stand oldest first, each with a day of its own",
        ),
        (partner(f"royalty_free: [{{of: {{}}, {FROM}}}]"), "3:21: royalty-free use must say whose"),
        (
            partner(f"commitments: [{{name: c, amount: 5, per: term, {FROM}}}]"),
            "3:19: the commitment 'c' is for its whole term: say `until` when",
        ),
        (partner(f"commitments: [{{name: c, amount: 0, per: year, {FROM}}}]"), "greater than 0, not 0"),
        (f"costs:\n  gpt5:\n    - {{{FROM}}}\n", "2:3: no model is called 'gpt5'. Did you mean 'gpt-5'?"),
        (f"costs:\n  gpt-5:\n    - {{{FROM}}}\n", "3:7: a cost is `gpu`, the platform's own, or an `invoice`"),
        (
            f"platform: Meta\ncosts:\n  llama-4-maverick:\n    - {{{FROM}, invoice: {INVOICE}}}\n",
            "'llama-4-maverick' is the platform's own, for which nobody sends an invoice",
        ),
        (
            f"platform_cost:\n  - {{{FROM}, per_million_requests: 1, per_million_tokens: 1}}\n"
            "  - {since: 2025-01-01, source: x, status: signed, per_million_requests: 1, per_million_tokens: 1}\n",
            "1:1: what stands in platform_cost must stand oldest first",
        ),
        (
            "limits: [{name: l, because: x, owner: OpnAI, most: 0.5, of: revenue}]\n",
            "1:32: no model of the catalog is owned by 'OpnAI'. Did you mean 'OpenAI'?",
        ),
        (
            f"discounts: [{{name: d, rate: 0.1, models: [gpt-6], {FROM}}}]\n",
            "1:43: 'gpt-6' matches no model's id, family or owner. Did you mean 'gpt-5'?",
        ),
        (f"discounts: [{{name: d, rate: 0.1, until: 2025-01-01, {FROM}}}]\n", "1:34: ends on 2025-01-01"),
        (f"gpus:\n  H100:\n    - {{rate: 2, speed: 0, {FROM}}}\n", "greater than 0, not 0"),
        (f"gpus:\n  H100:\n    - {{rate: 2, speed: 1, sped: 1, {FROM}}}\n", "unknown key 'sped' in gpus.H100"),
        ("gpus:\n  H100:\n    - {rate: 2, speed: 1, since: 2026-01-01, source: x}\n", "'status' is missing"),
        (
            f"gpus:\n  H100:\n    - {{rate: 2, speed: 1, {FROM}}}\n    - {{rate: 1, speed: 1, {FROM}}}\n",
            "2:3: what stands in gpus.H100 must stand oldest first, each with a day of its own",
        ),
    ],
)
def test_a_fault_is_told_with_its_place_and_the_nearest_right_thing(tmp_path: Path, text: str, expected: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.startswith("contracts.yaml:")
    assert expected in problem


def test_globs_in_discounts_come_out_as_models(tmp_path: Path) -> None:
    text = f"discounts: [{{name: d, rate: 0.1, models: ['gpt-5-*', Meta], {FROM}}}, {{name: e, rate: 0.2, {FROM}}}]\n"
    (tmp_path / "contracts.yaml").write_text(text)
    first, all_ = load(tmp_path).contracts.discounts
    assert first.models == ("gpt-5-mini", "gpt-5-nano", "llama-3.3-70b", "llama-4-maverick")
    assert all_.models == ()


def test_a_folder_without_contracts_takes_the_shipped_ones(tmp_path: Path) -> None:
    shipped = load()
    assert load(tmp_path).contracts == shipped.contracts
    for name in FILES:
        if name != "contracts.yaml":
            shutil.copyfile(SEEDS / name, tmp_path / name)
    assert (load(tmp_path).contracts, load(tmp_path).revision) == (shipped.contracts, shipped.revision)


def test_a_catalog_of_ones_own_takes_what_is_about_its_owners_and_models(tmp_path: Path) -> None:
    shipped: Any = load().documents
    catalog, prices = deepcopy(shipped["catalog.yaml"]), deepcopy(shipped["prices.yaml"])
    catalog["models"] = [{**row, "owner": "Contoso"} for row in catalog["models"] if row["owner"] == "Microsoft"]
    ids = {row["id"] for row in catalog["models"]}
    prices["prices"] = {name: dated for name, dated in prices["prices"].items() if name in ids}
    # JSON is YAML too.
    (tmp_path / "catalog.yaml").write_bytes(orjson.dumps(catalog))
    (tmp_path / "prices.yaml").write_bytes(orjson.dumps(prices))
    (tmp_path / "policies.yaml").write_text("default: a\npolicies: {a: {because: x, band: 0}}\n")
    contracts = load(tmp_path).contracts
    assert (contracts.platform, contracts.partners, contracts.limits) == (None, {}, ())
    assert set(contracts.costs) == {"mai-1", "phi-4", "phi-4-mini"}
    assert from_documents(load(tmp_path).documents).contracts == contracts
    assert with_policies(load(tmp_path), (tmp_path / "policies.yaml").read_bytes()).revision == load(tmp_path).revision
    assert "contracts.yaml" not in sources_with(load(tmp_path), b"default: a\npolicies: {a: {because: x, band: 0}}\n")


@pytest.mark.parametrize("catalog", ["[]", "models: 3", "models: [3]", "models:\n  - {id: [a]}"])
def test_a_catalog_that_is_wrong_is_told_as_such(tmp_path: Path, catalog: str) -> None:
    (tmp_path / "catalog.yaml").write_text(catalog)
    with pytest.raises(ConfigError, match=r"catalog\.yaml:1:1"):
        load(tmp_path)


def test_documents_from_before_contracts_load_and_keep_their_revision() -> None:
    shipped = load()
    old = {name: data for name, data in shipped.documents.items() if name != "contracts.yaml"}
    config = from_documents(old)
    assert config.contracts is NO_CONTRACTS
    assert config.revision != shipped.revision
    assert config.documents == old
    edited = with_policies(config, (SEEDS / POLICIES).read_bytes())
    assert (edited.contracts, edited.revision) == (NO_CONTRACTS, config.revision)


PARTNER = {
    "roles": [{**TERM, "role": "agent", "fee": 0.2}],
    "shares": [{**TERM, "name": "s", "rate": 0.2, "cap": 5, "until": "2027-01-01"}],
    "royalty_free": [{**TERM, "of": {"team": ["a", "b"], "tags": ["x"]}}],
    "commitments": [{**TERM, "name": "c", "amount": 1000, "per": "year"}],
}
FULL: dict[str, Any] = {
    "partners": {"Partner": PARTNER},
    "discounts": [{**TERM, "name": "d", "rate": 0.1, "models": ["part"]}],
    "costs": {"part": [{**gpu(1, 2), "invoice": {"input": 1, "output": 2, "cached_input": 3}}]},
    "platform_cost": [{**TERM, "per_million_requests": 1, "per_million_tokens": 2}],
    "gpus": {"B": [{**TERM, "rate": 6, "speed": 4}]},
    "limits": [{"name": "l", "because": "b", "owner": "Open", "most": 0.5, "of": "margin"}],
}


def changed(before: Config, after: Config) -> tuple[Difference, ...]:
    """What is told, once it is seen that it leads from the one to the other."""
    changes, step = differences(before, after), before
    for each in changes:
        step = with_only(step, after, each)
    assert differences(step, after) == differences(after, after) == ()
    assert step.contracts == after.contracts
    return changes


def test_every_part_of_contracts_is_told() -> None:
    plain, full = house({"costs": {}}), house(FULL)
    assert {".".join(each.path): each.after for each in changed(plain, full)} == {
        "contracts.partners.Partner": "agent for a fee of 0.2 since 2026-01-01 (signed); "
        "share s: 0.2 of sales, at most 5 USD a term since 2026-01-01 until 2027-01-01 (signed); "
        "royalty-free for team a or b or tags x since 2026-01-01 (signed); "
        "commitment c: 1000 USD a year since 2026-01-01 (signed)",
        "contracts.costs.part": "GPU-hours 1 in, 2 out, 0 cached at 2 USD, used 0.5, invoice 1 in, 2 out, 3 cached "
        "since 2026-01-01 (signed)",
        "contracts.discounts.d": "0.1 for everybody on part since 2026-01-01 (signed)",
        "contracts.gpus.B": "6 USD an hour, 4 times the tokens since 2026-01-01 (signed)",
        "contracts.limits.l": "at most 0.5 of margin for Open (b)",
        "contracts.platform_cost": "1 USD a million requests, 2 a million tokens since 2026-01-01 (signed)",
    }
    assert {each.kind for each in changed(full, plain)} == {"removed"}


def test_a_change_of_contracts_is_a_change_and_its_source_is_none() -> None:
    before = house(FULL)
    other = {**PARTNER, "roles": [{**TERM, "source": "elsewhere", "role": "agent", "fee": 0.3}]}
    (difference,) = changed(before, house({**FULL, "partners": {"Partner": other}}))
    assert difference.label.startswith("contracts.partners.Partner: agent for a fee of 0.2")
    assert [each.label for each in changed(before, house({**FULL, "platform": None}))] == [
        "contracts.platform removed: House"
    ]
    assert changed(before, house({**FULL, "partners": {"Partner": {}}}))[0].after == "no terms"
    noted = {**FULL, "discounts": [{**FULL["discounts"][0], "source": "elsewhere"}]}
    assert differences(before, house(noted)) == ()
