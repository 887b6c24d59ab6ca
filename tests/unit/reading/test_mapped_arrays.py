"""Arrays are the same whether the file is mapped, compressed, or in an archive; what is no plain array is refused."""

from pathlib import Path
from zipfile import Path as PlaceInArchive
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.lib import format as npy

from router.reading.packed.mapped_arrays import mapped_arrays

ARRAYS = {
    "rows": np.arange(12, dtype=np.int8).reshape(3, 4),
    "columns": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "single": np.float32(1.5),
    "none": np.zeros(0, np.int32),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_is_saved_is_what_is_mapped(tmp_path: Path, save: object) -> None:
    save(tmp_path / "a.npz", **ARRAYS)  # type: ignore[operator]
    with ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(tmp_path / "a.npz", "a.npz")
    for place in (tmp_path / "a.npz", PlaceInArchive(tmp_path / "outer.zip") / "a.npz"):
        mapped = mapped_arrays(place)
        assert set(mapped) == set(ARRAYS)
        for name, array in ARRAYS.items():
            assert mapped[name].dtype == array.dtype
            np.testing.assert_array_equal(mapped[name], array)


def test_a_stored_array_is_a_view_that_nobody_can_write_to(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **ARRAYS)
    mapped = mapped_arrays(tmp_path / "a.npz")["rows"]
    assert not mapped.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0] = 1


def test_objects_and_unknown_versions_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", words=np.array([{"an": "object"}], dtype=object))
    with pytest.raises(ValueError, match="never unpickled"):
        mapped_arrays(tmp_path / "a.npz")
    with ZipFile(tmp_path / "b.npz", "w") as archive, archive.open("words.npy", "w") as file:
        npy.write_array(file, np.arange(3), version=(3, 0))
    with pytest.raises(ValueError, match=r"version \(3, 0\)"):
        mapped_arrays(tmp_path / "b.npz")


def test_a_long_heading_is_read(tmp_path: Path) -> None:
    kind = np.dtype([(f"a field with a rather long name {place}", np.int8) for place in range(2000)])
    with ZipFile(tmp_path / "a.npz", "w") as archive, archive.open("rows.npy", "w") as file:
        npy.write_array(file, np.zeros(2, kind), version=(2, 0))
        archive.comment = b"and more"
    with pytest.raises(ValueError, match="header"):
        mapped_arrays(tmp_path / "a.npz")
