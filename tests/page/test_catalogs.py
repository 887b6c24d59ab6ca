"""Both languages say everything, and nothing is said that no page asks for."""

import re
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest

import router.page
from router.accounting.savings.self_preference import Verdict as PreferenceVerdict
from router.api.routes.reading.traffic_figures import RANGES
from router.keys.admin import ROLES
from router.page.catalogs import LANGUAGES, catalog, preferred
from router.page.rendering import PLACES
from router.page.views.models_view import WAYS
from router.policy.candidates.candidate_store import State as CandidateState
from router.ramps.commands import WORDS
from router.ramps.state import Reason as RampReason
from router.ramps.state import Stage
from router.ramps.transitions import MoveKind
from router.types import CAPABILITIES, TASKS
from router.types.access import Via
from router.types.catalog import Status
from router.types.pipeline import Code, Exclusion, Reason
from router.types.words import Consent, Outcome

FOLDER = Path(router.page.__file__).parent
TEMPLATES = [path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.html")]
MODULES = [path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py")]
SCRIPTS = [path.read_text(encoding="utf-8") for path in (FOLDER / "static").glob("*.js")]
CODES = [code for part in get_args(Code) for code in (get_args(part) or (part,))]
WHOLE: dict[str, Any] = {
    "task": TASKS,
    "place": PLACES,
    "code": CODES,
    "reason": get_args(Reason),
    "outcome": get_args(Outcome),
    "consent": get_args(Consent),
    "stage": get_args(Stage),
    "stage.short": get_args(Stage),
    "move": get_args(MoveKind),
    "ramp.reason": get_args(RampReason),
    "order": WORDS,
    "role": ROLES,
    "via": get_args(Via),
    "status": get_args(Status),
    "range": RANGES,
    "waits": ("time", "pairs", "evidence", "hours"),
    "health": ("healthy", "open", "half_open", "resting"),
    "verdict": ("no_data", "not_yet", "promote", "harm", "rolled_back"),
    "keys.state": ("valid", "expired", "revoked"),
    "drift.what": ("task", "language", "difficulty", "calibration"),
    "event": ("applied", "rolled_back", "found", "edited"),
    "candidate.state": get_args(CandidateState),
    "preference.verdict": get_args(PreferenceVerdict),
    "preference.sentence": get_args(PreferenceVerdict),
    "fleet.kind": WAYS,
}


def spoken() -> tuple[set[str], set[str]]:
    """The keys that templates, views and scripts name whole, and the beginnings of those that they put together."""
    whole, beginnings = set(), set()
    for source in TEMPLATES:
        for key, more in re.findall(r"\b(?:t|raw)\('([\w.-]+)'(\s*~)?", source):
            (beginnings if more else whole).add(key)
        beginnings.update(re.findall(r"choices\(t\('[\w.]+'\), \w+, \w+, '\w+', '(\w+)'", source))
        beginnings.update(re.findall(r"picker\('\w+', \w+, '(\w+)'\)", source))
        if "picker(" in source:
            whole.update(f"col.{word}" for word in re.findall(r"picker\('(\w+)'", source))
    for source in MODULES:
        for call, _, key in re.findall(r"visit\.t\(\s*(f?)(\")([^\"]*)\"", source):
            (beginnings if call and "{" in key else whole).add(key.partition("{")[0] if call else key)
        if found := re.search(r"visit\.texts\(([^)]*)\)", source):
            beginnings.update(beginning for beginning in re.findall(r'"([\w.]+)"', found[1]) if beginning in DRAWN_FROM)
    for source in SCRIPTS:
        whole.update(re.findall(r'said\["([\w.]+)"\]', source))
        whole.update(re.findall(r'"((?:js|edit|proof)\.[\w.]+)"', source))
        beginnings.update(re.findall(r"said\[`([\w.]+?)\$\{", source))
    # Rungs and headlines are named by their last word alone.
    whole |= {f"proof.{name}" for source in SCRIPTS for name in re.findall(r'(?:rung|next)\("(\w+)"\)', source)}
    calls = [call for source in SCRIPTS for call in re.findall(r"(?:headline|showNothing)\((.*)", source)]
    headlines = {name for call in calls for name in re.findall(r'"(\w+)"', call)} - {"error"}
    whole |= {f"edit.{name}{end}" for name in headlines for end in ("", ".note")}
    return whole, beginnings


DRAWN_FROM = ("code.", "flip.", "lift.", "task.", "reason.", "picture.")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_places() -> None:
    english, korean = (catalog(language) for language in LANGUAGES)
    assert set(english) == set(korean)
    assert {key: places(said) ^ places(korean[key]) for key, said in english.items()} == {key: set() for key in english}


def test_no_text_is_missing() -> None:
    whole, beginnings = spoken()
    keys = set(catalog("en"))
    assert {key for key in whole if key not in keys and key.partition(".")[0] != "edit"} == set()
    assert {key for key in whole if key.startswith("edit.") and not key.endswith(".note")} <= keys
    assert [beginning for beginning in beginnings if not any(key.startswith(beginning) for key in keys)] == []


def test_no_text_is_unused() -> None:
    whole, beginnings = spoken()
    unused = {
        key
        for key in catalog("en")
        if key not in whole and not any(key.startswith(f"{beginning.rstrip('.')}.") for beginning in beginnings)
    }
    assert unused == set()


@pytest.mark.parametrize("root", WHOLE)
def test_every_word_of_a_closed_set_has_its_text(root: str) -> None:
    assert [word for word in WHOLE[root] if f"{root}.{word}" not in catalog("en")] == []


def test_what_can_be_let_in_is_an_exclusion() -> None:
    lifts = {key.removeprefix("lift.") for key in catalog("en") if key.startswith("lift.")}
    assert lifts <= set(get_args(Exclusion))
    assert CAPABILITIES


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_markup(language: str) -> None:
    assert [key for key, said in catalog(language).items() if re.search(r"[<>&]", said.replace("->", ""))] == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("fr,de;q=0.5", "en"),
        ("fr,ko;q=0.2", "ko"),
        ("ko;q=x", "en"),
        ("", "en"),
    ],
)
def test_the_browser_chooses_the_language(accepted: str, language: str) -> None:
    assert preferred(accepted) == language
