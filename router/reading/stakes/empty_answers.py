"""Words that say nothing by themselves: yes and no, laughter, interjections, in eight languages.

Invariant: pure; a text of these alone puts nothing at stake, whatever a model that was fitted to sentences makes of it.
"""

import re
from collections.abc import Collection

_MOST = 4
_LAUGHTER = re.compile(r"(?:ha|he|hi|ja|je|rs|ㅋ|ㅎ|ㅠ|ㅜ|w|k|哈|呵|嘿|笑|草)+h?|lo+l|lu+l|lmf?ao+|rofl|mdr|ptdr|xd+")
_ALONE = """
    a ah aha alright aw aww bye cool damn fine go good great huh hm hmm hmmm k kk maybe meh mm mmm mhm more my nah next
    no noo nooo nope not nothing nvm oh ok okay omg oops pls please really right same so sorry stop sure test thanks
    thx ugh uh um umm wait well what whoa why wow wtf yay yeah yep yes yo you
    si sí no vale ya bueno gracias claro para basta nada que qué porque vaya
    ja nein doch nö na gut genau danke bitte halt warte stopp nichts was warum krass
    oui non si ouais nan merci bon bien arrête stop attends rien quoi pourquoi bof
    sim não nao ta tá bom beleza obrigado obrigada pare para espera nada quê porquê
    네 넵 예 응 어 아니 아니요 아뇨 아니오 그래 좋아 왜 뭐 잠깐 그만 헐 대박 감사 고마워
    はい いいえ うん ううん いや だめ やめて ストップ 待って なぜ 何 ありがとう
    是 不 不是 不要 好 好的 对 没有 没 停 等等 为什么 什么 谢谢 嗯 啊 哦
"""
_WORDS = frozenset(_ALONE.split())


def says_nothing(words: Collection[str]) -> bool:
    """Whether a text of these tokens is such words alone; marks and spaces are none."""
    said = [word for word in words if word[0].isalnum()]
    return len(said) <= _MOST and all(word in _WORDS or _LAUGHTER.fullmatch(word) for word in said)
