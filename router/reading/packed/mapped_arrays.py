"""The arrays of an `.npz` file, left where they are until they are used.

Invariant: nothing is unpickled. What the archive holds uncompressed is a view of the file: the system reads its pages
when they are used, and all processes of a server share them. What is compressed is read and unpacked.
"""

from collections.abc import Callable
from importlib.resources.abc import Traversable
from mmap import ACCESS_READ, mmap
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

_ENDING = ".npy"
# Of an archive's own heading before each of its files: how long it is, and where two more lengths stand in it.
_HEADING, _LENGTHS = 30, slice(26, 30)


def mapped_arrays(place: Traversable) -> dict[str, NDArray[Any]]:
    """All arrays of the file, by name; raises OSError, ValueError or BadZipFile."""
    with place.open("rb") as file, ZipFile(file) as archive:
        held = _held(file)
        entries = [entry for entry in archive.infolist() if entry.filename.endswith(_ENDING)]
        return {
            entry.filename.removesuffix(_ENDING): _view(held, _start(held, entry))
            if entry.compress_type == ZIP_STORED
            else _view(archive.read(entry), 0)
            for entry in entries
        }


def _held(file: Any) -> "mmap | bytes":
    """The whole file: mapped, or read where it lies in something that can't be, such as an archive of modules."""
    try:
        return mmap(file.fileno(), 0, access=ACCESS_READ)
    except OSError:
        file.seek(0)
        data: bytes = file.read()
        return data


def _start(held: "mmap | bytes", entry: ZipInfo) -> int:
    """Where the bytes of an entry begin."""
    name, extra = np.frombuffer(held[entry.header_offset : entry.header_offset + _HEADING][_LENGTHS], "<u2").tolist()
    return entry.header_offset + _HEADING + int(name) + int(extra)


def _view(held: "mmap | bytes", start: int) -> NDArray[Any]:
    reader = _Bytes(held, start)
    version = npy.read_magic(reader)
    heads: dict[tuple[int, int], Callable[[Any], Any]] = {
        (1, 0): npy.read_array_header_1_0,
        (2, 0): npy.read_array_header_2_0,
    }
    if version not in heads:
        raise ValueError(f"it holds an array of version {version}")
    shape, by_columns, kind = heads[version](reader)
    if kind.hasobject:
        raise ValueError("it holds Python objects, which are never unpickled")
    flat = np.frombuffer(held, kind, int(np.prod(shape, dtype=np.int64)), reader.place)
    return flat.reshape(shape, order="F" if by_columns else "C")


class _Bytes:
    """Reads bytes from a place on, as a file would."""

    def __init__(self, held: "mmap | bytes", place: int) -> None:
        self._held, self.place = held, place

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, so many."""
        data = self._held[self.place : self.place + size]
        self.place += size
        return data
