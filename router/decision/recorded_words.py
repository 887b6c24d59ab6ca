"""What a receipt keeps of what backends and clients say: codes and names of closed sets, never their own words.

Invariant: an error's text, a reason or a model's name that nobody knows may repeat a prompt, so none of them is kept;
what is kept instead are codes, `other`, and of a model's name a short salted digest, by which one can be told from
another and neither can be found out.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from router.errors import BackendRefusal
from router.types import NOTE_KINDS, Attempt
from router.types.receipt_words import OTHER, PARAMETER_NAMES

# What notes say in more than names.
_PHRASES = frozenset(
    {
        "a last turn of the assistant",
        "a picture or file that a tool gave",
        "none was given",
        "receipt",
        "thoughts of another model",
        "token ids cut a character in two",
        "tool ids",
        "what the backend said can't be true",
        "what the backend said is no count",
    }
)
# How a reason fits what was said.
_FITS = (", beside a call", ", without a call", "")
_REASONS_IN_USE = """
abort blocklist cancelled compaction complete content_filter end_turn eos eos_token error function_call
insufficient_system_resource length max_output_tokens max_tokens model_context_window_exceeded model_length pause_turn
prohibited_content recitation refusal safety sensitive spii stop stop_sequence tool_call tool_calls tool_use unknown
"""
_REASONS = frozenset(_REASONS_IN_USE.split())
# Values that parameters are given on the way, and kinds of tools and of what an answer may include.
_VALUES = """
minimal low medium high xhigh max system developer assistant user caller async custom tools encrypted_content results
apply_patch code_interpreter code_interpreter_call computer computer_call_output computer_use_preview custom_tool_call
custom_tool_call_output file_search file_search_call function_call_output image_generation input_image local_shell mcp
mcp_list_tools message namespace output_text shell web_search web_search_call web_search_preview action sources outputs
sticky
"""
_WORDS = PARAMETER_NAMES.union(_VALUES.split(), (OTHER,))
_NUMBER = re.compile(r"-?\d{1,10}(\.\d{1,4})?")
_COUNT = re.compile(r"\d{1,12}")
_MOST_WORDS = 4
_DATED = re.compile(
    r"(?P<name>.+?)[-@:](?:(?P<latest>latest)|(?:(?P<year>20[2-3]\d)-?)?(?P<month>\d\d)-?(?P<day>\d\d))"
)
_ELSEWHERE = "*/"
_LEAP_YEAR = 2024
_DIGEST = 2


@dataclass(frozen=True, slots=True)
class TriedCall(Attempt):
    """An attempt while its request is under way: `detail` is a code, `message` what its client may read of it.

    `refusal` is what its client's programs act on.
    """

    message: str = ""
    refusal: BackendRefusal | None = None

    def for_client(self) -> Attempt:
        """With the words that its client may read."""
        return Attempt(self.model, self.outcome, self.duration_ms, self.message, self.deployment)

    def for_receipt(self, *, keep_text: bool) -> Attempt:
        """With its code alone, unless the operator keeps the words of that provider."""
        detail = self.message if keep_text else self.detail
        return Attempt(self.model, self.outcome, self.duration_ms, detail, self.deployment)


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """Turns notes into what a receipt keeps of them; `models` are the names of models that the configuration knows."""

    models: Collection[str]
    salt: bytes

    def kept(self, notes: Iterable[str]) -> tuple[str, ...]:
        """The notes, each once, in their order."""
        return tuple(dict.fromkeys([self._note(note) for note in notes]))

    def _note(self, note: str) -> str:
        kind, _, detail = note.partition(":")
        if kind not in NOTE_KINDS:
            return f"dropped:{OTHER}"
        if detail in _PHRASES:
            return note
        if kind == "upstream_model":
            return f"{kind}:{self._model(detail)}"
        if kind == "finish_reason":
            return f"{kind}:{_reason(detail)}"
        if kind == "cache_written":
            return note if _COUNT.fullmatch(detail) else f"{kind}:{OTHER}"
        return f"{kind}:{_names(detail)}"

    def _model(self, name: str) -> str:
        """The name where it is known, also with a date or from elsewhere; else what tells it from another."""
        *elsewhere, last = name.split("/")
        for prefix, rest in (("", name), (_ELSEWHERE if elsewhere else "", last)):
            if rest in self.models:
                return f"{prefix}{rest}"
            if (dated := _DATED.fullmatch(rest)) and dated["name"] in self.models and _is_date(dated):
                return f"{prefix}{rest}"
        digest = blake2b(name.encode(errors="replace"), key=self.salt[:64], digest_size=_DIGEST).hexdigest()
        return f"{OTHER}-{digest}"


def _is_date(dated: "re.Match[str]") -> bool:
    if dated["latest"]:
        return True
    try:
        return bool(date(int(dated["year"] or _LEAP_YEAR), int(dated["month"]), int(dated["day"])))
    except ValueError:
        return False


def _reason(detail: str) -> str:
    fit = next(fit for fit in _FITS if detail.endswith(fit))
    reason = detail.removesuffix(fit)
    return f"{reason if reason.lower() in _REASONS else OTHER}{fit}"


def _names(detail: str) -> str:
    """A parameter, and what was made of it: words that are known as they are, and numbers."""
    name, equals, value = detail.partition("=")
    return _known(name) + equals + (value if _NUMBER.fullmatch(value) else _known(value) if equals else "")


def _known(text: str) -> str:
    return ".".join(word if word in _WORDS else OTHER for word in text.split(".")[:_MOST_WORDS])
