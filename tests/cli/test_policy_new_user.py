"""What a newcomer tries with `fungible policy`: a folder to lint, and going back more than one step."""

from pathlib import Path

import pytest

from cli.running import fungible
from router.config.load import POLICIES

TEXT = "default: mine\npolicies:\n  mine:\n    because: A test\n    band: 0.0{}\n"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    assert fungible(tmp_path, "init", "mine").returncode == 0
    (tmp_path / "mine" / POLICIES).write_text(TEXT.format(0), encoding="utf-8")
    return tmp_path / "mine"


def apply(folder: Path, band: int) -> str:
    (folder / "new.yaml").write_text(TEXT.format(band), encoding="utf-8")
    applied = fungible(folder, "policy", "apply", "new.yaml", "--config", "mine")
    assert applied.returncode == 0, applied.stderr
    return applied.stdout


def test_a_folder_is_checked_as_its_file_is(mine: Path, tmp_path: Path) -> None:
    for command in ("lint", "test"):
        whole = fungible(tmp_path, "policy", command, "mine")
        assert whole.returncode == 0, whole.stdout + whole.stderr
        assert whole.stdout == fungible(tmp_path, "policy", command, "--config", "mine").stdout
        gone = fungible(tmp_path, "policy", command, "gone")
        assert (gone.returncode, "no folder gone" in gone.stderr) == (2, True)


def test_each_rollback_goes_further_back(mine: Path, tmp_path: Path) -> None:
    for band in (1, 2):
        apply(tmp_path, band)
    for band in (1, 0):
        assert fungible(tmp_path, "policy", "rollback", "--config", "mine").returncode == 0
        assert (mine / POLICIES).read_text(encoding="utf-8") == TEXT.format(band)
    end = fungible(tmp_path, "policy", "rollback", "--config", "mine")
    assert (end.returncode, "nothing further back" in end.stderr) == (2, True)
    assert (mine / POLICIES).read_text(encoding="utf-8") == TEXT.format(0)
    apply(tmp_path, 3)
    assert fungible(tmp_path, "policy", "rollback", "--config", "mine").returncode == 0
    assert (mine / POLICIES).read_text(encoding="utf-8") == TEXT.format(0)


def test_apply_names_the_ledger_that_noted_it(mine: Path, tmp_path: Path) -> None:
    assert f"noted in {tmp_path / 'data'}" in apply(tmp_path, 1)
