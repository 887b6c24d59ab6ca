"""For any header lines and any words of the body, the guard of a tag that is bound to the key holds."""

from builders import DAY, ask, features
from hypothesis import given
from hypothesis import strategies as st

from router.api.http.endpoint import request_context
from router.config.policies_file import When
from router.config.policy_compiler import condition
from router.decision.conditions import facts_of, holds
from router.decision.resolve import identify
from router.errors import RouterError
from router.types import Access, Options, Situation

NAMES = st.sampled_from(
    [f"x-fungible-{name}".encode() for name in ("tags", "team", "residency", "consent", "unit", "policy", "tag")]
    + [b"x-fungible_tags", b"authorization", b"x-other"]
)
VALUES = st.one_of(st.sampled_from([b"", b"clinic", b"Clinic", b"beta,x", b"kr", b"eu"]), st.binary(max_size=40))
LINES = st.lists(st.tuples(NAMES, VALUES), max_size=24)
WORDS = st.one_of(st.none(), st.sampled_from(["eu", "EU", "us", "red"]), st.text(min_size=1, max_size=9))
OPTIONS = st.builds(
    Options, team=WORDS, residency=WORDS, tags=st.lists(st.text(min_size=1, max_size=9), max_size=16).map(tuple)
)
SPELT = st.sampled_from(["clinic", "CLINIC", "Clinic ", "cli\u00adnic"])
GUARDS = [condition(When(tags=("clinic",))), condition(When(team=("Red",))), condition(When(residency=("eu",)))]


@given(LINES, OPTIONS, SPELT)
def test_no_header_lines_drop_what_is_bound_to_the_key(
    lines: list[tuple[bytes, bytes]], options: Options, bound: str
) -> None:
    access = Access("app", "red", "EU", tags=(bound,))
    scope = {"headers": lines, "fungible.access": access}
    try:
        context = request_context(scope, "id", b"")
        caller = identify(context.caller, options, context.access)
    except RouterError as error:
        assert error.status in (400, 403)
        return
    facts = facts_of(features(), ask(caller=caller), Situation(DAY))
    assert all(holds(guard, facts, unknown=True) for guard in GUARDS)
    assert caller.key == "app"


@given(st.lists(st.sampled_from(["clinic", "beta", "Clinic", "a", "b"]), min_size=1, max_size=20))
def test_a_tag_on_any_line_is_seen_or_the_request_is_refused(tags: list[str]) -> None:
    lines = [(b"x-fungible-tags", tag.encode()) for tag in tags]
    try:
        context = request_context({"headers": lines}, "id", b"")
    except RouterError:
        assert len(tags) > 16
        return
    facts = facts_of(features(), ask(caller=identify(context.caller, Options())), Situation(DAY))
    held = holds(GUARDS[0], facts, unknown=True)
    assert held == any(tag.lower() == "clinic" for tag in tags)
