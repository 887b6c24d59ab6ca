"""JSON for programs, on standard output."""

import sys

import orjson


def print_json(told: object) -> None:
    """Print a value as JSON, indented."""
    sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()
