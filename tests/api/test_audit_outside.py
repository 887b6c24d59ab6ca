"""Our own router, audited from outside over HTTP: a silent ramp is caught, an honest or a disclosed one is cleared."""

from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np

from api.servers import Running, Starter
from router import tokens
from router.audit.audit_budget import FREE, Purse
from router.audit.audit_plan import Wish
from router.audit.audit_report import AuditReport
from router.audit.endpoint_client import Endpoint
from router.audit.session import Session
from router.audit.sides import Live
from router.audit.standing import finish
from router.audit.transcripts.transcript import Transcript
from router.audit.wire_shapes import Parameters
from router.cli.audit.audit_options import shipped_prompts
from router.evidence.matched import Enrolled, MatchedTest, vector
from router.transparency.note import LOG, SecretKey

ASKED = Parameters(max_tokens=80)
# A false alarm that a suite may see once in ten thousand runs.
RARE = 1e-4
PROMPTS = shipped_prompts()[::2]
POLICY = """
default: balanced
policies:
  balanced: {because: A test of audits, band: 0, consent: any, disclosure: %s}
"""
RAMP = """
ramps:
  - {name: quiet, because: It is cheaper, original: gpt-5, substitute: mai-1, share: %s, unit: %s, when: {}}
"""


def serve(
    start: Starter, folder: Path, disclosure: str, share: float = 0, unit: str = "conversation", **more: bool
) -> Running:
    folder.mkdir()
    (folder / "policies.yaml").write_text(POLICY % disclosure)
    (folder / "ramps.yaml").write_text(RAMP % (share, unit) if share else "ramps: []\n")
    return start(folder=folder, **more)


def enrolled(reference: Running, prompts: Sequence[str] = PROMPTS) -> Enrolled:
    """MAI-1 as a direct customer of it sees it."""
    own = Endpoint(f"{reference.url}/v1", "mai-1")
    texts = {prompt: [own.ask(prompt, ASKED).said.text for _ in range(6)] for prompt in prompts}
    learn = np.array([vector(text) for answers in texts.values() for text in answers[:3]])
    measure = {prompt: np.array([vector(text) for text in answers[3:]]) for prompt, answers in texts.items()}
    return Enrolled("mai-1", learn, measure, 0.05)


def audit(
    audited: Running,
    reference: Running,
    seed: int,
    substitutes: tuple[Enrolled, ...] = (),
    key: str | None = None,
    calls: int = 500,
    alpha: float = 0.05,
    share: float = 0.3,
    prompts: Sequence[str] = PROMPTS,
) -> AuditReport:
    wish = Wish(
        model="gpt-5",
        prompts=prompts,
        parameters=ASKED,
        calls=calls,
        share=share,
        seed=bytes([seed]) * 32,
        secret=b"s" * 32,
    )
    side = Live(Endpoint(f"{audited.url}/v1", "gpt-5", key=key), FREE)
    other = Live(Endpoint(f"{reference.url}/v1", "gpt-5"), FREE)
    transcript = Transcript(None, "a test", SecretKey("a test", LOG, b"k" * 32))
    session = Session(wish, side, other, MatchedTest(alpha, substitutes, seed), Purse(None), transcript)
    session.pilot()
    return finish(session, session.run(), tokens.count, None)


def test_a_silent_ramp_at_ten_percent_is_caught_within_500_calls(start: Starter, tmp_path: Path) -> None:
    reference = serve(start, tmp_path / "honest", "receipt")
    # What is moved is a conversation, which one prompt begins: which prompts are is each server's own chance.
    substitute, caught = enrolled(reference, shipped_prompts()), []
    for seed in range(7):
        silent = serve(start, tmp_path / f"silent-{seed}", "silent", 0.1)
        report = audit(silent, reference, seed, (substitute,), prompts=shipped_prompts())
        assert not report.declared
        if report.end == "another_model" and report.rounds <= 500:
            caught.append(report.nearest)
        if len(caught) == 3:
            break
    # Three of seven, since about nine of ten audits are: that fewer than three are would be a fault and no chance.
    assert len(caught) == 3
    assert caught.count("mai-1") >= 2


def test_with_ramps_off_it_is_cleared(start: Starter, tmp_path: Path) -> None:
    reference = serve(start, tmp_path / "honest", "receipt")
    silent = serve(start, tmp_path / "silent", "silent")
    report = audit(silent, reference, 1, calls=200, alpha=RARE, share=0.8)
    assert report.end == "nothing_found"
    assert report.best_log_wealth < log(1 / RARE)


def test_a_ramp_that_every_answer_discloses_is_cleared_and_counted(start: Starter, tmp_path: Path) -> None:
    reference = serve(start, tmp_path / "honest", "receipt")
    open_one = serve(start, tmp_path / "open", "receipt", 0.3)
    report = audit(open_one, reference, 2, calls=320, alpha=RARE, share=0.8)
    assert report.end == "nothing_found"
    assert report.declared["mai-1"] > 20


def test_where_whole_accounts_are_moved_one_account_may_see_nothing_and_several_do(
    start: Starter, tmp_path: Path
) -> None:
    reference = serve(start, tmp_path / "honest", "receipt")
    sticky = serve(start, tmp_path / "sticky", "silent", 0.5, "key", keys=True)
    ends: set[str] = set()
    for number in range(24):
        key = sticky.key(f"account-{number}", models=["gpt-5", "mai-1"])
        report = audit(sticky, reference, 3, key=key, calls=50)
        ends.add(report.end)
        if len(ends) == 2:
            break
    # Half of the accounts are moved: that 24 are alike has a chance of one in eight million.
    assert ends == {"another_model", "inconclusive"}
    assert report.accounts == 7
