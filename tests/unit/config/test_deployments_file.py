"""deployments.yaml: what may be said, what is wrong, and what older configurations lack."""

from pathlib import Path

import pytest

from router.config import from_documents, load
from router.errors import ConfigError
from router.types import AS_SHIPPED, Breaking, Capacity, Deployment, Resilience, Retrying

HEAD = "deployments:\n  - {name: one, model: gpt-5, provider: gpt, region: eu}\n"


def problem(folder: Path, text: str) -> str:
    (folder / "deployments.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    (problem,) = caught.value.problems
    return str(problem).replace(f"{folder}/", "")


def test_everything_may_be_said(tmp_path: Path) -> None:
    text = """
deployments:
  - {name: one, model: gpt-5, provider: gpt, region: eu, cloud: Azure, gpu: H100, capacity: {requests_per_minute: 60}}
  - {name: two, model: gpt-5, provider: gpt, region: us}
  - {name: three, model: phi-4, provider: phi}
breaker: {failures: 2, fewest: 4, window: 1 minute, cool: 1 s, longest: 1 h}
retry: {budget: 0.5, pause: 1 s, longest_pause: 9 s}
hedge: {after: 0.5 s, most: 0.2}
"""
    (tmp_path / "deployments.yaml").write_text(text, encoding="utf-8")
    config = load(tmp_path)
    assert config.deployments == (
        Deployment("one", "gpt-5", "gpt", "eu", "Azure", "H100", Capacity(60)),
        Deployment("two", "gpt-5", "gpt", "us"),
        Deployment("three", "phi-4", "phi"),
    )
    assert config.resilience == Resilience(Breaking(2, 4, 60.0, 1.0, 3600.0), Retrying(0.5, 1.0, 9.0), 0.5, 0.2)
    regions = {model.id: model.regions for model in config.models}
    # Guards on regions look at where a model is; where a deployment names none, at where it may be.
    assert regions["gpt-5"] == ("eu", "us")
    assert regions["phi-4"] == next(model.regions for model in load().models if model.id == "phi-4")


def test_the_shipped_file_changes_nothing() -> None:
    config = load()
    assert (config.deployments, config.resilience) == ((), AS_SHIPPED)


def test_a_configuration_that_is_older_than_the_file_is_read() -> None:
    documents = {name: data for name, data in load().documents.items() if name != "deployments.yaml"}
    assert from_documents(documents).resilience == AS_SHIPPED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + HEAD.removeprefix("deployments:\n"), "two deployments are called 'one'"),
        (HEAD.replace("gpt-5", "gpt-55"), "deployments.yaml:2:17: no model is called 'gpt-55'. Did you mean 'gpt-5'?"),
        (HEAD.replace("provider: gpt", "provider: gtp"), "no provider is called 'gtp'. Did you mean 'gpt'?"),
        (HEAD.replace("region: eu", "region: mars"), "the model 'gpt-5' is not offered in 'mars'."),
        ("breaker: {failure: 1}\n", "unknown key 'failure' in breaker; did you mean 'failures'?"),
        ("hedge: {}\n", "the key 'after' is missing in hedge"),
        ("hedge: {after: soon}\n", 'write a stretch such as "30 minutes"'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in problem(tmp_path, text)
