"""A text said aloud: the sounds in their order with a melody, and the head of the file that holds them.

Invariant: the head tells the exact length of what follows, though the sounds are made one word at a time.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from providers.stub.skill import draw
from providers.stub.speech.sounds import RATE, samples, silence
from providers.stub.speech.spelling import PAUSE, STOP, VOWELS, spelt

__all__ = ["RATE", "Saying"]
_LOWEST_HZ, _SPREAD_HZ = 95, 120
_VOWEL_S, _FIRST_VOWEL_S, _CONSONANT_S, _PAUSE_S, _STOP_S = 0.085, 0.12, 0.06, 0.07, 0.3
# A sentence falls by this much with every word, down to the last step, and begins high again.
_FALL, _STEPS = 0.03, 6


class _Timed(NamedTuple):
    """One sound: the period of the voice, and how long it sounds, in samples; an empty name is silence."""

    name: str
    period: int
    length: int


class Saying:
    """One text, in one voice; `remark` is written into the file's head."""

    def __init__(self, text: str, voice: str, speed: float, remark: str) -> None:
        self._words = list(_timed(text, RATE / (_LOWEST_HZ + draw("voice", voice) % _SPREAD_HZ), speed))
        self._remark = remark
        self.samples = sum(sound.length for word in self._words for sound in word)

    def head(self) -> bytes:
        """The head of a WAV file: 16 bits, one channel, with the remark in it."""
        data = 2 * self.samples
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
        note = self._remark.encode("ascii", "replace") + b"\0"
        note += b"\0" * (len(note) % 2)
        comment = struct.pack("<4sI4s4sI", b"LIST", 12 + len(note), b"INFO", b"ICMT", len(note)) + note
        size = 4 + len(form) + len(comment) + 8 + data
        return struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + form + comment + struct.pack("<4sI", b"data", data)

    def words(self) -> Iterator[bytes]:
        """The samples, a word or a pause at a time."""
        for word in self._words:
            yield b"".join([samples(*sound) if sound.name else silence(sound.length) for sound in word])


def _timed(text: str, period: float, speed: float) -> Iterator[list[_Timed]]:
    """The words and pauses of a text; the voice falls through a sentence."""
    step = 0
    for word in spelt(text):
        if word in (PAUSE, STOP):
            yield [_Timed("", 0, _length(_PAUSE_S if word == PAUSE else _STOP_S, speed))]
            step = 0 if word == STOP else min(step + 1, _STEPS)
            continue
        lower = round(period * (1 + _FALL * step))
        yield [_Timed(name, lower, _length(_seconds(name, first=place < 2), speed)) for place, name in enumerate(word)]


def _seconds(name: str, *, first: bool) -> float:
    """Vowels are long, and the first of a word the longest: that is the rhythm."""
    if name not in VOWELS:
        return _CONSONANT_S
    return _FIRST_VOWEL_S if first else _VOWEL_S


def _length(seconds: float, speed: float) -> int:
    return round(RATE * seconds / speed)
