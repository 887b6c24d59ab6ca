"""How long an answer usually is, by task, in reference tokens."""

from router.types import Task

# Assumed: the stubs aim at these, and a person's own holdback replaces them.
OUTPUT_TOKENS: dict[Task, int] = {
    "chat": 90,
    "coding": 320,
    "math": 220,
    "science": 240,
    "reasoning": 220,
    "law": 300,
    "security": 280,
    "medicine": 260,
    "summarisation": 140,
    "translation": 120,
    "extraction": 110,
    "classification": 25,
    "creative_writing": 350,
    "speech": 120,
}
