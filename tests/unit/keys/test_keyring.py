"""Secrets, names, grants, and the ring that looks them up."""

import asyncio
import string
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.config import load
from router.config.key_grants import GrantWritten, access, plain, written
from router.errors import BadRequest, ConfigError, Conflict, NotFound, Unauthorized
from router.keys import keyring as ring_module
from router.keys.key import checked_name
from router.keys.keyring import Keyring
from router.keys.secret import digest_of, is_whole, new_secret
from router.keys.store import KeyStore, now
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.ledger.log.records import note
from router.ledger.log.verify import verify_ledger
from router.transparency.entry import CALLER
from router.types import Access, Author, Permit, Rates

CONFIG = load()
KIM = Author("kim", "command", "a test")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    with closing(place.ledger()) as ledger:
        yield ledger


def keyring(ledger: DatabaseLedger) -> Keyring:
    return Keyring(KeyStore(ledger.log), ledger.salt, lambda: CONFIG)


def found(keys: Keyring, secret: str) -> Access:
    return asyncio.run(keys.authenticate(secret))


def test_secrets_are_long_and_none_is_like_another() -> None:
    many = {new_secret() for _ in range(200)}
    assert len(many) == 200
    assert {len(secret) for secret in many} == {42}
    assert set("".join(many)) <= set(string.ascii_letters + string.digits + "_")
    assert all(is_whole(secret) for secret in many)


@given(st.integers(0, 41), st.sampled_from(string.ascii_letters + string.digits))
def test_one_wrong_character_is_told_from_a_key_that_is_not_there(place: int, letter: str) -> None:
    secret = new_secret()
    wrong = secret[:place] + letter + secret[place + 1 :]
    assert is_whole(wrong) == (wrong == secret)


def test_a_key_of_another_house_is_none() -> None:
    assert not is_whole("xxx_" + new_secret()[4:])


@pytest.mark.parametrize("text", ["", "fgb_", "sk-123", "fgb_" + "a" * 38, "비밀" * 21])
def test_what_is_no_secret_is_told(text: str) -> None:
    assert not is_whole(text)


def test_what_is_kept_of_a_secret_depends_on_the_ledger() -> None:
    secret = new_secret()
    assert digest_of(secret, b"one") != digest_of(secret, b"two")
    assert len(digest_of(secret, b"one")) == 64


@pytest.mark.parametrize("name", ["a", "search-prod", "v2.1", "검색_앱", "_x", "9"])
def test_a_name_may_be_in_any_language(name: str) -> None:
    assert checked_name(name) == name


def test_two_spellings_of_one_name_are_one() -> None:
    assert checked_name("e\u0301t\u00e9") == checked_name("\u00e9te\u0301") == "\u00e9t\u00e9"


@pytest.mark.parametrize("name", ["", "a b", "-a", ".a", "a/b", "a" * 65, "a\n", "log", "caller", "anonymous", "key_1"])
def test_a_name_that_can_be_none_is_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="can't name a key"):
        checked_name(name)


def test_what_is_written_becomes_what_is_granted() -> None:
    grant = written(
        {
            "team": "red",
            "residency": None,
            "models": ["Microsoft", "gpt-5-*"],
            "policies": "model-router",
            "requests_per_minute": 5,
            "budgets": ["500 USD per month", "1 000 requests a day"],
            "expires": "2027-01-01",
            "disclosure": "header",
        },
        replace(CONFIG, timezone="Asia/Seoul"),
        NOW,
    )
    assert grant.expires == datetime(2026, 12, 31, 15, tzinfo=UTC)
    granted = access("a", grant, CONFIG)
    assert granted.permit == Permit(
        ("gpt-5-mini", "gpt-5-nano", "mai-1", "phi-4", "phi-4-mini", "mai-voice-1"), ("balanced",), None, "header"
    )
    assert granted.rates == Rates(5)
    assert [(budget.id, budget.limit, budget.unit, budget.per, budget.of.key) for budget in granted.budgets] == [
        ("key a/USD per month", 500_000_000, "USD", "month", ("a",)),
        ("key a/requests per day", 1_000, "requests", "day", ("a",)),
    ]
    assert access("a", GrantWritten(), CONFIG) == Access("a")


def test_a_stretch_and_a_time_with_an_offset_say_when_a_key_ends() -> None:
    assert written({"expires": "90 days"}, CONFIG, NOW).expires == NOW + timedelta(days=90)
    expires = written({"expires": "2027-01-31T12:00+09:00"}, CONFIG, NOW).expires
    assert expires == datetime(2027, 1, 31, 3, tzinfo=UTC)


def test_models_and_policies_that_are_gone_are_granted_no_more_and_nothing_takes_their_place() -> None:
    grant = GrantWritten(models=("gpt-9",), policies=("gone", "cost"))
    assert access("a", grant, CONFIG).permit == Permit((), ("gone", "cost"))


@given(
    st.builds(
        GrantWritten,
        team=st.none() | st.text(min_size=1, max_size=5),
        consent=st.sampled_from([None, "exact", "any"]),
        models=st.sampled_from([None, ("gpt-*",), ("Meta", "phi-4")]),
        policies=st.sampled_from([None, ("cost",)]),
        in_flight=st.none() | st.integers(1, 9),
        budgets=st.sampled_from([None, ("5 USD per day",)]),
        expires=st.sampled_from([None, datetime(2030, 1, 1, tzinfo=UTC)]),
    )
)
def test_what_is_written_reads_back_as_it_was(grant: GrantWritten) -> None:
    assert written(plain(grant), CONFIG, NOW) == grant


