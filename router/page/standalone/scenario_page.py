"""A played scenario as one file of HTML that needs nothing else: both languages, light and dark.

Invariant: nothing in it is loaded from elsewhere, and nothing in it runs.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from router.page.catalogs import LANGUAGES, text
from router.page.rendering import environment
from router.page.scenario_pictures import answer, drawn_pictures, drawn_sweeps, in_unit, spread

_STYLE = Path(__file__).parents[1] / "static" / "page.css"


def page(result: Mapping[str, Any], language: str) -> str:
    """The whole document; the language is the one that is shown first."""
    style = Markup(_STYLE.read_text(encoding="utf-8"))  # noqa: S704 - our own style sheet
    bodies = {each: body(result, each) for each in LANGUAGES}
    answers = {each: answer(result, each) for each in LANGUAGES}
    template = environment().get_template("scenario_alone.html")
    return template.render(
        result=result, bodies=bodies, answers=answers, style=style, shown=language, languages=LANGUAGES
    )


def body(result: Mapping[str, Any], language: str) -> Markup:
    """The pictures and texts in one language."""
    template = environment().get_template("scenario_body.html")
    known = {
        "result": result,
        "language": language,
        "t": partial(text, language),
        "pictures": drawn_pictures(result, language),
        "sweeps": drawn_sweeps(result, language),
        "in_unit": in_unit,
        "spread": spread,
    }
    return Markup(template.render(known))  # noqa: S704 - the template escapes what it is given
