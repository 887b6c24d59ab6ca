"""Takes the greeting, the plea and the thanks off a text, which say nothing of the task.

Invariant: what is left is a part of the text, and the text itself where too little would be left.
"""

import re

TOO_LITTLE = 12
ROUNDS = 3
# Letters of Chinese, Japanese and Korean say as much as several Latin ones.
TOO_LITTLE_EAST = 4
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
_WONDER_KO = r"궁금한 (?:게|것이|점이) (?:있어요|있습니다|있어서|있는데요?)[.,:!~ ]+"
_JAPANESE = (
    r"(?:すみません|こんにちは|こんばんは|はじめまして)[、,。!！ ]+"
    r"|[^。\n]{0,6}(?:質問|お願い)(?:が|の)?(?:あります|ある|です|したい)(?:の?ですが|が)?[、,。:!！ ]+"
    r"|教えてください[、。] *"
)
_CHINESE = (
    r"(?:你好|您好|大家好)[,，。!！ ]+|(?:我?想)?请问(?:一下)?[,，:： ]*|我?想问(?:一下|问)?[,，:： ]+"
    r"|我?有(?:一?个)?(?:小)?问题[,，。:： ]+"
)
_SPANISH = (
    r"(?:hola|buen[oa]s(?: d[ií]as| tardes| noches)?|perd[oó]n|disculpa)[,.!¡ ]+"
    r"|tengo una (?:duda|pregunta|consulta)[^.:,\n]{0,20}[.:,] *|por favor[,:] *"
)
_GERMAN = (
    r"(?:hallo|guten (?:tag|morgen|abend)|moin|entschuldigung)[,.! ]+"
    r"|ich (?:habe|hätte)(?: da| mal)? eine(?: kurze| kleine)? frage[^.:,\n]{0,20}[.:,] *|bitte[,:] *"
)
_FRENCH = (
    r"(?:bonjour|bonsoir|salut|excusez-moi)[,.! ]+"
    r"|j['’]ai une (?:petite )?question[^.:,\n]{0,20}[.:,] *|s['’]il (?:te|vous) pla[iî]t ?[,:] *"
)
_PORTUGUESE = (
    r"(?:ol[aá]|oi|bom dia|boa (?:tarde|noite)|desculpe)[,.! ]+"
    r"|(?:eu )?tenho uma (?:d[uú]vida|pergunta|quest[aã]o)[^.:,\n]{0,20}[.:,] *"
)
_COURTESY = "|".join(
    [
        _GREETING,
        _HELP_ME,
        _NEED,
        _SHORT_PLEA,
        _GREETING_KO,
        _WONDER_KO,
        _JAPANESE,
        _CHINESE,
        _SPANISH,
        _GERMAN,
        _FRENCH,
        _PORTUGUESE,
    ]
)
_BEFORE = re.compile(rf"\s*(?:{_COURTESY})", re.IGNORECASE)
_BEFORE_OR_PLEA = re.compile(rf"\s*(?:{_COURTESY}|{_PLEA_KO})", re.IGNORECASE)
_PLEA = re.compile("부탁|질문|도와")
_WITHIN = 60
_THANKS_BEHIND = (
    r"(?:many )?thanks(?: a lot| in advance| so much)?|thank you(?: very much| so much| in advance)?"
    r"|감사합니다|고맙습니다|고마워요?|미리 감사드립니다|ありがとうございます|谢谢|gracias|danke|merci|obrigad[oa]"
)
# How long an answer is wanted says nothing of what is asked.
_SHORT_BEHIND = (
    r"(?:please )?(?:keep it|make it|be) (?:short|brief|concise)(?:,? please)?|(?:짧게|간단히|간략히)(?: 좀)?"
    r"(?: ?(?:부탁해요|부탁드려요|부탁드립니다|부탁해|해 ?줘|답해 ?줘|요))?"
    r"|(?:短く|簡潔に|手短に)(?:お願いします|お願い|答えて)?"
    r"|请?(?:简短|简洁|简要)(?:一些|一点|回答)?|s[eé] breve|fass dich kurz|bitte kurz|sois bref|soyez bref|seja breve"
)
_AFTER = re.compile(rf"[\s,.!?。！？、，]*(?:{_THANKS_BEHIND}|{_SHORT_BEHIND})[\s.!~。！]*$", re.IGNORECASE)
# A text that ends without any of these need not be searched.
_LATIN_BEHIND = ("thank", "short", "brief", "conci", "gracias", "danke", "merci", "obrigad", "breve", "kurz", "bref")
_EASTERN_BEHIND = ("감사", "고맙", "고마", "짧게", "간단", "간략", "ありがと", "短く", "簡潔", "手短", "谢", "简")
_ANY_BEHIND = _LATIN_BEHIND + _EASTERN_BEHIND
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
    enough = TOO_LITTLE if end - start >= TOO_LITTLE or text.isascii() else _least(text[start:end])
    return text[start:end] if end - start >= enough else text


def _least(text: str) -> int:
    return TOO_LITTLE_EAST if text and max(text) >= "\u3041" else TOO_LITTLE


def _start(text: str) -> int:
    before = _BEFORE_OR_PLEA if not text.isascii() and _PLEA.search(text, 0, _WITHIN) else _BEFORE
    start = 0
    for _ in range(ROUNDS):
        match = before.match(text, start)
        if not match:
            break
        start = match.end()
    return start


def _end(text: str, start: int) -> int:
    tail = text[-THANKS_WITHIN:].lower()
    if not any(map(tail.__contains__, _LATIN_BEHIND if tail.isascii() else _ANY_BEHIND)):
        return len(text)
    match = _AFTER.search(text, max(start, len(text) - THANKS_WITHIN))
    return match.start() if match else len(text)
