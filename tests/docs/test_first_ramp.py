"""README's first ramp shows something on a fresh clone."""

import re
from pathlib import Path

from cli.running import fungible

README = Path(__file__).parents[2] / "README.md"


def test_the_ramp_of_the_readme_is_listed(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    ramps = re.search(r"```yaml\n(ramps:\n.*?)```", text, re.DOTALL)
    assert ramps is not None
    assert fungible(tmp_path, "init", "my-config").returncode == 0
    (tmp_path / "my-config" / "ramps.yaml").write_text(ramps[1], encoding="utf-8")
    shown = fungible(tmp_path, "ramp", "list", "--config", "my-config")
    assert ("to-mai-1" in shown.stdout, "draft" in shown.stdout) == (True, True), shown.stderr
    assert "ramp list --config my-config" in text
    assert "pip install ." in text
