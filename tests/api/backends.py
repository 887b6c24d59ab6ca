"""A configuration of models behind backends of the tests, the first of them the cheapest and so chosen."""

import json
from pathlib import Path
from typing import Any

from router.bench.http.sample_config import sample_documents

# A busy machine may pause for a second: what is not a test of waiting never times out.
TIMES = {"connect": 5.0, "first_token": 10.0, "between_tokens": 10.0, "whole": 20.0}
HURRIED = {"connect": 0.5, "first_token": 0.2, "between_tokens": 0.2, "whole": 0.4}


def house_in(folder: Path, backends: dict[str, str], **settings: Any) -> Path:
    """Write the files; `backends` are the addresses of the models' backends."""
    folder.mkdir(exist_ok=True)
    for name, data in sample_documents(backends, {"timeouts": TIMES, **settings}).items():
        # JSON is YAML.
        (folder / name).write_text(json.dumps(data), encoding="utf-8")
    return folder
