"""Ten thousand damaged policy files: each is refused with a position, or is sound; none takes long or half-applies."""

from random import Random

import pytest

from router.config import load
from router.config.files.yaml_source import MOST_BYTES, parse
from router.config.load import POLICIES, with_policies
from router.errors import ConfigError
from router.types import Config, Policy

WHOLE = """\
# 정책 — every key that there is
default: base
timezone: Asia/Seoul
guards:
  - {name: house, because: a test, when: {residency: [eu, kr]}, never: {owner: Meta, region: global}}
budgets:
  - {name: all, limit: "1 000 USD", per: month, then: deny}
policies:
  base:
    because: 기본 정책
    band: 0.02
    aliases: [plain]
  child:
    extends: base
    optimize: latency
    models: ["gpt-*", Microsoft, "phi-*"]
    prefer: [mai-1]
    floors: {law: 0.5, medicine: 0.25}
    consent: family
    disclosure: header
    charge: asked
    guards:
      - name: night
        because: a test
        when: {time: "22:00-06:00", task: law}
        never: {model: "phi-*"}
    rules:
      - name: hard
        because: a test
        when: {difficulty: ">= 0.5 and < 2", complexity: [medium, high], input_tokens: "< 9000", needs: tools}
        set: {band: 0, floors: {coding: 0.1}}
      - {name: prefer, because: a test, when: {team: a, key: k, tags: [x, y], language: ko}, prefer: OpenAI}
    budgets:
      - {name: team, of: {team: a, model: "gpt-*"}, each: key, limit: 5000 tokens, per: day, then: {band: 0.06}}
    tests:
      - given: {task: law, residency: us, time: "12:00"}
        expect: {family: [GPT, Phi, MAI]}
"""
PIECES = [
    b"",
    b" ",
    b"\t",
    b"\n",
    b"\r\n",
    b":",
    b"- ",
    b"[",
    b"]",
    b"{",
    b"}",
    b"'",
    b'"',
    b"&a ",
    b"*a",
    b"!!python/object:os.system ",
    b"<<: *a\n",
    b"---\n",
    b"...\n",
    b"%YAML 1.1\n",
    b"? ",
    b"|\n",
    b">-\n",
    b"#",
    b"\xff\xfe",
    b"\x00",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b".nan",
    b"-.inf",
    b"1e999",
    b"9" * 60,
    b"0x10",
    b"0o7",
    b"1_000",
    b"12:30:45",
    b"yes",
    b"null",
    b"~",
    b"true",
    b"[" * 40,
    b"{a: " * 30,
    b"policies:\n",
    b"band: 0\n",
    b"    band: 2\n",
    b"'>= 1'",
    b'">= 1 and"',
    b"because: x\n",
    b"extends: child\n",
]
BASE = load()
ROUNDS, AT_ONCE = 20, 500


def damaged(raw: bytes, chance: Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        start, length = chance.randrange(len(raw) + 1), chance.choice((0, 0, 1, 1, 2, 5, 40, 400))
        kind = chance.randrange(4)
        piece = chance.choice(PIECES) if kind else bytes(chance.randrange(256) for _ in range(3))
        if kind == 3:
            # A piece of the file itself, moved or doubled.
            copy = chance.randrange(len(raw) + 1)
            piece = raw[copy : copy + chance.choice((10, 60, 300))]
        raw = raw[:start] + piece + raw[start + length :]
    encoding = chance.choice((None,) * 40 + ("utf-16", "utf-32", "euc-kr", "latin-1"))
    return raw.decode(errors="replace").encode(encoding, errors="replace") if encoding else raw


def sound(config: Config) -> bool:
    return config.default_policy in config.policies and all(
        isinstance(policy, Policy) and 0 <= policy.band <= 1 for policy in config.policies.values()
    )


def test_the_file_that_is_damaged_is_sound_before() -> None:
    assert sound(with_policies(BASE, WHOLE.encode()))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_damaged_file_is_refused_with_a_position_or_is_sound(seed: int) -> None:
    chance = Random(seed)
    refused = 0
    for _ in range(AT_ONCE):
        raw = damaged(WHOLE.encode(), chance)
        try:
            assert sound(with_policies(BASE, raw))
        except ConfigError as error:
            refused += 1
            for problem in error.problems:
                file, line, column = problem.where.rsplit(":", 2)
                assert (file, int(line) >= 1, int(column) >= 1) == (POLICIES, True, True)
                assert problem.sentence
    assert refused > AT_ONCE / 3


@pytest.mark.parametrize(
    "raw",
    [
        b"a: &a [x]\n" + b"b: [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n",
        b"[" * 100_000,
        b"{a: " * 100_000,
        b"a: " + b"9" * 3_000_000,
        b"- " * 1_000_000,
        b"x" * (MOST_BYTES + 1),
        b"? " * 200_000,
        b"\n" * 3_000_000 + b"a: [",
    ],
    ids=["aliases", "lists", "maps", "digits", "dashes", "size", "keys", "lines"],
)
def test_bombs_are_refused_and_not_unpacked(raw: bytes) -> None:
    with pytest.raises(ConfigError):
        with_policies(BASE, raw)


def test_what_is_refused_is_refused_whole() -> None:
    before = repr(BASE)
    with pytest.raises(ConfigError):
        with_policies(BASE, WHOLE.replace("band: 0.02", "band: 2").encode())
    assert repr(BASE) == before
    assert parse(WHOLE.encode(), POLICIES).data["policies"]["base"]["band"] == 0.02
