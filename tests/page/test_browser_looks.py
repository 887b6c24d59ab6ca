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
    *("/scenarios", "/scenarios/trust?part=whole&requests=4", "/audit"),
)
LOOKS = [("en", "light", 1280), ("ko", "dark", 360), ("ko", "light", 2560), ("en", "dark", 360)]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_view_stands_in_every_look(browser: Any, house: House, language: str, theme: str, width: int) -> None:
    with opened(browser, house, language, theme, width) as page:
        for view in VIEWS:
            page.goto(f"{house.url}{view}")
            assert page.get_attribute("html", "lang") == language
            assert page.locator("h1").count() == 1, view
            assert page.evaluate("document.documentElement.scrollWidth") <= width, view
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 380) == (theme == "light"), view


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
    id_ = house.ask()
    with opened(browser, house, language, theme) as page:
        for view in (*VIEWS, f"/decisions/{id_}"):
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
