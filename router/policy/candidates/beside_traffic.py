"""A candidate beside what is in force: the requests since it was put up, decided by both.

Invariant: what is told is what the server would have decided, request by request, since `decide()` is pure and the log
keeps all that it looks at; so nothing is decided twice while anybody waits, and nothing is sampled but the oldest left
out of more than `MOST`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from router.config.load import with_policies
from router.ledger import DatabaseLedger
from router.policy.candidates.candidate_store import Candidate
from router.types import Config

if TYPE_CHECKING:
    from router.policy.replay.result import Replay

MOST = 200_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate's configuration among the other files as they are now; no replay where nothing was asked since."""

    config: Config
    replay: "Replay | None"


def compare(ledger: DatabaseLedger, candidate: Candidate, current: Config, until: datetime | None = None) -> Comparison:
    """Decide what was asked since under both; raises ConfigError where the candidate no longer loads."""
    # What replays is imported when there is something to replay: a start takes long enough without it.
    from router.policy.replay.flip_causes import Versions
    from router.policy.replay.replay import replay
    from router.policy.replay.request_columns import unpack

    config = with_policies(current, candidate.text.encode(), f"candidate {candidate.revision}")
    rows, words = ledger.requests_between(candidate.since, until or candidate.ended, MOST)
    names = (f"in force ({current.revision})", f"candidate {candidate.revision}")
    return Comparison(config, replay(unpack(rows, words), Versions(current, config), names) if rows else None)
