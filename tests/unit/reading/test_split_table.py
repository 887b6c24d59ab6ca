"""A table that keeps apart what few rows have gives the same rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from router.reading.packed.split_table import split

tables = arrays.arrays(
    np.int8,
    st.tuples(st.integers(1, 12), st.integers(3, 6)),
    elements=st.sampled_from([0, 0, 0, 1, -127]),
)


@given(tables, st.integers(0, 2))
def test_its_rows_are_those_of_the_whole_table(table: np.ndarray, columns: int) -> None:  # type: ignore[type-arg]
    apart = split(table, columns)
    assert apart.shape == table.shape
    assert [apart[row].tolist() for row in range(len(table))] == table.tolist()
    assert apart.seldom.any(axis=1).all()


def test_a_row_that_is_not_there_is_an_error() -> None:
    with pytest.raises(IndexError):
        split(np.zeros((2, 3), np.int8), 1)[2]
