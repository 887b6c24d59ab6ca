"""A prompt tried in a browser, its receipt and what proves it, and what was tampered with."""

import re
from decimal import Decimal
from typing import Any

import pytest
from api.servers import ADMIN_KEY

from page.browsing import opened
from page.conftest import House
from router.decision.flips import winner
from router.types import EXCLUSIONS, Candidate

MOVE_BAND = "const b = document.querySelector('[data-band]'); b.value = 0.25; b.dispatchEvent(new Event('input'))"


def test_a_prompt_is_tried_its_choice_flipped_and_its_proof_verified(browser: Any, house: House) -> None:
    with opened(browser, house) as page:
        page.goto(f"{house.url}/try")
        page.fill("textarea", "Prove that there are infinitely many primes.")
        page.wait_for_selector("[data-sentence] b")
        before = page.inner_text("[data-sentence] b")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("[data-receipt]:not([hidden])")
        assert len(page.inner_text("[data-answer]")) > 40
        page.evaluate(
            "const b = document.querySelector('[data-band]'); b.value = 0.25; b.dispatchEvent(new Event('input'))"
        )
        after = page.inner_text("[data-sentence] b")
        assert after != before
        assert "Flipped" in page.inner_text("[data-sentence]")
        page.click("[data-reset]")
        assert page.inner_text("[data-sentence] b") == before
        assert page.locator("[data-policies-table] tr").count() == 5
        page.click("[data-receipt] a")
        page.wait_for_selector("[data-verdict].done")
        assert page.locator(".ladder .good").count() == 5
        assert page.locator(".chip", has_text="decided again: the same").count() == 1
        # The key and the head are remembered: the next visit is held against them.
        page.reload()
        page.wait_for_selector("[data-verdict].done")
        assert "pinned" in page.inner_text("[data-rung=head]")
        assert "seen before" in page.inner_text("[data-rung=history]")


def broken(rung: str, proof: str) -> str:
    """A proof of which one part was changed."""
    if rung == "path":
        lines = proof.split("\n")
        lines[3] = lines[3][:4] + ("A" if lines[3][4] != "A" else "B") + lines[3][5:]
        return "\n".join(lines)
    *rest, last, end = proof.split("\n")
    return "\n".join([*rest, last[:-20] + ("A" if last[-20] != "A" else "B") + last[-19:], end])


@pytest.mark.parametrize("rung", ["path", "head"])
def test_a_proof_that_was_changed_fails_at_its_rung(browser: Any, house: House, rung: str) -> None:
    id_ = house.ask()
    with opened(browser, house) as page:
        page.route(
            "**/proof", lambda route: route.fulfill(body=broken(rung, route.fetch().text()), content_type="text/plain")
        )
        page.goto(f"{house.url}/decisions/{id_}")
        page.wait_for_selector("[data-verdict].fault")
        assert page.locator(".ladder .bad").get_attribute("data-rung") == rung


def test_a_receipt_that_says_something_else_fails(browser: Any, house: House) -> None:
    id_ = house.ask()
    with opened(browser, house) as page:
        page.route(
            f"**/v1/receipts/{id_}", lambda route: route.fulfill(body=route.fetch().text().replace('"ok"', '"OK"'))
        )
        page.goto(f"{house.url}/decisions/{id_}")
        page.wait_for_selector("[data-verdict].fault")
        assert page.locator(".ladder .bad").get_attribute("data-rung") == "record"


def test_another_key_than_the_pinned_one_fails(browser: Any, house: House) -> None:
    id_ = house.ask()
    with opened(browser, house) as page:
        page.goto(f"{house.url}/decisions/{id_}")
        page.wait_for_selector("[data-verdict].done")
        page.evaluate(
            "for (const name of Object.keys(localStorage)) if (name.startsWith('fungible-key'))"
            " localStorage.setItem(name, localStorage.getItem(name).replace(/\\+[0-9a-f]{8}\\+/, '+00000000+'))"
        )
        page.reload()
        page.wait_for_selector("[data-verdict].fault")
        assert page.locator(".ladder .bad").get_attribute("data-rung") == "head"


def test_a_ledger_that_was_tampered_with_is_seen(browser: Any, fresh: House) -> None:
    id_ = fresh.ask()
    fresh.running.ledger.flush()
    with fresh.running.ledger.database.writing() as database:
        changed = "CAST(replace(body, '\"ok\"', '\"OK\"') AS BLOB)"
        database.execute(f"UPDATE receipts SET body = {changed} WHERE id = ?", (id_,))
    with opened(browser, fresh) as page:
        answer = page.goto(f"{fresh.url}/decisions/{id_}")
        assert answer.status == 503
        assert "can't be used" in page.inner_text("main")
        page.wrong.clear()


def test_signing_out_leads_to_the_door(browser: Any, house: House) -> None:
    with opened(browser, house) as page:
        page.goto(f"{house.url}/sign-in")
        page.fill("input[name=key]", ADMIN_KEY)
        page.click("main button")
        page.wait_for_url(f"{house.url}/")
        page.locator("form[action='/sign-out'] button").click()
        page.wait_for_url(f"{house.url}/sign-in")
        page.goto(f"{house.url}/money")
        assert "/sign-in" in page.url


def test_the_rule_in_the_browser_is_the_servers(browser: Any, house: House) -> None:
    with opened(browser, house) as page, house.client() as client:
        page.goto(f"{house.url}/try")
        address = re.search(r'src="([^"]+)try\.js"', page.content())
        assert address
        asked = (
            ("auto", "hi"),
            ("partner-frontier", "Prove that primes never end."),
            ("house-first", "Draft a clause."),
        )
        for model, text in asked:
            body = {"model": model, "messages": [{"role": "user", "content": text}]}
            candidates = client.post("/v1/route", json=body).json()["candidates"]
            bands = [n / 200 for n in range(50)]
            script = """async ([address, candidates, bands]) => {
              const { choose } = await import(address + "choice.js");
              const all = candidates.map((each) => ({ ...each, cost: Number(each.cost_usd) }));
              return bands.map((band) => choose(all, { band, optimize: "cost" }).winner.model);
            }"""
            chosen = page.evaluate(script, [address[1], candidates, bands])
            rows = [
                Candidate(
                    *(c["model"], "", "", "chosen", c["predicted_quality"], Decimal(c["cost_usd"]), c["latency_ms"]),
                    preferred=c["preferred"],
                    rank=c["rank"],
                )
                for c in candidates
                if c["code"] not in EXCLUSIONS
            ]
            assert chosen == [winner(rows, band, "cost") for band in bands]
