"""What a request's metadata says under the keys that the operator names becomes tags, and nothing else of it."""

from contextlib import closing
from dataclasses import replace

import pytest

from router.api.assembly import assemble
from router.config import load
from router.config.load import with_policies
from router.decision.resolve import tagged
from router.errors import BadRequest
from router.ledger import SqliteLedger
from router.policy.diff import differences
from router.policy.expand import spelled_out
from router.serving.request_context import RequestContext
from router.types import Caller, ChatRequest, Message
from router.types.chat import MOST_NAME

TEXT = """default: a
metadata_tags: cost_center
policies:
  a:
    because: x
    band: 0
    rules:
      - {name: labs, because: y, when: {tags: "cost_center=47*"}, set: {band: 0.3}}
"""


def test_a_key_that_is_named_makes_a_tag() -> None:
    caller = Caller(team="law", tags=("beta",))
    metadata = {"cost_center": "4711", "patient": "Kim", "empty": ""}
    assert tagged(caller, metadata, ("cost_center", "empty", "gone")).tags == ("beta", "cost_center=4711")
    assert tagged(caller, None, ("cost_center",)) is caller
    with pytest.raises(BadRequest, match=r"metadata\.cost_center makes a tag of \d+ characters"):
        tagged(caller, {"cost_center": "x" * MOST_NAME}, ("cost_center",))


def test_a_request_is_ruled_and_charged_by_it() -> None:
    config = with_policies(load(), TEXT.encode())
    request = ChatRequest("a", (Message("user", "hello"),), metadata={"cost_center": "4711", "patient": "Kim"})
    with closing(SqliteLedger()) as ledger:
        exchange = assemble(config, ledger).consider(request, RequestContext("t"))
        plain = assemble(load(), ledger).consider(replace(request, model="auto"), RequestContext("t"))
    assert (exchange.ask.caller.tags, exchange.decision.rules) == (("cost_center=4711",), ("labs",))
    assert plain.ask.caller.tags == ()


def test_it_is_part_of_what_the_file_means() -> None:
    without = TEXT.replace("metadata_tags: cost_center\n", "")
    tags, none = (with_policies(load(), text.encode()) for text in (TEXT, without))
    assert [difference.label for difference in differences(none, tags)] == ["metadata_tags added: cost_center"]
    assert "metadata_tags" in spelled_out(tags, ("a",))
    assert "metadata_tags" not in spelled_out(none, ("a",))
