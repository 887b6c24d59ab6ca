"""A key in a file is read in whatever encoding an editor or a shell of today wrote it."""

from pathlib import Path

import pytest

from router.api.http.admin_auth import GivenKey
from router.cli.receipt.receipt_verify import public_key
from router.errors import ProofError
from router.transparency.note import LOG, SecretKey

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "ascii"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_public_key(tmp_path: Path, encoding: str) -> None:
    key = str(SecretKey("example.org", LOG, bytes(32)).public)
    (tmp_path / "key").write_text(f"{key}\r\n", encoding=encoding, newline="")
    assert str(public_key(str(tmp_path / "key"))) == key


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"caf\xe9")
    with pytest.raises(ProofError, match="is no text in UTF-8 or UTF-16"):
        public_key(str(tmp_path / "key"))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_admin_key(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "admin").write_text("fga_" + "a" * 40 + "\n", encoding=encoding)
    assert GivenKey(None, tmp_path / "admin").current() == "fga_" + "a" * 40
