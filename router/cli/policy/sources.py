"""The files that a command checks: those of a folder, with another policies.yaml in their midst where one is named.

Invariant: positions are told in the file that the person named.
"""

from pathlib import Path

from router.config.files.yaml_source import Source, read
from router.config.load import POLICIES, read_documents
from router.errors import NotFound


def sources_of(file: Path | None, folder: Path | None) -> dict[str, Source]:
    """Every file, parsed; raises ConfigError for what is not YAML, and NotFound for what is not there."""
    if folder is not None and not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.")
    if file is not None and not file.is_file():
        raise NotFound(f"There is no file {file}.")
    sources = read_documents(folder)
    return sources if file is None else {**sources, POLICIES: read(file)}
