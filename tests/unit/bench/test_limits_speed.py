"""What a budget adds, measured on a few requests: every way that is there has its row."""

import orjson
import pytest

from router.bench.http.limits_speed import FILE, run


@pytest.mark.parametrize("as_json", [True, False])
def test_every_way_has_its_row(as_json: bool, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    run(5, 1, None, None, as_json=as_json)
    shown = capfdbinary.readouterr().out
    if as_json:
        said = orjson.loads(shown)
        assert list(said["a_budget_adds_us"]) == [FILE]
        assert said["request_us"]["processor"] > 0
    else:
        assert FILE.encode() in shown
