"""Admin keys: made, kept, rotated and revoked; whoever has one is known by it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from router.errors import BadRequest, ConfigError, Conflict, NotFound, Unauthorized, Unreachable
from router.keys import admin_keyring
from router.keys.admin import checked_role
from router.keys.admin_key_file import KEY_FILE, NEXT_FILE, make_private, read_keys
from router.keys.admin_keyring import AdminKeyring
from router.keys.admin_store import AdminStore
from router.keys.change_store import Changes
from router.keys.secret import ADMIN_PREFIX, is_whole, new_secret
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.types import Author

KIM = Author("kim", "command", "a test")


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    with closing(place.ledger()) as opened:
        yield opened


def keyring(ledger: DatabaseLedger, folder: Path | None = None) -> AdminKeyring:
    return AdminKeyring(AdminStore(ledger.log), ledger.salt, folder)


def test_the_first_owner_is_made_once_and_its_key_is_for_its_owner_alone(ledger: DatabaseLedger, place: Place) -> None:
    admins = keyring(ledger, place.folder)
    made = admins.begin()
    assert made is not None
    assert is_whole(made.secret, ADMIN_PREFIX)
    assert (made.admin.name, made.admin.role) == ("local", "owner")
    assert (place.folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert read_keys(place.folder) == (made.secret,)
    assert keyring(ledger, place.folder).begin() is None
    assert keyring(ledger).begin() is None
    assert keyring(ledger, place.folder).own() == made.admin


def test_an_admin_is_known_by_its_key_until_that_is_rotated_or_revoked_anywhere(
    ledger: DatabaseLedger, place: Place
) -> None:
    here, elsewhere = keyring(ledger), keyring(ledger)
    owner, kim = here.issue("root", "owner", KIM), here.issue("kim", "editor", KIM)
    assert elsewhere.authenticate(kim.secret) == kim.admin
    second = here.rotate("kim", KIM)
    with pytest.raises(Unauthorized, match="was rotated"):
        elsewhere.authenticate(kim.secret)
    assert elsewhere.authenticate(second.secret).name == "kim"
    here.revoke("kim", KIM)
    with pytest.raises(Unauthorized, match="was revoked"):
        elsewhere.authenticate(second.secret)
    with pytest.raises(Conflict, match="for ever"):
        here.rotate("kim", KIM)
    with pytest.raises(Conflict, match="a name is given once"):
        elsewhere.issue("kim", "viewer", KIM)
    with pytest.raises(Conflict, match="last owner"):
        elsewhere.revoke("root", KIM)
    assert here.authenticate(owner.secret).role == "owner"
    ledger.close()
    assert verify_ledger(place.log).findings == ()


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "not the admin key"),
        (new_secret(), "an API key"),
        (new_secret(ADMIN_PREFIX)[:-1] + "é", "checksum"),
        (new_secret(ADMIN_PREFIX), "No admin has that key"),
    ],
    ids=["nothing", "a client's", "mistyped", "unknown"],
)
def test_what_opens_nothing_says_why(ledger: DatabaseLedger, secret: str, words: str) -> None:
    with pytest.raises(Unauthorized, match=words):
        keyring(ledger).authenticate(secret)


def test_a_key_of_this_machine_is_rotated_in_its_file_too(ledger: DatabaseLedger, place: Place) -> None:
    admins = keyring(ledger, place.folder)
    admins.begin()
    second = admins.rotate("local", KIM)
    assert read_keys(place.folder) == (second.secret,)
    # Whoever is stopped between the ledger and the file finds the new key beside the old one.
    with patch.object(admin_keyring, "settle_key"):
        third = admins.rotate("local", KIM)
    assert read_keys(place.folder) == (second.secret, third.secret)
    assert admins.own() == third.admin
    assert read_keys(place.folder) == (third.secret,)
    assert not (place.folder / NEXT_FILE).exists()


def test_whoever_was_stopped_before_the_ledger_knew_goes_on_with_the_key_on_disk(
    ledger: DatabaseLedger, place: Place
) -> None:
    admins = keyring(ledger, place.folder)
    with (
        patch.object(AdminStore, "write", side_effect=Unreachable("is gone")),
        pytest.raises(Unreachable),
    ):
        admins.begin()
    (secret,) = read_keys(place.folder)
    made = admins.begin()
    assert made is not None
    assert made.secret == secret


def test_a_second_machine_makes_no_owner_and_a_wrong_file_is_told(ledger: DatabaseLedger, tmp_path: Path) -> None:
    keyring(ledger, tmp_path / "one").begin()
    other = keyring(ledger, tmp_path / "two")
    assert other.begin() is None
    assert other.own() is None
    (tmp_path / "one" / KEY_FILE).write_text("nothing\n")
    assert keyring(ledger, tmp_path / "one").own() is None


def test_a_file_that_holds_no_key_is_not_written_over(ledger: DatabaseLedger, tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("mine\n")
    with pytest.raises(ConfigError, match="holds no admin key"):
        keyring(ledger, tmp_path).begin()


def test_where_the_ledger_cannot_be_asked_what_was_known_holds(ledger: DatabaseLedger) -> None:
    admins = keyring(ledger)
    made = admins.issue("kim", "owner", KIM)
    with patch.object(AdminStore, "changes", side_effect=Unreachable("is gone")):
        assert admins.authenticate(made.secret) == made.admin
        with pytest.raises(Unreachable):
            keyring(ledger).authenticate(made.secret)


def test_however_many_unknown_keys_are_tried_the_ledger_is_asked_now_and_then(ledger: DatabaseLedger) -> None:
    admins = keyring(ledger)
    made = admins.issue("kim", "owner", KIM)
    with patch.object(admin_keyring, "SOON_S", 1000.0), patch.object(AdminStore, "changes", wraps=None) as asked:
        asked.return_value = Changes([], 0)
        for _ in range(9):
            with pytest.raises(Unauthorized):
                admins.authenticate(new_secret(ADMIN_PREFIX))
        assert asked.call_count <= 1
        assert admins.authenticate(made.secret) == made.admin
        assert asked.call_count <= 2


def test_names_and_roles(ledger: DatabaseLedger) -> None:
    admins = keyring(ledger)
    for name in ("admin", "log", "", "a b"):
        with pytest.raises(BadRequest):
            admins.issue(name, "owner", KIM)
    with pytest.raises(BadRequest, match="none of viewer, editor, owner"):
        checked_role("king")
    with pytest.raises(NotFound, match="No admin is called 'kim'"):
        admins.revoke("kim", KIM)
    viewer = admins.issue("v", "viewer", KIM).admin
    assert [viewer.may("viewer"), viewer.may("editor"), viewer.may("owner")] == [True, False, False]


def test_a_folder_that_holds_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    (shared / "letters.txt").write_text("x")
    make_private(shared)
    assert shared.stat().st_mode & 0o777 == 0o755
    (shared / "ledger.sqlite3").touch()
    make_private(shared)
    assert shared.stat().st_mode & 0o777 == 0o700
