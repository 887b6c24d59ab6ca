"""A text that comes in whole, over a pipe, in whatever encoding a terminal wrote it."""

import pytest

from router.config.files.text_file import decoded

TEXT = "한국어, ünïcode"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_is_read(encoding: str) -> None:
    assert decoded(TEXT.encode(encoding)) == TEXT


def test_what_is_none_of_them_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        decoded("ü".encode("cp1252"))
