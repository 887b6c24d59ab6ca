"""The language of a text, by script."""

import re

_HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e]")
_OTHER = re.compile("[\u3040-\u30ff\u4e00-\u9fff\u0400-\u04ff\u0600-\u06ff\u0900-\u097f\u0e00-\u0e7f]")
_LATIN = re.compile("[A-Za-z]")
BUDGET = 1000


def language(text: str) -> str:
    """`ko` where Hangul leads (a syllable weighs as much as three letters), `other` for other scripts, else `en`."""
    if text.isascii():
        return "en"
    sample = text[:BUDGET]
    hangul, other = len(_HANGUL.findall(sample)), len(_OTHER.findall(sample))
    if not hangul and not other:
        return "en"
    if other > hangul:
        return "other"
    return "ko" if hangul * 3 >= len(_LATIN.findall(sample)) else "en"
