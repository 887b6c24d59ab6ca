"""`fungible import litellm`: reads the file, writes the folder, and says what came over and what did not."""

import os
from datetime import UTC, datetime
from pathlib import Path

from router.cli.importing.included_files import read_config
from router.cli.importing.published_models import published
from router.cli.importing.written_folder import finish, refusal, require_room
from router.errors import ConfigError
from router.migration.import_report import Imported
from router.migration.litellm.convert import convert


def run(file: Path, out: Path, *, strict: bool, skip_refused: bool, as_json: bool) -> None:
    """Import, write, report; exit code 1 where nothing was written, or something was left out under --strict."""
    require_room(out)
    imported = _imported(file, skip_refused=skip_refused)
    finish(imported, (file, out), "LiteLLM", strict=strict, as_json=as_json)


def _imported(file: Path, *, skip_refused: bool) -> Imported:
    try:
        config, doubled = read_config(file)
    except ConfigError as error:
        return Imported({}, tuple(refusal(problem.where, problem.sentence) for problem in error.problems))
    today = datetime.now(UTC).date()
    return convert(config, doubled, os.environ, today, published(), skip_refused=skip_refused)
