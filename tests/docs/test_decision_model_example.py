"""The example of a decision model answers, and `reader: http` reads what it says."""

import re
from http.server import HTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread
from types import ModuleType

from router.api.assembly import reader_of
from router.types import Excerpt

DOCS = Path(__file__).resolve().parents[2] / "docs"


def example() -> ModuleType:
    spec = spec_from_file_location("decision_model_example", DOCS / "examples" / "decision_model.py")
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_page_s_reader_file_reads_by_the_example(tmp_path: Path) -> None:
    page = (DOCS / "plugins.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(reader: http\n.*?)```", page, re.DOTALL)
    assert shown is not None
    server = HTTPServer(("127.0.0.1", 0), example().Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        path = tmp_path / "reader.yaml"
        text = shown[1].replace("127.0.0.1:9000", f"127.0.0.1:{server.server_port}").replace(": 100}", ": 5000}")
        path.write_text(text, encoding="utf-8")
        reading = reader_of(path).read(Excerpt("Prove it.", "", "", 9))
    finally:
        server.shutdown()
        server.server_close()
    assert (reading.task, reading.difficulty, reading.output_tokens) == ("math", 2.0, 900)
