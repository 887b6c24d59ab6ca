"""The parts of the learned reader: words, phrases, marks, courtesy, and the sums over them."""

import pickle

import numpy as np
import pytest

from router.reading.marks import MARKS, marks
from router.reading.phrases import Phrases
from router.reading.politeness import plain
from router.reading.signals import BURDENS, HEAD, TAIL, SignalReader, bounded
from router.reading.vocabulary import REMEMBERED, SYLLABLE, SYMBOL, UNKNOWN, Vocabulary, WarmRows, skeleton, tokens
from unit.learned_samples import SPECIAL, WORDS, tiny_lexicon


def vocabulary() -> Vocabulary:
    return Vocabulary(tiny_lexicon().rows)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("poem", ["poem"]),
        ("poems", ["poem"]),
        ("solving", ["solve"]),
        ("translaet", ["translate"]),
        ("번역", ["번역"]),
        ("번역해", ["번역"]),
        ("번역주세요", ["번역", "주세요"]),
        ("뷁주세요", ["주세요"]),
        ("7", ["<digit>"]),
        ("1999", ["<many>"]),
        ("123456", ["<many>"]),
        ("🎉", ["<symbol>"]),
        ("@", []),
        ("zzz", ["<unknown>"]),
        ("unheardof", ["<unknown>"]),
        ("뷁", ["<syllable>"]),
        ("请翻译吧", ["请", "翻译"]),
        ("吧", ["<symbol>"]),
        ("?! ", ["?"]),
        ("\n", []),
    ],
)
def test_a_word_is_found_by_itself_its_stem_its_skeleton_or_its_pieces(word: str, words: list[str]) -> None:
    names = [*SPECIAL[:5], "<many>", *SPECIAL[6:]]
    expected = tuple(names.index(name) if name in names else WORDS.index(name) for name in words)
    assert vocabulary()[word] == expected


def test_special_rows_stand_where_the_vocabulary_looks_for_them() -> None:
    assert [SPECIAL[row] for row in (UNKNOWN, SYLLABLE, SYMBOL)] == ["<unknown>", "<syllable>", "<symbol>"]


def test_remembering_is_bounded() -> None:
    words = vocabulary()
    for number in range(REMEMBERED + 5):
        assert words[f"@{number}"] == ()
    assert len(words) <= REMEMBERED


def test_tokens_are_words_numbers_and_marks() -> None:
    parts = ["don", "'", "t", "'", "stop", "'", "번역해", "2", "줘", "3", ".", "5", "€"]
    assert tokens("don't 'stop' 번역해2줘 3.5€\n") == [*parts, "\n"]
    assert tokens("stop!? 请翻译 now.") == ["stop", "!? ", "请翻译", "now", "."]
    assert skeleton("translaet") == skeleton("translate")


def test_phrases_are_found_where_their_words_stand_side_by_side() -> None:
    phrases = Phrases(["stack trace", "stack overflow", "read aloud"])
    assert phrases.within(["a", "stack", "trace", "and", "stack"]) == [(1, 0)]
    assert phrases.within(["stack", "overflow", ",", "read", "it", "aloud"]) == [(0, 1)]
    assert phrases.within([]) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Hi, could you please help me with this? Solve the equation.", "Solve the equation."),
        ("hello there! quick question: solve the equation", "solve the equation"),
        ("안녕하세요, 부탁 하나만 드릴게요. 이 방정식을 풀어 주세요 감사합니다.", "이 방정식을 풀어 주세요"),
        ("Solve the equation. Thanks in advance!", "Solve the equation"),
        ("Hi! Hello! Hey! Please solve the equation", "Please solve the equation"),
        ("A thankless task: solve the equation", "A thankless task: solve the equation"),
        ("hi, thanks!", "hi, thanks!"),
        ("Tengo una consulta sobre esto: resuelve la ecuación. Sé breve.", "resuelve la ecuación"),
        ("Guten Tag, ich habe eine Frage: löse die Gleichung. Fass dich kurz.", "löse die Gleichung"),
        ("Bonjour, j'ai une question : résous l'équation. Sois bref.", "résous l'équation"),
        ("Bom dia, tenho uma dúvida: resolva a equação. Obrigado!", "resolva a equação"),
        ("すみません、質問があります。方程式を解いて。短くお願いします。", "方程式を解いて"),
        ("你好，请问怎么解方程？请简短一些。", "怎么解方程"),
        ("궁금한 게 있어요. 방정식 푸는 법 짧게 부탁해요.", "방정식 푸는 법"),
        ("写诗 谢谢", "写诗 谢谢"),
        ("", ""),
    ],
)
def test_courtesies_are_taken_off(text: str, kept: str) -> None:
    assert plain(text) == kept


