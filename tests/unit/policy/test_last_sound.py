"""A sound revision can always be put in force over a file that is not, and nothing that anybody wrote is lost."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from router.config import load
from router.config.load import POLICIES
from router.errors import ConfigError
from router.ledger import SqliteLedger
from router.policy.last_sound import standing
from router.policy.lifecycle import note_found, propose, put_in_force, text_of
from router.policy.policy_tests import Tried
from router.types import Author, Config

KIM = Author("kim", "command", "a test")
FIRST = "# first\ndefault: a\npolicies:\n  a: {because: x, band: 0}\n"
SECOND = FIRST.replace("# first", "# second").replace("band: 0", "band: 0.5")
TYPO = SECOND.replace("band", "bnad")
FORBIDDEN = FIRST.replace("band: 0", "band: 0.9")


def refuse_wide(config: Config) -> None:
    if config.policies["a"].band > 0.8:
        raise ConfigError(["a test of its own fails"])


def try_policies(config: Config) -> tuple[Tried, ...]:
    trial: Any = None
    return (Tried("a", 0, trial, config.policies["a"].band <= 0.8, "so it came"),)


def no_replay(_: Config, __: Config) -> dict[str, Any]:
    return {}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / POLICIES).write_text(FIRST, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ledger() -> Iterator[SqliteLedger]:
    with closing(SqliteLedger()) as made:
        yield made


def write(folder: Path, text: str) -> None:
    (folder / POLICIES).write_text(text, encoding="utf-8")


def serve(folder: Path, ledger: SqliteLedger) -> Config:
    note_found(load(folder), ledger, "found", KIM)
    return load(folder)


@pytest.mark.parametrize("bad", [TYPO, "band: [", FORBIDDEN, "\ufeffdefault: [\n"])
def test_a_sound_text_goes_over_one_that_is_not_and_keeps_it_aside(
    folder: Path, ledger: SqliteLedger, bad: str
) -> None:
    served = serve(folder, ledger)
    write(folder, bad)
    stood = standing(folder, ledger, refuse_wide)
    assert (stood.config.revision, stood.broken) == (served.revision, True)
    assert stood.fault is not None
    proposal = propose(SECOND.encode(), "new.yaml", stood.config, try_policies, no_replay)
    event = put_in_force(proposal, folder, ledger, KIM)
    assert (folder / POLICIES).read_text(encoding="utf-8") == SECOND
    assert event.aside is not None
    assert (folder / event.aside).read_text(encoding="utf-8") == bad
    assert [each.text for each in ledger.events()] == [FIRST, SECOND], "what never served is no way back"
    assert ledger.events()[-1].aside == event.aside


def test_over_a_broken_file_the_way_back_is_what_serves_and_then_what_served_before(
    folder: Path, ledger: SqliteLedger
) -> None:
    serve(folder, ledger)
    put_in_force(propose(SECOND.encode(), "n", load(folder), try_policies, no_replay), folder, ledger, KIM)
    write(folder, TYPO)
    broken = standing(folder, ledger, refuse_wide).broken
    assert text_of("", ledger, broken=broken) == SECOND
    assert text_of("", ledger) == FIRST
    assert text_of("1", ledger, broken=broken) == FIRST


def test_a_sound_folder_stands_by_itself_and_nothing_is_set_aside(folder: Path, ledger: SqliteLedger) -> None:
    assert standing(folder, None, refuse_wide).fault is None
    assert standing(None, ledger, lambda _: None).broken is False
    event = put_in_force(propose(SECOND.encode(), "n", load(folder), try_policies, no_replay), folder, ledger, KIM)
    assert event.aside is None
    assert sorted(path.name for path in folder.iterdir()) == [POLICIES]


def test_where_nothing_sound_has_served_there_is_nothing_to_stand_on(folder: Path, ledger: SqliteLedger) -> None:
    write(folder, TYPO)
    for known in (None, ledger):
        with pytest.raises(ConfigError, match="bnad"):
            standing(folder, known, refuse_wide)


def test_where_another_file_is_not_sound_all_of_the_last_revision_serves(folder: Path, ledger: SqliteLedger) -> None:
    served = serve(folder, ledger)
    (folder / "ramps.yaml").write_text("ramps: 5\n", encoding="utf-8")
    stood = standing(folder, ledger, refuse_wide)
    assert (stood.config.revision, stood.broken) == (served.revision, False)
    assert stood.config.texts[POLICIES] == FIRST
    # The policies that are there are no part of what is wrong: they are not taken away.
    proposal = propose(SECOND.encode(), "n", stood.config, try_policies, no_replay)
    assert put_in_force(proposal, folder, ledger, KIM).aside is None


def test_a_policies_file_that_is_gone_is_broken_where_its_folder_cannot_be_read(
    folder: Path, ledger: SqliteLedger
) -> None:
    serve(folder, ledger)
    (folder / POLICIES).unlink()
    (folder / "ramps.yaml").write_text("ramps: 5\n", encoding="utf-8")
    assert standing(folder, ledger, refuse_wide).broken


def test_a_revision_that_cannot_serve_any_more_is_passed_over(folder: Path, ledger: SqliteLedger) -> None:
    served = serve(folder, ledger)
    with ledger.changing() as note:
        event = ledger.events()[-1]
        note(
            type(event)(**{name: getattr(event, name) for name in event.__slots__} | {"text": "x: [", "revision": "0"})
        )
    write(folder, TYPO)
    assert standing(folder, ledger, refuse_wide).config.revision == served.revision
