"""`fungible audit verify`: a transcript in a file against a public key, offline."""

import sys
from dataclasses import asdict
from math import exp
from pathlib import Path

from router.audit.transcripts.verify_transcript import Verified, verify_transcript
from router.bench.rivals.verify_contest import VerifiedContest, is_contest, verify_contest
from router.cli.audit.audit_run import KEY
from router.cli.config_folder import data_folder
from router.cli.output import print_json
from router.errors import NotFound, ProofError
from router.ledger.log.signing_key_file import read_key
from router.transparency.note import PublicKey, parse_public_key


def run(path: Path, key: str | None, data: Path | None, *, as_json: bool) -> None:
    """Say what it proves; exit code 1 with the first line that does not hold."""
    trusted = _key(key, data)
    try:
        verified = verify_contest(path, trusted) if is_contest(path) else verify_transcript(path, trusted)
    except ProofError as error:
        if as_json:
            print_json({"verified": False, "because": error.message})
        else:
            print(f"NOT verified: {error.message}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    if as_json:
        print_json({"verified": True, **asdict(verified)})
    else:
        print(_of_rivals(verified) if isinstance(verified, VerifiedContest) else _words(verified))  # noqa: T201


def _of_rivals(verified: VerifiedContest) -> str:
    """What the transcript of `fungible bench rivals` proves."""
    first, *_ = verified.rivals
    lines = [f"verified: {verified.rounds} rounds of {len(verified.rivals)} rivals; end: {verified.stop or 'cut off'}"]
    lines += [f"  {name}: {verdict}, beside {first}" for name, verdict in verified.verdicts.items()]
    return "\n".join([*lines, f"  {verified.signed} lines signed, {verified.unsigned} at the end not"])


def _key(given: str | None, data: Path | None) -> PublicKey:
    if given is not None:
        return parse_public_key(given)
    own = data_folder(data) / KEY
    if not own.exists():
        raise NotFound("No --key was given, and this machine has made no audit whose key it could be.")
    return read_key(own).public


def _words(verified: Verified) -> str:
    best = exp(min(690.0, verified.best_log_wealth))
    end = verified.end or "cut off: there is no end, and its draws could not be drawn again"
    lines = [
        f"verified: audit of {verified.model} at {verified.endpoint}, begun {verified.begun}",
        f"  reference {verified.reference}",
        f"  end: {end}; {verified.rounds} rounds, {verified.failed} failed, {verified.declared} declared",
        f"  wealth {best:,.4g} at most, worked out anew from the scores; {1 / verified.alpha:g} decides",
        f"  {verified.signed} lines signed by {verified.signed_by}",
    ]
    if verified.unsigned:
        lines.append(f"  {verified.unsigned} lines at the end are not signed, and prove nothing")
    return "\n".join(lines)
