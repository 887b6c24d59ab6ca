"""Makes the packages of the image small: python shrink.py SITE_PACKAGES, in the build stage, which needs `strip`.

Invariant: what the server, every command and the extras of the image import is there, and byte-compiled: the root file
system is read-only later. Libraries that a wheel brings along (`*.libs`) stay as they are, and numpy's, which are bound
to them: stripped, they would not load any more.
"""

import compileall
import importlib
import pkgutil
import shutil
import subprocess
import sys
import zoneinfo
from pathlib import Path
from py_compile import PycInvalidationMode

OURS = ("router", "providers")
EXTRAS = ("asyncpg", "opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.sdk.metrics", "valkey")
# Sources of what is compiled already, and folders that nothing of ours imports.
ENDINGS = (".pyi", ".pyx", ".pxd", ".c", ".h", ".a")
FOLDERS = ("numpy/distutils", "numpy/f2py", "pip", "pkg_resources", "setuptools")
ZONES = "tzdata/zoneinfo"
# Colours for other languages than tracebacks are in.
LEXERS = ("__init__.py", "_mapping.py", "python.py", "special.py")


def remove(site: Path) -> None:
    """Remove what is never read."""
    # The base image has time zones of its own.
    unread = (*FOLDERS, ZONES) if any(Path(place, "UTC").exists() for place in zoneinfo.TZPATH) else FOLDERS
    for folder in [*(site / name for name in unread), *site.rglob("tests"), *site.rglob("__pycache__")]:
        shutil.rmtree(folder, ignore_errors=True)
    for file in [*site.rglob("*")]:
        if file.suffix in ENDINGS:
            file.unlink()
    for file in (site / "pygments" / "lexers").glob("*.py"):
        if file.name not in LEXERS:
            file.unlink()


def strip(site: Path) -> None:
    """Take the symbols out of extensions: uvloop and asyncpg are nine tenths symbols."""
    extensions = [
        file for file in site.rglob("*.so") if not file.relative_to(site).parts[0].endswith((".libs", "numpy"))
    ]
    subprocess.run(["strip", "--strip-unneeded", *extensions], check=True)  # noqa: S603, S607


def compile_imported() -> int:
    """Byte-compile every module that ours import, those of Python itself too; gives how many there are."""
    for name in OURS:
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            # What makes the shipped reader needs packages that are not here, and `__main__` would run.
            if "training" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in EXTRAS:
        importlib.import_module(name)
    loaded = [getattr(module, "__file__", None) for module in tuple(sys.modules.values())]
    files = {file for file in loaded if file and file.endswith(".py")} - {__file__}
    for file in files:
        compileall.compile_file(file, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return len(files)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    remove(place)
    strip(place)
    print(f"{compile_imported()} modules are compiled")  # noqa: T201
