"""The parts of `router/`, lowest first: each may import only what comes before it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """Folders or files of `router/` at one place in the order, and what they are for."""

    names: tuple[str, ...]
    purpose: str


PARTS: tuple[Part, ...] = (
    Part(("types",), "frozen values"),
    Part(("errors.py", "money.py", "ids.py", "suggest.py", "tokens.py"), "leaves"),
    Part(("evidence",), "anytime-valid statistics"),
    Part(("decision",), "the pure line from a request to a receipt"),
    Part(("reading",), "the learned reader"),
    Part(("transparency",), "Merkle tree, signed notes, proofs"),
    Part(("ramps",), "the pure state machine of ramps"),
    Part(("accounting",), "pure money"),
    Part(("config",), "YAML to `Config`"),
    Part(("ledger",), "drivers, the log, stores"),
    Part(("keys",), "API keys and their store"),
    Part(("policy",), "lint, diff, test, replay, lifecycle"),
    Part(("serving",), "the only I/O for a request, and what governs it"),
    Part(("reports.py",), "from the ledger to the accounts"),
    Part(("api",), "HTTP"),
    Part(("bench",), "measurements"),
    Part(("cli",), "the command line"),
)
