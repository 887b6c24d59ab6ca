"""What a browser changes: policies, ramps, keys, and a server that was never asked."""

from typing import Any

from page.browsing import opened
from page.conftest import House


def type_in(page: Any, line: str, text: str) -> None:
    """Put a text at the end of a line of the editor, after taking one letter away."""
    page.locator(".cm-line", has_text=line).first.click()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type(text)


def test_a_policy_is_mended_replayed_applied_and_rolled_back(browser: Any, fresh: House) -> None:
    before = fresh.running.live_config.config.revision
    with opened(browser, fresh) as page:
        page.goto(f"{fresh.url}/policies")
        page.wait_for_selector("[data-ready]")
        type_in(page, "band: 0.02", "x")
        page.wait_for_selector(".findings .error")
        lines = (fresh.folder / "policies.yaml").read_text(encoding="utf-8").splitlines()
        assert page.locator(".findings .place").first.inner_text() == f"{lines.index('    band: 0.02') + 1}:5"
        page.wait_for_selector(".cm-lint-marker-error")
        assert page.locator("[data-apply]").is_hidden()
        page.locator(".cm-content").press("Backspace")
        page.keyboard.type("8")
        page.wait_for_selector("[data-apply]:not([hidden])")
        assert "policies.balanced.band: 0.02 -> 0.08" in page.inner_text("[data-differences]")
        assert page.locator("[data-flow] svg path").count() > 0
        page.fill("[data-because]", "a test")
        page.click("[data-apply-button]")
        page.wait_for_selector("[data-done]:not([hidden])")
        assert fresh.running.live_config.config.policies["balanced"].band == 0.08
        assert "“a test”" in page.inner_text(".history li:first-child")
        button = page.locator("[data-roll-back]").first
        button.click()
        button.click()
        page.locator("[data-done]", has_text="Rolled back").wait_for()
        assert fresh.running.live_config.config.revision == before


def test_a_candidate_is_tried_beside_traffic_and_dropped(browser: Any, fresh: House) -> None:
    before = fresh.running.live_config.config.revision
    with opened(browser, fresh, "ko") as page:
        page.goto(f"{fresh.url}/policies")
        page.wait_for_selector("[data-ready]")
        type_in(page, "band: 0.02", "8")
        page.wait_for_selector("[data-apply]:not([hidden])")
        page.fill("[data-because]", "a test")
        page.click("[data-try-beside]")
        page.wait_for_url("**/policies/candidates/*")
        page.wait_for_selector("[data-order=drop]")
        assert page.locator("h1").count() == 1
        fresh.ask()
        page.reload()
        page.wait_for_selector("svg .c0, svg .c1, svg .c2")
        assert "policies.balanced.band: 0.02 -> 0.08" in page.inner_text(".differences")
        page.locator("text", has_text="수학").or_(page.locator("text", has_text="추론")).first.wait_for()
        page.click("[data-order=drop]")
        page.click("[data-order=drop]")
        page.wait_for_url("**/policies")
        assert page.locator("#candidates .chip").inner_text() == "버려짐"
    assert fresh.running.live_config.config.revision == before


def test_what_reads_the_whole_log_comes_after_its_page(browser: Any, fresh: House) -> None:
    with opened(browser, fresh) as page:
        page.goto(f"{fresh.url}/money")
        page.wait_for_selector("#preference tr.own")
        page.goto(f"{fresh.url}/models")
        page.locator("#fleet th", has_text="H100").wait_for()


def test_the_second_editor_is_told_and_loses_nothing(browser: Any, fresh: House) -> None:
    with opened(browser, fresh) as page, fresh.running.http() as other:
        page.goto(f"{fresh.url}/policies")
        page.wait_for_selector("[data-ready]")
        type_in(page, "band: 0.02", "5")
        page.wait_for_selector("[data-apply]:not([hidden])")
        text = other.get("/admin/v1/policies")
        theirs = text.text.replace("band: 0.06", "band: 0.07", 1)
        headers = {"if-match": text.headers["etag"]}
        assert other.put("/admin/v1/policies?because=quicker", content=theirs, headers=headers).status_code == 200
        page.click("[data-apply-button]")
        page.wait_for_selector("[data-conflict]:not([hidden])")
        assert "quicker" in page.inner_text("[data-conflict-note]")
        assert "band: 0.05" in page.inner_text(".cm-content")
        assert "band: 0.07" in page.text_content("[data-theirs]")
        page.wrong.clear()
        page.click("[data-take-theirs]")
        page.locator(".cm-line", has_text="band: 0.07").wait_for()


def test_a_ramp_goes_from_draft_to_a_step(browser: Any, fresh: House) -> None:
    with opened(browser, fresh) as page:
        page.goto(f"{fresh.url}/ramps/ordinary-work")
        for order in ("approve", "start"):
            page.fill("[data-because]", "a test")
            page.click(f"[data-order={order}]")
            page.wait_for_selector(f"[data-order={ {'approve': 'start', 'start': 'advance'}[order] }]")
        page.check("[data-force]")
        page.click("[data-order=advance]")
        page.click("[data-order=advance]")
        page.wait_for_selector("[data-order=rollback]")
        assert "5 %" in page.inner_text("h1")


def test_a_key_is_made_shown_once_and_ended(browser: Any, fresh: House) -> None:
    with opened(browser, fresh) as page:
        page.goto(f"{fresh.url}/keys")
        page.fill("[name=name]", "team-a")
        page.fill("[name=budgets]", "20 USD per month")
        page.click("[data-make] button")
        page.wait_for_selector("[data-secret]:not([hidden])")
        secret = page.inner_text("[data-secret-text]")
        assert secret.startswith("fgb_")
        page.click("[data-secret] a")
        page.wait_for_selector("[data-revoke]")
        assert secret not in page.content()
        page.click("[data-revoke]")
        page.click("[data-revoke]")
        page.wait_for_selector(".chip.worse")


def test_an_empty_server_fills_itself(browser: Any, fresh: House) -> None:
    with opened(browser, fresh) as page:
        page.goto(f"{fresh.url}/?since=2020-01-01&until=2020-01-02")
        page.route(
            "**/admin/v1/workload",
            lambda route: route.fulfill(json={"object": "list", "data": route.fetch().json()["data"][:8]}),
        )
        before = len(list(fresh.running.ledger.receipts()))
        with page.expect_navigation():
            page.click("[data-demo]")
        fresh.running.ledger.flush()
        assert len(list(fresh.running.ledger.receipts())) == before + 8


def test_hostile_names_never_run(browser: Any, fresh: House) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    with fresh.client() as client:
        body = {"model": "auto", "messages": [{"role": "user", "content": hostile}]}
        client.post("/v1/chat/completions", json=body, headers={"x-fungible-team": hostile, "x-request-id": hostile})
    with opened(browser, fresh) as page:
        page.on("dialog", lambda dialog: page.wrong.append("a dialog"))
        page.goto(f"{fresh.url}/decisions?asked={hostile}")
        page.goto(f"{fresh.url}/try")
        page.fill("textarea", hostile)
        page.wait_for_selector("[data-sentence] b")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("[data-receipt]:not([hidden])")
        page.click("[data-receipt] a")
        page.wait_for_selector("[data-verdict].done")
        page.goto(f"{fresh.url}/policies")
        page.wait_for_selector("[data-ready]")
        type_in(page, "because: The cheapest model within two", f" {hostile}")
        page.wait_for_selector("[data-apply]:not([hidden])")
        assert page.locator("img").count() == 0
