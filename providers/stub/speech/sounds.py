"""Single sounds as 16-bit samples: vowels by their formants, consonants by hum, hiss and silence.

Invariant: the same sound, pitch and length give the same bytes, and a sound begins and ends at silence, so that any
two can follow one another without a click.
"""

import math
import random
from array import array
from functools import lru_cache
from typing import NamedTuple

RATE = 24_000
_LOUDEST = 9_000
_FADE = RATE // 125
_HIGHEST = 4_000.0


class Sound(NamedTuple):
    """Formants in Hz where it is voiced; how loud the voice and the hiss are; whether it begins with a closure."""

    formants: tuple[int, ...] = ()
    hum: float = 0.0
    hiss: float = 0.0
    closed: bool = False


SOUNDS = {
    "a": Sound((730, 1090, 2440), 1.0),
    "e": Sound((530, 1840, 2480), 1.0),
    "i": Sound((270, 2290, 3010), 1.0),
    "o": Sound((570, 840, 2410), 1.0),
    "u": Sound((300, 870, 2240), 1.0),
    "A": Sound((640, 1190, 2390), 1.0),
    "E": Sound((660, 1720, 2410), 1.0),
    "U": Sound((350, 1400, 2300), 0.9),
    "m": Sound((250, 1000), 0.5),
    "n": Sound((250, 1450), 0.5),
    "N": Sound((250, 2100), 0.5),
    "l": Sound((360, 1100, 2600), 0.7),
    "r": Sound((330, 1060, 1380), 0.7),
    "w": Sound((300, 610, 2200), 0.7),
    "v": Sound((250, 1100, 2080), 0.4, 0.12),
    "z": Sound((250, 1700, 2600), 0.4, 0.2),
    "b": Sound((200, 900), 0.5, 0.05, closed=True),
    "d": Sound((200, 1700), 0.5, 0.08, closed=True),
    "g": Sound((200, 2000), 0.5, 0.06, closed=True),
    "p": Sound(hiss=0.2, closed=True),
    "t": Sound(hiss=0.3, closed=True),
    "k": Sound(hiss=0.25, closed=True),
    "f": Sound(hiss=0.12),
    "h": Sound(hiss=0.1),
    "s": Sound(hiss=0.25),
    "S": Sound(hiss=0.3),
}


@lru_cache(maxsize=2_048)
def samples(name: str, period: int, length: int) -> bytes:
    """`length` samples of a sound; one period of the voice has `period` of them."""
    sound = SOUNDS[name]
    wave = [0.0] * length
    if sound.hum:
        voice = _voice(sound.formants, period)
        wave = [sound.hum * voice[place % period] for place in range(length)]
    if sound.hiss:
        drawn = random.Random(name)  # noqa: S311 - noise that is always the same
        wave = [value + sound.hiss * drawn.uniform(-1, 1) for value in wave]
    begins = length // 2 if sound.closed else 0
    return _pcm(wave, begins)


def silence(length: int) -> bytes:
    """Nothing, for so many samples."""
    return bytes(2 * length)


@lru_cache(maxsize=512)
def _voice(formants: tuple[int, ...], period: int) -> list[float]:
    """One period of the voice: its harmonics, as loud as the formants let them through; the loudest sample is 1."""
    base = RATE / period
    harmonics = range(1, int(_HIGHEST / base) + 1)
    loud = [sum(_passed(number * base, formant) for formant in formants) / number**0.5 for number in harmonics]
    turn = 2 * math.pi / period
    wave = [
        sum(level * math.sin(number * place * turn) for number, level in zip(harmonics, loud, strict=True))
        for place in range(period)
    ]
    most = max(map(abs, wave))
    return [value / most for value in wave]


def _passed(frequency: float, formant: int) -> float:
    width = 60 + formant / 25
    return 1 / (1 + ((frequency - formant) / width) ** 2)


def _pcm(wave: list[float], begins: int) -> bytes:
    """Little-endian samples, silent before `begins`, with soft ends."""
    last = len(wave) - 1
    fade = max(1, min(_FADE, (len(wave) - begins) // 2))
    pcm = array("h", bytes(2 * len(wave)))
    for place in range(begins, len(wave)):
        soft = min(1.0, (place - begins) / fade, (last - place) / fade)
        pcm[place] = round(_LOUDEST * soft * wave[place])
    if array("h", [1]).tobytes() != b"\x01\x00":
        pcm.byteswap()
    return pcm.tobytes()
