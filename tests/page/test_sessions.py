"""Sessions end: after a while, when they are told to, and when there are too many."""

import pytest

from router.page.sessions import IDLE_S, LINK_S, LONGEST_S, Sessions


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(clock)


def test_a_session_lasts_while_it_is_used(sessions: Sessions, clock: Clock) -> None:
    cookie = sessions.begin("secret", "ann", "editor")
    for _ in range(5):
        clock.now += IDLE_S - 1
        session = sessions.session(cookie)
        assert session is not None
    assert (session.admin, session.may("viewer"), session.may("owner")) == ("ann", True, False)
    clock.now += IDLE_S
    assert sessions.session(cookie) is None


def test_no_session_lasts_for_ever(sessions: Sessions, clock: Clock) -> None:
    cookie = sessions.begin("secret", "ann", "owner")
    while clock.now < LONGEST_S:
        assert sessions.session(cookie)
        clock.now += IDLE_S - 1
    assert sessions.session(cookie) is None


def test_two_sessions_have_nothing_in_common(sessions: Sessions) -> None:
    first, second = sessions.begin("secret", "a", "viewer"), sessions.begin("secret", "a", "viewer")
    assert first != second
    one, other = sessions.session(first), sessions.session(second)
    assert one
    assert other
    assert one.csrf != other.csrf
    sessions.end(first)
    assert (sessions.session(first), bool(sessions.session(second))) == (None, True)
    sessions.end("unknown")


def test_too_many_end_the_one_that_was_idle_longest(
    sessions: Sessions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.page.sessions.MOST", 2)
    cookies = []
    for clock.now in map(float, range(3)):
        cookies.append(sessions.begin("secret", "a", "viewer"))
    assert [bool(sessions.session(cookie)) for cookie in cookies] == [False, True, True]


def test_a_link_is_good_once_and_soon(sessions: Sessions, clock: Clock) -> None:
    word, late = sessions.link("secret"), sessions.link("other")
    assert sessions.redeem(word) == "secret"
    assert sessions.redeem(word) is None
    clock.now += LINK_S + 1
    assert sessions.redeem(late) is None
