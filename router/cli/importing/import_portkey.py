"""`fungible import portkey`: reads a gateway config, writes the folder, and says what came over and what did not."""

from datetime import UTC, datetime
from pathlib import Path

from router.cli.importing.foreign_yaml import Reader
from router.cli.importing.published_models import published
from router.cli.importing.written_folder import finish, refusal, require_room
from router.errors import ConfigError, Problem
from router.migration.import_report import Imported
from router.migration.portkey.convert_portkey import convert_portkey


def run(file: Path, out: Path, *, strict: bool, as_json: bool) -> None:
    """Import, write, report; exit code 1 where nothing was written, or something was left out under --strict."""
    require_room(out)
    finish(_imported(file), (file, out), "Portkey", strict=strict, as_json=as_json)


def _imported(file: Path) -> Imported:
    try:
        # JSON is YAML, of which every value has its line.
        config = Reader().read(file, file.name)
        if not config.mapping:
            raise ConfigError([Problem(f"{file.name}:1:1", "is no object: a config of Portkey is one", code="syntax")])
    except ConfigError as error:
        return Imported({}, tuple(refusal(problem.where, problem.sentence) for problem in error.problems))
    return convert_portkey(config, datetime.now(UTC).date(), published())
