"""What a watch keeps in a file, to go on after a restart: vectors of its rounds, money spent, and its alarms.

Invariant: a round is one line, and one that was cut off is taken out; no answer is in it, only its vector. What was
learned is learned anew from the lines, so that a watch that was stopped goes on as if it had not been.
"""

import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from router.errors import ConfigError
from router.evidence.matched import MatchedTest, SwapWatch
from router.evidence.matched.answer_vector import COLUMNS, Vector
from router.evidence.matched.wealths import Wealths

KIND = "fungible/watch@v1"
# Rounds that a start goes through again, the latest; it takes a second or two for each thousand.
MOST_ROUNDS = 4000


class WatchState:
    """The file of a watch; `resume` reads it, `keep` and `alarm` add to it."""

    def __init__(self, path: Path, about: dict[str, Any]) -> None:
        self._path = path
        self._about = {"kind": KIND, **about}
        self._file: BinaryIO | None = None
        self.spent = Decimal(0)
        self.rounds = 0

    def resume(self, test: MatchedTest, watch: SwapWatch) -> SwapWatch:
        """The watch as it was left, with the test taught anew; raises ConfigError for a file of another watch."""
        rows = self._rows()
        for row in rows[-MOST_ROUNDS:]:
            if row.get("alarm"):
                watch = SwapWatch.fresh(watch.run_length, tuple(enrolment.name for enrolment in test.enrolled))
                continue
            watch = watch.after(test.observe(row["prompt"], _vectors(row)).scores)
        # The wealth is of what this start asks, as its transcript is; what was learned stays.
        test.wealths = Wealths.fresh([enrolment.name for enrolment in test.enrolled])
        test.rounds = 0
        self.rounds = len(rows)
        self.spent = Decimal(rows[-1]["spent"]) if rows else Decimal(0)
        return watch

    def keep(self, prompt: str, vectors: Sequence[Vector], spent: Decimal) -> None:
        """Add a round."""
        halves = np.array(vectors, np.float16).tobytes()
        packed = b64encode(zlib.compress(halves, 1)).decode()
        self._write({"prompt": prompt, "vectors": packed, "spent": str(spent)})

    def alarm(self, spent: Decimal) -> None:
        """Note an alarm: the next start watches from here on."""
        self._write({"alarm": True, "spent": str(spent)})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _rows(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            # The last line was being written when the power went.
            os.truncate(self._path, len(whole))
        try:
            rows = [orjson.loads(line) for line in whole.splitlines()]
        except ValueError:
            raise ConfigError([f"{self._path} is no file of a watch."]) from None
        if not rows or rows[0] != self._about:
            raise ConfigError([f"{self._path} belongs to another watch: of another model, reference or substitutes."])
        try:
            for row in rows[1:]:
                Decimal(row["spent"])
                if not row.get("alarm"):
                    _vectors(row)
        except (KeyError, TypeError, ValueError, InvalidOperation, zlib.error):
            raise ConfigError([f"{self._path} is damaged: move it away to begin anew."]) from None
        return rows[1:]

    def _write(self, row: dict[str, Any]) -> None:
        if self._file is None:
            new = not self._path.exists()
            self._file = os.fdopen(
                os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", buffering=0
            )
            if new:
                self._file.write(orjson.dumps(self._about) + b"\n")
        self._file.write(orjson.dumps(row) + b"\n")


def _vectors(row: dict[str, Any]) -> NDArray[np.float32]:
    halves = zlib.decompress(b64decode(row["vectors"], validate=True))
    return np.frombuffer(halves, np.float16).reshape(-1, COLUMNS).astype(np.float32)
