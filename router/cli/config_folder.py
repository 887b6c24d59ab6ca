"""Where a person's files are: the configuration that was named, the data, and a copy of the seeds to edit."""

import shutil
from pathlib import Path

import orjson
from platformdirs import user_data_path

from router.config.load import FILES, SEEDS
from router.errors import ConfigError
from router.policy.json_schema import policies_schema

# policies.yaml names it in its first line, so that editors complete and check what is typed.
SCHEMA = "policies.schema.json"


def data_folder(given: Path | None) -> Path:
    """The folder for receipts: the one given, else the platform's."""
    return given or user_data_path("fungible", appauthor=False)


def init_folder(folder: Path) -> None:
    """Copy the shipped files; raises ConfigError rather than write over anything."""
    taken = [name for name in FILES if (folder / name).exists()]
    if taken:
        raise ConfigError([f"{folder / name} exists already; nothing was written" for name in taken])
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(SEEDS / name, folder / name)
    (folder / SCHEMA).write_bytes(orjson.dumps(policies_schema(), option=orjson.OPT_INDENT_2) + b"\n")
    print(f"{folder} holds {', '.join(FILES)}.\nEdit policies.yaml, then: fungible serve --config {folder}")  # noqa: T201
