"""Estimates the tokens of what a request holds beside text and pictures: files, sound and video, from their bytes.

Invariant: nothing that is attached counts as nothing, and what is attached is never decoded: its size is that of its
text, and its kind what its media type, its name or its first letters say.
"""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from router.types import ChatRequest, Message, Part

# Bytes of a file for one token. Where each figure comes from stands in docs/routing.md.
PLAIN = 4
DOCUMENT = 8
DOCUMENT_BEYOND = 64
WAVE = 1_000
SOUND = 250
VIDEO = 400
PICTURE_TOKENS = 765
# Up to here a document is taken for words; what it has beyond is mostly pictures and fonts.
MOSTLY_WORDS = 256 * 1024
# What lies elsewhere, of a size that nobody here knows, counts as a document of so many bytes.
UNKNOWN_TOKENS = MOSTLY_WORDS // DOCUMENT
# A minute of sound that a model said before, at 32 tokens a second.
SAID_BEFORE_TOKENS = 1_920
# An estimate may be a quarter of the truth: the relative error that it states.
ERROR = 3.0

_BASE64 = ";base64"
_MOST_HEAD = 512
_PDF = "JVBERi"  # "%PDF" in base64
_KINDS = {
    "wav": "audio/wav",
    "pcm16": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "aac": "audio/aac",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "mpeg": "video/mpeg",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
_WAVES = frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/l16", "audio/pcm"})


def attached_tokens(request: ChatRequest) -> int:
    """The estimate for all that is attached to a request, in tokens of the reference encoding."""
    # Most messages are a text alone.
    return sum([_of_message(each) for each in request.messages if each.extra or isinstance(each.content, tuple)])


def _of_message(message: Message) -> int:
    said = SAID_BEFORE_TOKENS if isinstance((message.extra or {}).get("audio"), Mapping) else 0
    return said + sum(_of_part(part) for part in message.content) if isinstance(message.content, tuple) else said


def _of_part(part: Part) -> int:
    if part.type == "file":
        return sum(_of_file(part.file or {}))
    if part.type == "input_audio":
        sound = part.input_audio or {}
        return _of_data(sound.get("data"), str(sound.get("format") or ""), "audio/mpeg")
    url = (part.image_url or {}).get("url") if part.type == "image_url" else None
    # Pictures have a rate of their own; what is sent in their place and is none is a file.
    if isinstance(url, str) and url[:5].lower() == "data:" and not url[5:11].lower().startswith("image/"):
        return _of_data(url, "", "")
    return 0


def _of_file(file: Mapping[str, Any]) -> Iterator[int]:
    """What stands there, and what lies elsewhere; a file without either lies elsewhere too."""
    data, name = file.get("file_data"), str(file.get("filename") or "")
    if data:
        yield _of_data(data, name.rpartition(".")[2], "")
    if file.get("file_id") or not data:
        yield UNKNOWN_TOKENS


def _of_data(data: object, suffix: str, otherwise: str) -> int:
    """What stands there in base64, or in a data URL; `suffix` and `otherwise` say its kind where it does not."""
    if not isinstance(data, str) or data[:4].lower() == "http":
        return UNKNOWN_TOKENS
    is_url = data[:5].lower() == "data:"
    head = data[5:_MOST_HEAD].partition(",")[0] if is_url else _BASE64
    payload_at = len("data:,") + len(head) if is_url else 0
    size = max(0, len(data) - payload_at)
    # A data URL that is no base64 has a byte for each letter.
    size = ceil(size * 3 / 4) if head.lower().endswith(_BASE64) else size
    kind = head.partition(";")[0].strip().lower() if is_url else ""
    if data.startswith(_PDF, payload_at):
        kind = "application/pdf"
    if kind in ("", "application/octet-stream"):
        kind = _KINDS.get(suffix.lower(), otherwise)
    return _of_bytes(size, kind)


def _of_bytes(size: int, kind: str) -> int:
    """The estimate by kind; what no kind is known of counts as plain text, the densest of all."""
    if kind == "application/pdf":
        return max(1, ceil(min(size, MOSTLY_WORDS) / DOCUMENT + max(0, size - MOSTLY_WORDS) / DOCUMENT_BEYOND))
    if kind.startswith("image/"):
        return PICTURE_TOKENS
    if kind.startswith("audio/"):
        return max(1, ceil(size / (WAVE if kind in _WAVES else SOUND)))
    return max(1, ceil(size / (VIDEO if kind.startswith("video/") else PLAIN)))
