"""A table of which few rows have anything in their last columns but one: those columns are kept for these rows alone.

Invariant: a row is the row of the whole table, number by number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class SplitTable:
    """`common` (rows x columns) is what every row has; `seldom` (rows of it x columns) belongs before its last column.

    `seldom_rows` are the numbers of the rows that have such columns, ascending; all others have zeros there.
    """

    common: Numbers
    seldom_rows: NDArray[np.int32]
    seldom: Numbers

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the whole table."""
        return len(self.common), self.common.shape[1] + self.seldom.shape[1]

    def __getitem__(self, row: int) -> Numbers:
        """A row of the whole table; raises IndexError where there is none."""
        common = self.common[row]
        place = int(np.searchsorted(self.seldom_rows, row))
        has = place < len(self.seldom_rows) and self.seldom_rows[place] == row
        seldom = self.seldom[place] if has else np.zeros(self.seldom.shape[1], np.int8)
        return np.concatenate([common[:-1], seldom, common[-1:]])


def split(table: Numbers, columns: int) -> SplitTable:
    """The same table, with so many columns before its last one kept apart."""
    apart = table[:, -1 - columns : -1]
    rows = np.flatnonzero(apart.any(axis=1)).astype(np.int32)
    return SplitTable(np.delete(table, np.s_[-1 - columns : -1], axis=1), rows, apart[rows])
