"""The page in a browser: every view in both languages, both themes, three widths, for everybody."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from page.browsing import opened
from page.conftest import House

VIEWS = (
    *("/", "/try", "/decisions", "/policies", "/ramps", "/ramps/ordinary-work", "/money", "/models", "/keys"),
    *("/scenarios", "/scenarios/trust?part=whole&requests=4", "/audit", "/money?part=preference", "/models?part=fleet"),
)
LOOKS = [("en", "light", 1280), ("ko", "dark", 360), ("ko", "light", 2560), ("en", "dark", 360)]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_view_stands_in_every_look(browser: Any, house: House, language: str, theme: str, width: int) -> None:
    with opened(browser, house, language, theme, width) as page:
        for view in (*VIEWS, f"/policies/candidates/{house.candidate()}?part=1"):
            page.goto(f"{house.url}{view}")
            assert page.get_attribute("html", "lang") == language
            assert page.locator("h1").count() == 1, view
            assert page.evaluate("document.documentElement.scrollWidth") <= width, view
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 380) == (theme == "light"), view


MOST_BYTES = 250_000
"""On the wire, of a view that nobody opened before."""


@pytest.mark.parametrize("view", ["/", "/try", "/decisions", "/policies", "/money"])
def test_a_first_page_is_small_on_the_wire(browser: Any, house: House, view: str) -> None:
    with opened(browser, house) as page:
        network, sizes = page.context.new_cdp_session(page), list[int]()
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(f"{house.url}{view}", wait_until="networkidle")
        assert len(sizes) > 2
        assert sum(sizes) <= MOST_BYTES


def test_the_keyboard_alone_leads_everywhere(browser: Any, house: House) -> None:
    with opened(browser, house) as page:
        page.goto(house.url)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('main').contains(document.activeElement)")
        page.focus("nav a[href='/ramps']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/ramps")
        reached = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
            seen = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            assert page.evaluate(f"document.activeElement === document.body || {seen}")
        assert {"/", "/try", "/money", "/ramps/ordinary-work"} <= reached


def test_the_navigation_shows_where_one_is_on_a_narrow_screen(browser: Any, house: House) -> None:
    with opened(browser, house, "ko", "dark", 360) as page:
        for view in ("/", "/keys", "/audit"):
            page.goto(f"{house.url}{view}")
            box = page.locator("nav [aria-current]").bounding_box()
            assert box["x"] >= 0, view
            assert box["x"] + box["width"] <= 360, view


def axe() -> Path | None:
    """axe-core, from the folder of npm packages beside the checkout, or where npm keeps its own."""
    places = [ROOT / ".npm"]
    if npm := shutil.which("npm"):
        said = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False)
        places.append(Path(said.stdout.strip()).parent)
    return next((file for place in places if (file := place / "node_modules/axe-core/axe.min.js").exists()), None)


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ko", "dark")])
def test_everybody_can_use_it(browser: Any, house: House, language: str, theme: str) -> None:
    if (source := axe()) is None:
        pytest.skip("needs axe-core: `npm install --prefix .npm axe-core`")
    id_, tried = house.ask(), house.candidate()
    house.running.key(f"team_{language}", team="a")
    with opened(browser, house, language, theme) as page:
        for view in (*VIEWS, f"/decisions/{id_}", f"/policies/candidates/{tried}?part=1"):
            page.goto(f"{house.url}{view}")
            if view == "/try":
                page.fill("textarea", "hi")
                page.wait_for_selector("[data-sentence] b")
            if view == "/policies":
                page.wait_for_selector("[data-ready]")
            # Past the policy for content: what is looked at is the page, not what its scripts may do.
            page.evaluate(source.read_text(encoding="utf-8"))
            result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found = [(each["id"], each["nodes"][0]["html"][:200]) for each in result["violations"]]
            assert found == [], f"{view}: {json.dumps(found)}"
