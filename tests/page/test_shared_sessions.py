"""Sessions of the page that several processes know: sealed, ended by time, links redeemed once."""

import os
from pathlib import Path

from router.page.sessions import IDLE_S, LINK_S, LONGEST_S, MOST, Session
from router.page.shared_sessions import SharedSessions


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


def pair(folder: Path) -> tuple[SharedSessions, SharedSessions, Clock]:
    one, other, clock = SharedSessions(folder), SharedSessions(folder), Clock()
    one._clock = other._clock = clock
    return one, other, clock


def used_at(folder: Path, seconds: float) -> None:
    for file in folder.iterdir():
        os.utime(file, (seconds, seconds))


def test_what_one_process_begins_another_knows_and_ends(tmp_path: Path) -> None:
    one, other, clock = pair(tmp_path)
    cookie = one.begin("fga_secret", "kim", "editor")
    used_at(tmp_path, clock.now)
    session = other.session(cookie)
    assert isinstance(session, Session)
    assert (session.secret, session.admin, session.role) == ("fga_secret", "kim", "editor")
    assert (again := one.session(cookie)) is not None and again.csrf == session.csrf
    other.end(cookie)
    assert one.session(cookie) is None


def test_what_lies_in_the_folder_signs_nobody_in(tmp_path: Path) -> None:
    one, _, _ = pair(tmp_path)
    cookie, word = one.begin("fga_secret", "kim", "owner"), one.link("fga_secret")
    for file in tmp_path.iterdir():
        kept = file.read_bytes() + file.name.encode()
        assert b"fga_secret" not in kept
        assert cookie.encode() not in kept
        assert word.encode() not in kept
        assert one.session(file.name.partition("-")[2]) is None


def test_a_file_that_was_changed_is_no_session(tmp_path: Path) -> None:
    one, _, clock = pair(tmp_path)
    cookie = one.begin("fga_secret", "kim", "owner")
    (file,) = tmp_path.iterdir()
    kept = file.read_bytes()
    file.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    used_at(tmp_path, clock.now)
    assert one.session(cookie) is None
    file.write_bytes(b"")
    assert one.session(cookie) is None


def test_a_session_ends_idle_and_in_any_case(tmp_path: Path) -> None:
    one, other, clock = pair(tmp_path)
    cookie = one.begin("fga_secret", "kim", "viewer")
    used_at(tmp_path, clock.now)
    begun = clock.now
    clock.now += IDLE_S - 1
    assert one.session(cookie)
    # It was marked as used just now, by the system's clock.
    (file,) = tmp_path.iterdir()
    used_at(tmp_path, clock.now)
    clock.now += IDLE_S - 1
    assert other.session(cookie)
    used_at(tmp_path, clock.now)
    clock.now += IDLE_S
    assert other.session(cookie) is None
    clock.now = begun + LONGEST_S
    used_at(tmp_path, clock.now)
    assert one.session(cookie) is None
    one.begin("fga_secret", "lee", "viewer")
    assert file.exists(), "it was used a moment ago, by its mark"
    used_at(tmp_path, clock.now - IDLE_S)
    one.begin("fga_secret", "ann", "viewer")
    assert not file.exists()


def test_a_link_is_redeemed_once_and_soon(tmp_path: Path) -> None:
    one, other, clock = pair(tmp_path)
    word = one.link("fga_secret")
    assert other.redeem(word) == "fga_secret"
    assert one.redeem(word) is None
    late = one.link("fga_secret")
    clock.now += LINK_S
    assert other.redeem(late) is None
    assert one.redeem("a word that nobody gave") is None


def test_past_the_most_the_one_that_was_idle_for_longest_ends(tmp_path: Path) -> None:
    one, other, clock = pair(tmp_path)
    first = one.begin("fga_secret", "kim", "viewer")
    used_at(tmp_path, clock.now - 60)
    for number in range(MOST - 1):
        (tmp_path / f"session-{number}").write_bytes(b"")
    cookie = other.begin("fga_secret", "lee", "viewer")
    assert len(list(tmp_path.iterdir())) == MOST
    assert other.session(first) is None
    (tmp_path / "session-0").unlink()
    assert cookie