def test_marks_are_bounded_and_counted() -> None:
    code = "def f(x):\n    return x\n(A) one\n(B) two"
    shown = marks(code, tokens(code), 12, 0)
    assert len(shown) == MARKS
    assert shown[12] == 2 / 4
    assert shown[18] == 2 / 10
    assert all(0 <= mark <= 3 for mark in shown)
    assert marks("hello", ["hello"], 1, 0)[12] == 0


def test_a_long_text_is_read_at_both_ends() -> None:
    text = "a" * HEAD + "b" * 10_000 + "c" * TAIL
    assert bounded(text) == "a" * HEAD + "\n\n" + "c" * TAIL
    assert bounded("short") == "short"


def test_a_phrase_counts_in_the_parts_in_which_it_stands() -> None:
    reader = SignalReader(tiny_lexicon())
    width = (reader.read("x").vector.size - MARKS + 1) // 3
    cue = [width * part - 1 for part in (1, 2, 3)]
    filler = "word " * 40
    assert (reader.read("stack trace").vector[cue] > 0).tolist() == [True, True, True]
    assert (reader.read(f"stack trace {filler}").vector[cue] > 0).tolist() == [True, True, False]
    assert (reader.read(f"{filler} stack trace {filler}").vector[cue] > 0).tolist() == [False, True, False]
    assert (reader.read(f"{filler} stack trace").vector[cue] > 0).tolist() == [False, True, True]


@pytest.mark.parametrize("mark", [".", "?", "!", "...", "。", "？", " ?! "])
def test_a_last_mark_changes_nothing(mark: str) -> None:
    reader = SignalReader(tiny_lexicon())
    for text in ("solve the poem", "번역해 주세요", "请翻译", "Stop. Then translate"):
        with_mark, without = reader.read(text + mark), reader.read(text)
        assert with_mark.vector.tolist() == without.vector.tolist()
        assert with_mark.burdens == without.burdens


@pytest.mark.parametrize("text", ["", "?", "..."])
def test_signals_are_finite_for_a_text_without_words(text: str) -> None:
    signals = SignalReader(tiny_lexicon()).read(text)
    assert np.isfinite(signals.vector).all()
    assert len(signals.burdens) == BURDENS


def test_a_renewed_table_of_rows_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.reading.vocabulary.REMEMBERED", 3)
    monkeypatch.setattr("router.reading.vocabulary.SPARE", 1)
    reader = SignalReader(tiny_lexicon())
    texts = ["solve stack trace poem", "translate 번역주세요 请翻译", "a b c d e f poem?"]
    first = [reader.read(text).vector.tolist() for text in texts]
    assert [reader.read(text).vector.tolist() for text in texts] == first


def test_a_reader_goes_to_another_process() -> None:
    reader = SignalReader(tiny_lexicon())
    expected = reader.read("solve stack trace poem").vector.tolist()
    copied: SignalReader = pickle.loads(pickle.dumps(reader))
    assert copied.read("solve stack trace poem").vector.tolist() == expected


def test_rows_keep_their_places_while_the_table_grows() -> None:
    lexicon = tiny_lexicon()
    phrases = np.full((1, lexicon.table.shape[1]), 7, np.float32)
    warm = WarmRows(lexicon.rows, lexicon.table, lambda row: row.astype(np.float32), phrases)
    places = {word: warm[word] for word in (*WORDS, "poems", "번역주세요")}
    assert warm["poem"] == warm["poems"]
    assert warm.table[0].tolist() == phrases[0].tolist()
    for word in WORDS[len(SPECIAL) :]:
        assert warm.table[places[word][0]].tolist() == lexicon.table[lexicon.rows[word]].tolist()
    assert {word: warm[word] for word in places} == places
