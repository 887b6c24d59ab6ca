"""`fungible`, over a disk that takes long to sync: `python -m router.bench.http.slow_disk_server SECONDS serve ...`."""

import runpy
import sys

from router.ledger.db.sqlite import SqliteFile

if __name__ == "__main__":
    SqliteFile.commit_delay_s = float(sys.argv.pop(1))
    # As a program of its own, for commands stand above what is measured here.
    runpy.run_module("router.cli", run_name="__main__", alter_sys=True)