def test_a_key_is_in_the_log_with_its_author_and_verifies(ledger: DatabaseLedger, place: Place) -> None:
    keys = keyring(ledger)
    secret = keys.issue("a", {"models": "phi-4"}, KIM).secret
    keys.change("a", {"models": None}, KIM)
    keys.rotate("a", timedelta(hours=1), KIM)
    keys.revoke("a", KIM)
    assert [change.change for change in keys.history("a")] == ["revoked", "rotated", "changed", "issued"]
    assert {change.author.by for change in keys.history("a")} == {"kim"}
    assert verify_ledger(place.log).findings == ()
    with ledger.log.reading() as database:
        counted = database.execute("SELECT count FROM keys WHERE key = ?", (CALLER,)).fetchone()
        rows = database.execute("SELECT body FROM records WHERE kind = 'caller'").fetchall()
    assert counted[0] == len(rows) == 4
    assert secret[8:].encode() not in b"".join(bytes(row[0]) for row in rows)


def test_a_key_that_somebody_changed_in_the_file_is_told(ledger: DatabaseLedger, place: Place) -> None:
    keyring(ledger).issue("a", {"models": "phi-4"}, KIM)
    with ledger.database.writing() as database:
        (body,) = database.execute("SELECT body FROM records WHERE kind = 'caller'").fetchone()
        wider = bytes(body).replace(b'"phi-4"', b'"gpt-*"')
        database.execute("UPDATE records SET body = ? WHERE kind = 'caller'", (wider,))
    assert verify_ledger(place.log).findings


def test_a_name_is_given_once_even_by_two_who_do_not_know_of_each_other(ledger: DatabaseLedger) -> None:
    first, other = keyring(ledger), keyring(ledger)
    first.issue("a", {}, KIM)
    with pytest.raises(Conflict, match="a name is given once"):
        other.issue("a", {}, KIM)
    first.revoke("a", KIM)
    with pytest.raises(Conflict, match="There is, or was, a key called 'a'"):
        first.issue("a", {}, KIM)


def test_changes_made_at_once_are_all_made(ledger: DatabaseLedger) -> None:
    keyring(ledger).issue("a", {}, KIM)
    rings = [keyring(ledger) for _ in range(3)]
    words = [{"team": "red"}, {"residency": "kr"}, {"in_flight": 3}]
    threads = [
        threading.Thread(target=ring.change, args=("a", word, KIM)) for ring, word in zip(rings, words, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rings[0].look()
    assert rings[0].key("a").grant == GrantWritten(team="red", residency="kr", in_flight=3)
    assert rings[0].key("a").changes == 3


def test_who_is_always_too_late_is_told(ledger: DatabaseLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, other = keyring(ledger), keyring(ledger)
    keys.issue("a", {}, KIM)
    look, teams = keys.look, iter(range(9))

    def late() -> None:
        look()
        other.change("a", {"team": f"{next(teams)}"}, KIM)

    monkeypatch.setattr(keys, "look", late)
    with pytest.raises(Conflict, match="changed by somebody else at the same time"):
        keys.change("a", {"team": "mine"}, KIM)
    assert next(teams) == ring_module.MOST_TRIES


def test_what_a_key_grants_is_worked_out_once_for_each_configuration(ledger: DatabaseLedger) -> None:
    config = [CONFIG]
    keys = Keyring(KeyStore(ledger.log), ledger.salt, lambda: config[0])
    secret = keys.issue("a", {"models": "gpt-*"}, KIM).secret
    first = found(keys, secret)
    assert found(keys, secret) is first
    config[0] = replace(CONFIG, models=CONFIG.models[:1], revision="another")
    assert found(keys, secret).permit == Permit(("gpt-5",))
    keys.change("a", {"models": None}, KIM)
    assert found(keys, secret).permit is None
    assert keys.budgets == []


def test_secrets_that_nobody_knows_are_not_looked_for_without_end(
    ledger: DatabaseLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, looks = keyring(ledger), []
    monkeypatch.setattr(ring_module, "SOON_S", 1e9)
    changes = keys._store.changes
    monkeypatch.setattr(keys._store, "changes", lambda seen: looks.append(1) or changes(seen))
    for _ in range(20):
        with pytest.raises(Unauthorized):
            found(keys, new_secret())
    with pytest.raises(Unauthorized):
        found(keys, "fgb_typo")
    assert len(looks) == 1


def test_only_keys_that_are_good_count(ledger: DatabaseLedger) -> None:
    moment = [now()]
    keys = Keyring(KeyStore(ledger.log), ledger.salt, lambda: CONFIG, lambda: moment[0])
    for name, more in (("good", {}), ("short", {"expires": "1 hour"}), ("lost", {})):
        keys.issue(name, more, KIM)
    keys.revoke("lost", KIM)
    assert {key.name for key in keys.valid} == {"good", "short"}
    moment[0] += timedelta(hours=1)
    assert [key.name for key in keys.valid] == ["good"]
    assert keys.key("short").state(moment[0]) == "expired"


def test_where_there_are_no_keys_that_is_said(ledger: DatabaseLedger) -> None:
    with pytest.raises(NotFound, match=r"No key is called 'a'\. There are none yet\."):
        keyring(ledger).revoke("a", KIM)


def test_a_record_that_cant_be_read_is_told(ledger: DatabaseLedger) -> None:
    with ledger.log.writing() as database:
        note(database, ledger.log, "caller", CALLER, "a/0", b'{"change": "issued"}')
    with pytest.raises(ConfigError, match="Record 1 of the ledger, about a key, can't be read"):
        keyring(ledger)
