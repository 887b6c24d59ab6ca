"""`fungible alias schema`: what an editor needs to help with aliases.yaml."""

import sys
from pathlib import Path

import orjson

from router.errors import BadRequest
from router.policy.aliases_schema import aliases_schema


def run(out: Path | None) -> None:
    """Print the schema, or write it and say how to use it."""
    made = orjson.dumps(aliases_schema(), option=orjson.OPT_INDENT_2) + b"\n"
    if out is None:
        sys.stdout.buffer.write(made)
        return
    try:
        out.write_bytes(made)
    except OSError as error:
        raise BadRequest(f"{out} cannot be written: {error.strerror}.") from None
    print(f"{out} written. Begin aliases.yaml with: # yaml-language-server: $schema={out.name}")  # noqa: T201
