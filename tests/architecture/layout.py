"""The parts of `router/`, lowest first: each may import only what stands before it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Folders or files of `router/` that share a place in the order, and what they are for."""

    names: tuple[str, ...]
    purpose: str


PARTS = (
    Part(("types",), "frozen values"),
    Part(("errors.py",), "everything that can go wrong, as a closed tree"),
    Part(("money.py",), "prices and costs in exact micro-dollars"),
    Part(("ids.py",), "ids that nobody can guess"),
    Part(("suggest.py",), "the nearest right name for a wrong one"),
    Part(("tokens.py",), "exact token counts"),
    Part(("evidence",), "anytime-valid statistics"),
    Part(("decision",), "the pure line, from a request to a decision, and from attempts to a receipt"),
    Part(("reading",), "the learned reader of task and difficulty"),
    Part(("transparency",), "Merkle tree, signed notes, proofs"),
    Part(("ramps",), "the pure state machine of ramps"),
    Part(("accounting",), "pure money: from settled requests to the accounts"),
    Part(("migration",), "other products' configurations become files of ours"),
    Part(("price_lists",), "our prices beside the lists of others"),
    Part(("config",), "from YAML to one frozen configuration"),
    Part(("ledger",), "the append-only log, its databases and stores"),
    Part(("keys",), "API keys, admin keys and their stores"),
    Part(("policy",), "lint, diff, test, replay, and the life of a policy"),
    Part(("serving",), "the only I/O for a request, and what governs it"),
    Part(("reports.py",), "from the ledger to the accounts"),
    Part(
        ("traffic",),
        "what one's own traffic says: outcomes of answers out of the ledger, and whether what is asked has drifted",
    ),
    Part(("audit",), "audits of endpoints from outside: probing within a budget, and signed transcripts"),
    Part(
        ("scenarios",),
        "stories as data: dated events over simulated days, lived through by the same service, and measured",
    ),
    Part(("api",), "HTTP: surfaces, routes, the app and its server"),
    Part(("page",), "what browsers see: pages made from the admin API alone"),
    Part(("bench",), "benchmarks"),
    Part(("cli",), "the command line"),
)
ORDER = tuple(name.removesuffix(".py") for part in PARTS for name in part.names)
"""The parts by the name of their module, lowest first."""
SHARED_NAMES = frozenset(
    {
        "__init__",
        "__main__",
        "schema",
        "parse",
        "render",
        "stream",
        "errors",
        "surface",
        "conditions",
        "facts",
        "policies",
        "ramps",
    }
)
"""File names that may occur twice: the steps of a surface, and nouns that one part defines and another handles."""
MOST_IN_A_FOLDER = 16
PURE = frozenset(
    {
        "types",
        "errors",
        "money",
        "suggest",
        "evidence",
        "decision",
        "reading",
        "transparency",
        "ramps",
        "accounting",
        "migration",
        "price_lists",
    }
)
"""Parts that read no clock, no chance, no file, no network; training a reader is apart."""
PUBLISHED = frozenset({"KeyTold"})
"""Names that the OpenAPI document has shown to clients: they stay, whatever we would call them today."""
