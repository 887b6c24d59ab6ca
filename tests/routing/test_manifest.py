"""A manifest repeats a run to the same figures, or says what has changed."""

from pathlib import Path

import orjson
import pytest
from cli.running import fungible

from router.bench.routing.records.manifest import changes, read_manifest, write_manifest
from router.errors import ConfigError


def outcomes(path: Path) -> Path:
    rows = [f"prompt number {n} about {'abcdef'[n % 6] * 3},1,{n % 2},{'xy'[n % 2]}" for n in range(60)]
    path.write_text("\n".join(["prompt,x,y,theirs", *rows]))
    return path


def test_a_run_is_repeated_to_the_same_figures(tmp_path: Path) -> None:
    outcomes(tmp_path / "t.csv")
    words = ["--compare", "column:theirs", "--compare", "model:x", "--compare", "length", "--rounds", "20"]
    first = fungible(tmp_path, "bench", "routing", "t.csv", *words, "--manifest", "m.json", "--json")
    assert first.returncode == 0, first.stderr
    again = fungible(tmp_path, "bench", "routing", "--manifest", "m.json", "--json")
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout
    assert "The figures are those of the manifest." in again.stderr
    manifest = orjson.loads((tmp_path / "m.json").read_bytes())
    assert manifest["command"].startswith("fungible bench routing t.csv")
    assert {"fungible", "numpy", "python"} <= set(manifest["versions"])
    manifest["figures"][0]["strong_score"] = 0.1
    (tmp_path / "m.json").write_bytes(orjson.dumps(manifest))
    other = fungible(tmp_path, "bench", "routing", "--manifest", "m.json", "--table", "csv")
    assert other.returncode == 1
    assert "strong_score: 0.1 became 1" in other.stderr


def test_files_that_have_changed_are_named(tmp_path: Path) -> None:
    data = outcomes(tmp_path / "t.csv")
    (tmp_path / "fit").mkdir()
    (tmp_path / "fit" / "manifest.json").write_text("{}")
    options = {
        "data": [str(data)],
        "fitted": str(tmp_path / "fit"),
        "compare": ["length", f"reader:{tmp_path / 'fit'}"],
    }
    write_manifest(tmp_path / "m.json", options, [])
    assert read_manifest(tmp_path / "m.json").options["compare"][1] == f"reader:{tmp_path / 'fit'}"
    data.write_text("prompt,x,y\np,1,0")
    with pytest.raises(ConfigError, match=r"t\.csv is not there any more, or not what it was"):
        read_manifest(tmp_path / "m.json")


@pytest.mark.parametrize(
    "text", ["{}", "not json", '{"kind": "x", "options": {"data": []}, "sha256": {}, "figures": 1}']
)
def test_what_is_no_manifest_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(ConfigError, match="is no manifest of `bench routing`"):
        read_manifest(tmp_path / "m.json")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_manifest(tmp_path / "none" / "m.json", {"data": []}, [])


def test_changes_are_named_by_their_way() -> None:
    before = {"a": [1, {"b": 0.5}], "c": "x", "d": [1]}
    assert changes(before, before) == []
    after = {"a": [1, {"b": 0.6}], "c": "y", "d": [1, 2]}
    assert changes(before, after) == ["a[1].b: 0.5 became 0.6", "c: x became y", "d: [1] became [1, 2]"]


def test_without_tables_a_manifest_is_asked_for(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "bench", "routing")
    assert shown.returncode == 2
    assert "Give one table of outcomes or more" in shown.stderr
