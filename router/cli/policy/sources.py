"""The files that a command checks: those of a folder, with another policies.yaml in their midst where one is named.

Invariant: positions are told in the file that the person named.
"""

from functools import partial
from pathlib import Path

from router.config.files.yaml_source import Source, read
from router.config.load import read_documents
from router.errors import NotFound


def sources_of(file: Path | None, folder: Path | None) -> dict[str, Source]:
    """Every file, parsed; a folder in the place of the file is the configuration's.

    Raises ConfigError for what is not YAML, and NotFound for what is not there.
    """
    if file is not None and file.is_dir():
        file, folder = None, file
    if folder is not None and not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.")
    if file is not None and not file.is_file():
        raise NotFound(f"There is no file and no folder {file}.")
    # A named file is judged, whatever there is in its place.
    return read_documents(folder, None if file is None else partial(read, file))
