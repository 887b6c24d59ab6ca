"""Takes the greeting, the plea and the thanks off a text, which say nothing of the task.

Invariant: what is left is a part of the text, and the text itself where too little would be left.
"""

import re

TOO_LITTLE = 12
ROUNDS = 3
THANKS_WITHIN = 40
_GREETING = (
    r"(?:hi|hello|hey|good (?:morning|evening|afternoon)|excuse me|ok|okay|so)(?: there| all| everyone)?\b[,.! ]+"
)
_HELP_ME = (
    r"(?:(?:could|can|would|will) you )?(?:please )?(?:kindly )?help me(?: out)?"
    r"(?: with (?:this|something|the following))?(?: please)?[?.!:, ]+"
)
_NEED = r"i (?:need|have) (?:some |your )?(?:help|a (?:quick )?question)[^.?!:\n]{0,25}[.?!:,] *"
_SHORT_PLEA = r"quick question[:,.] *|please[, ]+"
_GREETING_KO = r"(?:안녕하세요|안녕|저기요|실례합니다)[,.!~ ]+"
_PLEAS_KO = r"부탁 ?(?:하나만|좀)? ?드릴게요|질문 ?있(?:습니다|어요)|도와 ?주세요|부탁드립니다|부탁드려요"
_PLEA_KO = rf"[^.?!\n]{{0,8}}(?:{_PLEAS_KO})[.!~ ]+"
_COURTESY = rf"{_GREETING}|{_HELP_ME}|{_NEED}|{_SHORT_PLEA}|{_GREETING_KO}"
_BEFORE = re.compile(rf"\s*(?:{_COURTESY})", re.IGNORECASE)
_BEFORE_OR_PLEA = re.compile(rf"\s*(?:{_COURTESY}|{_PLEA_KO})", re.IGNORECASE)
_PLEA = re.compile("부탁|질문|도와")
_WITHIN = 60
_AFTER = re.compile(
    r"[\s,.!]*(?:(?:many )?thanks(?: a lot| in advance| so much)?|thank you(?: very much| so much| in advance)?"
    r"|감사합니다|고맙습니다|고마워요?|미리 감사드립니다)[\s.!~]*$",
    re.IGNORECASE,
)


_THANKS = re.compile(
    r"thanks?|thx|ty|cheers|고마\w*|고맙\w*|감사\w*|ありがと\w*|谢谢|多谢|谢了|gracias|dank\w*|merci|obrigad[oa]|valeu",
    re.IGNORECASE,
)
_BESIDE_THANKS = re.compile(
    r"[\W\d_]+|\b(?:you|so|very|much|a|lot|many|again|ok|okay|great|perfect|awesome|nice|cool|got|it|for|all|your|help|the|that|"
    r"was|is|helps?|helped|works?|good|muchas|mil|todo|por|vielen|super|beaucoup|parfait|muito|demais|정말|너무|네|넵|"
    r"아|오|どうも|本当に|とても|ございます|ございました|非常|你|啦|了)\b",
    re.IGNORECASE,
)


def only_thanks(text: str) -> bool:
    """Whether a short turn says thanks and asks for nothing."""
    rest, thanks = _THANKS.subn(" ", text)
    return thanks > 0 and not _BESIDE_THANKS.sub("", rest)


def plain(text: str) -> str:
    """The text without the courtesies at either end."""
    start = _start(text)
    end = _end(text, start)
    return text[start:end] if end - start >= TOO_LITTLE else text


def _start(text: str) -> int:
    before = _BEFORE_OR_PLEA if _PLEA.search(text, 0, _WITHIN) else _BEFORE
    start = 0
    for _ in range(ROUNDS):
        match = before.match(text, start)
        if not match:
            break
        start = match.end()
    return start


def _end(text: str, start: int) -> int:
    tail = text[-THANKS_WITHIN:].lower()
    if "thank" not in tail and "감사" not in tail and "고맙" not in tail and "고마" not in tail:
        return len(text)
    match = _AFTER.search(text, max(start, len(text) - THANKS_WITHIN))
    return match.start() if match else len(text)
