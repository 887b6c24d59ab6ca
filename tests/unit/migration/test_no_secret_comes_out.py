"""Wherever a secret stands in the file, no output and no sentence has it, and the folder has no reference."""

from datetime import date
from pathlib import Path
from string import ascii_letters, digits

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.cli.importing.foreign_yaml import Reader
from router.migration.litellm.convert import convert
from router.migration.source_node import Node, Where

HERE = Where(0, 1, "config.yaml")
SECRETS = st.text(ascii_letters + digits, min_size=16, max_size=40)
PLACES = {
    "a row's key": ("model_list", 0, "litellm_params", "api_key"),
    "a password in an address": ("model_list", 0, "litellm_params", "api_base"),
    "a header": ("model_list", 0, "litellm_params", "extra_headers", "X-Service-Token"),
    "the master key": ("general_settings", "master_key"),
    "a misplaced master key": ("litellm_settings", "master_key"),
    "the database": ("general_settings", "database_url"),
    "redis": ("router_settings", "redis_password"),
    "a variable": ("environment_variables", "OPENAI_API_KEY"),
    "pass-through": ("general_settings", "pass_through_endpoints", 0, "headers", "Authorization"),
    "a credential": ("credential_list", 0, "credential_values", "api_key"),
    "alerting": ("general_settings", "alerting_args", "webhook_token"),
    "an unknown section": ("extras", "password"),
}
IN_ADDRESS = {"a password in an address": "https://me:{}@x.example.com/v1", "the database": "postgresql://g:{}@db/g"}


def nodes(value: object) -> Node:
    if isinstance(value, dict):
        return Node({key: nodes(inner) for key, inner in value.items()}, HERE)
    return Node([nodes(item) for item in value] if isinstance(value, list) else value, HERE)


def with_secret(path: tuple[str | int, ...], text: str) -> dict[str, object]:
    params: dict[str, object] = {"model": "openai/x", "api_base": "https://x.example.com/v1", "api_key": "os.environ/K"}
    config: dict[str, object] = {"model_list": [{"model_name": "x", "litellm_params": params}]}
    box: object = config
    for step, following in zip(path, (*path[1:], None), strict=True):
        empty: object = text if following is None else [{}] if following == 0 else {}
        if isinstance(box, list):
            box = box[int(step)]
        elif isinstance(box, dict):
            box[step] = empty if following is None else box.get(step, empty)
            box = box[step]
    return config


@pytest.mark.parametrize("place", PLACES)
@given(secret=SECRETS)
def test_a_secret_stands_in_no_output(place: str, secret: str) -> None:
    text = IN_ADDRESS.get(place, "{}").format(secret)
    made = convert(nodes(with_secret(PLACES[place], text)), (), {}, date(2026, 1, 1), lambda *_: None)
    everything = orjson.dumps([made.to_json(), made.files], default=str).decode()
    assert secret not in everything
    assert "os.environ/" not in orjson.dumps(made.files, default=str).decode()


@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    from router.errors import ConfigError

    file: Path = tmp_path_factory.mktemp("any") / "config.yaml"
    file.write_text(text, encoding="utf-8", errors="replace")
    try:
        config = Reader().read(file, file.name)
    except ConfigError:
        return
    convert(config, (), {}, date(2026, 1, 1), lambda *_: None)
