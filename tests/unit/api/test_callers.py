"""What callers say of themselves, by header or in the body: the table of facts says which words there are."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from router.api.http import caller_headers as reader
from router.api.http.caller_headers import caller_headers, facts_said
from router.api.http.endpoint import caller
from router.api.routes.openapi import documented
from router.api.surfaces.registry import SURFACES
from router.decision.resolve import identify
from router.errors import BadRequest, Forbidden
from router.types import FACT, NO_OPTIONS, NOBODY, SAID, Access, Caller, Fact, Options
from router.types.chat import MOST_SAID, said_as

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "serving.md").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize("fact", SAID, ids=[fact.name for fact in SAID])
OPTIONS = TypeAdapter(Options)
STAKES = replace(FACT["team"], name="stakes", every=("low", "high"))


def word(fact: Fact) -> str:
    return fact.every[0] if fact.every else "clinic"


def by_headers(**said: str) -> Caller:
    """Who asks, by a request with these headers alone."""
    headers = [(Options.header(name).encode(), text.encode()) for name, text in said.items()]
    return caller({"headers": headers}, b"salt", caller_headers(headers))


def test_all_but_the_key_is_said_in_words() -> None:
    assert {fact.name for fact in SAID} == {field.name for field in fields(Caller)} - {"key"}
    assert {fact.name for fact in SAID} == {field.name for field in fields(Options)} - {"consent", "policy", "unit"}
    assert {fact.kind for fact in SAID} <= {"word", "words"}


@EVERY
def test_it_is_said_by_header_or_in_the_body(fact: Fact) -> None:
    value: Any = [word(fact)] if fact.kind == "words" else word(fact)
    body = OPTIONS.validate_python({fact.name: value})
    by_header = by_headers(**{fact.name: word(fact)})
    expected = Caller(**{fact.field: tuple(value) if fact.kind == "words" else value})
    assert by_header == identify(by_header, NO_OPTIONS) == identify(NOBODY, body) == expected
    assert identify(by_header, Options()) == expected
    assert by_headers(**{fact.name: " "}) == NOBODY


@EVERY
def test_it_is_documented(fact: Fact) -> None:
    header = Options.header(fact.name)
    posts = documented({"paths": {}}, SURFACES)["paths"].values()
    assert all(header in {said["name"] for said in each["post"]["parameters"]} for each in posts)
    assert f"\n| `{header}` | `{fact.name}` |" in PAGE


@EVERY
def test_what_a_key_says_of_it_goes_before(fact: Fact) -> None:
    granted = fact.field in {field.name for field in fields(Access)}
    said = OPTIONS.validate_python({fact.name: [word(fact)] if fact.kind == "words" else word(fact)})
    if granted and fact.kind == "word":
        with pytest.raises(Forbidden, match=f"says {fact.name} 'clinic'"):
            identify(NOBODY, said, Access("k"))
        said = Options()
    access = Access("k", team="clinic", residency="clinic", tags=("own",))
    value = getattr(identify(NOBODY, said, access), fact.field)
    assert value in ("clinic", word(fact), ("own", word(fact)))


def test_a_word_too_many_is_refused_wherever_it_is_said() -> None:
    many = [f"w{number}" for number in range(MOST_SAID + 1)]
    with pytest.raises(BadRequest, match="17 tags; 16 are the most"):
        by_headers(tags=",".join(many))
    with pytest.raises(BadRequest, match="17 tags; 16 are the most"):
        identify(by_headers(tags=many[0]), Options(tags=tuple(many[1:])))


def test_a_word_that_is_none_of_those_there_are_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reader._FACTS, "team", STAKES)
    assert facts_said({"team": "high"}) == {"stakes": "high"}
    with pytest.raises(BadRequest, match=r"x-fungible-team: 'higher' is none of low, high\."):
        facts_said({"team": "higher"})
    kind, nothing = said_as(STAKES)
    assert TypeAdapter(kind).validate_python("low") == "low"
    assert nothing is None
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python("higher")


def test_several_words_are_said_as_a_list() -> None:
    kind, nothing = said_as(replace(STAKES, kind="words"))
    assert TypeAdapter(kind).validate_python(["low", "high"]) == ("low", "high")
    assert nothing == ()
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(["low"] * (MOST_SAID + 1))


def test_a_name_of_two_words_is_one_header() -> None:
    assert Options.header("cost_center") == "x-fungible-cost-center"
