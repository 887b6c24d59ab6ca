"""Proofs: what a stranger with a public key can check, and what no file gets past."""

import base64
import hashlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from router.errors import BadRequest, NotFound, ProofError
from router.ledger import SqliteLedger
from router.ledger.log.signing_key_file import KeyFile, own_key, read_key
from router.transparency.checkpoint import cosign, parse_checkpoint, witnessed
from router.transparency.commitments import answered, asked, choices_of, commitment, spoken
from router.transparency.entry import Entry, canonical, parse_leaf
from router.transparency.note import (
    LOG,
    WITNESS,
    Note,
    SecretKey,
    Signature,
    parse_note,
    parse_public_key,
    parse_secret_key,
    signed,
)
from router.transparency.proof import Proof, parse_proof, verify
from router.transparency.signing_keys import follow, hand_over, key_of, parse_handover
from router.transparency.tree import is_consistent
from router.types import Chunk, Message
from router.types.provider import ToolCallPiece
from unit.ledger_samples import ANSWER, EVENT, PROMPT, SALTS, fill, put, receipt, sample

ONE = f"{7:032x}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return sample(tmp_path / "ledger.sqlite3")


@pytest.fixture
def proof(path: Path) -> Proof:
    with closing(SqliteLedger(path)) as ledger:
        return ledger.prove(ONE, salts=True)


def independent(written: str, vkey: str) -> dict[str, Any]:
    """A verifier by the RFCs and the C2SP documents alone, which shares no code with ours."""
    top, _, checkpoint = written.partition("\n\n")
    lines = top.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    extra = orjson.loads(base64.b64decode(lines[1].removeprefix("extra ")))
    index = int(lines[2].removeprefix("index "))
    path = [base64.b64decode(line) for line in lines[3:]]
    body, _, signatures = checkpoint.partition("\n\n")
    origin, size, root = (body + "\n").split("\n")[:3]
    name, _, coded = vkey.split("+", 2)
    raw = base64.b64decode(coded)
    assert raw[0] == 1
    identity = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    (line,) = [line for line in signatures.splitlines() if line.startswith(f"\u2014 {name} ")]
    blob = base64.b64decode(line.split(" ")[2])
    assert (name, blob[:4]) == (origin, identity)
    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(blob[4:], (body + "\n").encode())

    def root_of(place: int, count: int, path: list[bytes]) -> bytes:
        if count == 1:
            assert not path
            return hashlib.sha256(b"\x00" + rfc8785.dumps(extra["entry"])).digest()
        split = 1 << (count - 1).bit_length() - 1
        if place < split:
            return hashlib.sha256(b"\x01" + root_of(place, split, path[:-1]) + path[-1]).digest()
        return hashlib.sha256(b"\x01" + path[-1] + root_of(place - split, count - split, path[:-1])).digest()

    assert root_of(index, int(size), path) == base64.b64decode(root)
    assert hashlib.sha256(extra["body"].encode()).hexdigest() == extra["entry"]["body"]
    data: dict[str, Any] = orjson.loads(extra["body"])
    return data


def test_an_independent_verifier_accepts_every_proof(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        vkey = str(ledger.log.identity().first)
        for number in range(38):
            name = f"{number:032x}"
            assert independent(str(ledger.prove(name)), vkey)["id"] == name


def test_a_proof_is_verified_from_its_file_alone(path: Path, proof: Proof) -> None:
    key = read_key(path.with_suffix(".key")).public
    shown = verify(parse_proof(str(proof)), parse_public_key(f"{key}\n"))
    assert shown.entry.subject == ONE == orjson.loads(shown.body)["id"]
    assert (shown.entry.key, shown.entry.key_sequence, shown.checkpoint.size) == ("key_a", 2, 40)
    assert shown.prompt_is(asked(PROMPT))
    assert shown.answer_is(answered(spoken(ANSWER)))
    assert not shown.prompt_is(asked((Message("user", "other words"),)))
    assert not shown.answer_is(b"")


def test_without_salts_nothing_is_opened(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        shown = verify(ledger.prove(ONE), ledger.log.identity().first)
        ledger.append(receipt("bare"))
        bare = verify(ledger.prove("bare", salts=True), ledger.log.identity().first)
    for proof in (shown, bare):
        with pytest.raises(ProofError, match="no salt"):
            proof.prompt_is(asked(PROMPT))


def changed(proof: Proof, **parts: object) -> Proof:
    return replace(proof, extra=orjson.dumps(orjson.loads(proof.extra) | parts))


def entry_with(proof: Proof, **parts: object) -> dict[str, Any]:
    entry: dict[str, Any] = orjson.loads(proof.extra)["entry"]
    return entry | parts


def test_no_changed_proof_is_accepted(path: Path, proof: Proof) -> None:
    key = read_key(path.with_suffix(".key")).public
    stranger = SecretKey(key.name, LOG, bytes(32))
    forged = [
        (changed(proof, body="{}"), "it was changed"),
        (replace(proof, index=3), "the proof says 3"),
        (changed(proof, entry=entry_with(proof, key="key_b")), "is not in the log"),
        (replace(proof, path=proof.path[:-1]), "is not in the log"),
        (replace(proof, head=signed(proof.head.text, stranger)), "is not signed by"),
        (replace(proof, head=Note(proof.head.text.replace("\n40\n", "\n41\n"), proof.head.signatures)), "not signed"),
        (changed(proof, entry=entry_with(proof, sequence="8")), "canonical form"),
        (changed(proof, entry=entry_with(proof, more=1)), "canonical form"),
        (changed(proof, entry=entry_with(proof, sequence=2**60)), "no canonical form"),
        (changed(proof, body=7), "lacks what it proves"),
        (changed(proof, salts="no"), "lacks what it proves"),
        (replace(proof, extra=b""), "lacks what it proves"),
    ]
    for wrong, why in forged:
        with pytest.raises(ProofError, match=why):
            verify(wrong, key)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("c2sp.org/tlog-proof@v1", "another", "no proof"),
        ("index", "place", "no proof"),
        ("index 9", "index nine", "damaged"),
        ("index 9", "index 09", "damaged"),
        ("extra ", "extra !", "damaged"),
        ("\n\n", "\n", "no proof|no signed note"),
        ("\u2014 fungible", "- fungible", "no signature line"),
        ("\u2014 ", "\u2014 x", "no signature line|no signed note|damaged"),
    ],
)
def test_a_damaged_file_is_told(proof: Proof, old: str, new: str, why: str) -> None:
    written = str(proof)
    assert old in written
    if new == "\u2014 x":
        written, old, new = written + "\u2014 x y\n", "", ""
    with pytest.raises(ProofError, match=why):
        parse_proof(written.replace(old, new))


def test_a_receipt_that_is_pending_is_proved_and_one_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3")) as ledger:
        with pytest.raises(ProofError, match="not begun"):
            ledger.log.identity()
        ledger.append(receipt("one"))
        assert ledger.prove("one").index == 1
        with pytest.raises(NotFound, match="none"):
            ledger.prove("none")
        put(ledger, "INSERT INTO receipts (id, body) VALUES ('old', '{}')")
        with pytest.raises(NotFound, match="before the log began"):
            ledger.prove("old")


def test_a_ledger_in_memory_proves_too() -> None:
    with closing(SqliteLedger()) as ledger:
        fill(ledger, 0, 5)
        assert verify(ledger.prove(f"{3:032x}"), ledger.log.identity().first).entry.sequence == 4
        new = ledger.log.rotate()
        assert ledger.log.identity().tenures[-1].key == new


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM nodes", "damaged at entries"),
        ("UPDATE entries SET hash = zeroblob(32) WHERE seq = 8", "does not lead to the signed head"),
        ("DELETE FROM entries WHERE seq = 9", "does not lead to the signed head"),
    ],
)
def test_a_damaged_log_proves_nothing(path: Path, statement: str, why: str) -> None:
    with closing(SqliteLedger(path)) as ledger:
        put(ledger, statement)
        with pytest.raises(ProofError, match=why):
            ledger.prove(ONE)


def test_older_heads_are_shown_to_be_beginnings(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        roots = {}
        for number in range(38, 44):
            fill(ledger, number, number + 1)
            head = parse_checkpoint(ledger.log.head().text)
            roots[head.size] = head.root
        for old, before in roots.items():
            for new, after in roots.items():
                if old <= new:
                    assert is_consistent(old, before, new, after, ledger.log.consistency(old, new))
        for old, new in ((-1, 3), (5, 3), (3, 99)):
            with pytest.raises(BadRequest, match="46 entries"):
                ledger.log.consistency(old, new)


def test_a_new_key_is_announced_by_the_old_one_and_verifiers_follow(path: Path) -> None:
    first = read_key(path.with_suffix(".key")).public
    with closing(SqliteLedger(path)) as ledger, closing(SqliteLedger(path)) as beside:
        before = ledger.prove(ONE)
        seconds = [ledger.log.rotate(), beside.log.rotate()]
        fill(beside, 50, 52)
        proof = ledger.prove(f"{51:032x}")
        who = ledger.log.identity()
    assert [tenure.key for tenure in who.tenures] == [first, *seconds]
    assert read_key(path.with_suffix(".key")).public == seconds[-1]
    assert oct(path.with_suffix(".key").stat().st_mode)[-3:] == "600"
    assert verify(parse_proof(str(proof)), first).key == seconds[-1]
    assert verify(before, first).key == first
    assert key_of(40, who.tenures) == first
    assert key_of(41, who.tenures) == seconds[0]
    with pytest.raises(ProofError, match="nor by its successor"):
        verify(changed(proof, keys=[]), first)
    # The old key may no longer sign what comes after its successor.
    stale = signed(proof.head.text, SecretKey(first.name, LOG, bytes(32)))
    with pytest.raises(ProofError, match="nor by its successor"):
        verify(replace(proof, head=stale), first)


def test_an_interrupted_rotation_is_ended_by_whoever_signs_next(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.log._keys.settle = lambda: None  # type: ignore[method-assign]
        new = ledger.log.rotate()
    assert read_key(path.with_suffix(".key")).public != new
    with closing(SqliteLedger(path)) as ledger:
        fill(ledger, 50, 51)
        assert ledger.log.head().signed_by(new)
        newer = ledger.log.rotate()
    assert newer != new
    assert read_key(path.with_suffix(".key")).public == newer


def test_a_lost_key_is_told_and_receipts_go_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key = path.with_suffix(".key")
    key.unlink()
    with closing(SqliteLedger(path)) as ledger:
        fill(ledger, 50, 51)
        with pytest.raises(ProofError, match="does not hold the key"):
            ledger.log.head()
        key.write_text("nothing", encoding="ascii")
        with pytest.raises(ProofError, match="no file of a secret key"):
            ledger.log.head()
        key.write_bytes(b"\xff")
        with pytest.raises(ProofError, match="cannot be read"):
            ledger.log.head()
    assert "not signed" in caplog.text


def test_announcements_that_do_not_hold_are_passed_over() -> None:
    old, new = SecretKey("log", LOG, bytes(32)), SecretKey("log", LOG, bytes([1] * 32))
    good = str(hand_over("log", 5, new.public, old))
    wrong = [str(hand_over("other", 5, new.public, old)), str(hand_over("log", 5, new.public, new))]
    assert [tenure.key for tenure in follow(old.public, "log", wrong)] == [old.public]
    assert [tenure.since for tenure in follow(old.public, "log", [*wrong, good, good])] == [-1, 5]
    assert [tenure.since for tenure in follow(old.public, "log", ["no announcement", good])] == [-1, 5]
    for text in ("another\nlog\n5\nkey\n", "short\n", "fungible/new-key/v1\nlog\n-1\nkey\n"):
        with pytest.raises(ProofError, match="no announcement"):
            parse_handover(str(signed(text, old)))


def test_keys_are_written_as_others_write_them(tmp_path: Path) -> None:
    key = own_key(tmp_path / "a" / "key", "log.example", LOG)
    assert own_key(tmp_path / "a" / "key", "another", LOG) == key
    assert parse_secret_key(key.written()) == key
    assert parse_public_key(str(key.public)) == key.public
    assert repr(key.seed) not in repr(key)
    for wrong in ("", "log+00+AA==", str(key.public).replace("log.", "lag."), "log+00+!"):
        with pytest.raises(ProofError, match="key"):
            parse_public_key(wrong)
    with pytest.raises(ProofError, match="no secret key"):
        parse_secret_key("PRIVATE+KEY+log")
    with pytest.raises(ProofError, match="Memory does not hold"):
        KeyFile(None).in_force(key.public)


def test_the_go_implementation_s_example_is_read_alike() -> None:
    """The key and the signed note of the documentation of golang.org/x/mod/sumdb/note."""
    key = parse_public_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = parse_note(
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
        "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert note.signed_by(key)
    assert not Note(note.text + "more\n", note.signatures).signed_by(key)


@pytest.mark.parametrize("text", ["", "text\n", "text\n\n", "text\n\n\u2014 log AAAAAAAA"])
def test_what_is_no_signed_note_is_refused(text: str) -> None:
    with pytest.raises(ProofError, match="no sign"):
        parse_note(text)


@pytest.mark.parametrize(
    "text", ["", "origin\n", "origin\nmany\nAA==\n", "origin\n1\nAA==\n", "\n1\n" + "A" * 43 + "=\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ProofError, match="no checkpoint"):
        parse_checkpoint(text)


def test_a_witness_signs_a_time_with_the_head_and_no_log_key_can() -> None:
    log, other = SecretKey("log", LOG, bytes(32)), SecretKey("witness", WITNESS, bytes([2] * 32))
    note = signed("log\n1\n" + "A" * 43 + "=\n", log)
    seen = note.with_signature(cosign(note, other, 1_700_000_000))
    assert witnessed(seen, other.public) == 1_700_000_000
    assert witnessed(note, other.public) is None
    later = seen.with_signature(cosign(note, other, 1_700_000_060))
    assert (witnessed(later, other.public), len(later.signatures)) == (1_700_000_060, 2)
    assert witnessed(seen, log.public) is None
    assert not seen.signed_by(other.public)
    message = f"cosignature/v1\ntime 1700000000\n{note.text}".encode()
    blob = seen.signatures[1].blob
    Ed25519PublicKey.from_public_bytes(other.public.raw).verify(blob[8:], message)
    moved = Signature(other.name, other.public.id, (1).to_bytes(8, "big") + blob[8:])
    assert witnessed(note.with_signature(moved), other.public) is None


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ENTRIES = st.builds(
    Entry,
    kind=st.sampled_from(["begun", "request", "policy", "key"]),
    sequence=st.integers(0, 2**53 - 1),
    time=TEXT,
    key=TEXT,
    key_sequence=st.integers(0, 2**53 - 1),
    subject=TEXT,
    body=TEXT,
    prompt=st.none() | TEXT,
    answer=st.none() | TEXT,
)


@given(ENTRIES)
def test_a_leaf_is_canonical_json_as_the_library_spells_it(entry: Entry) -> None:
    body = orjson.loads(entry.leaf())
    assert entry.leaf() == rfc8785.dumps(body) == canonical(dict(reversed(body.items())))
    assert parse_leaf(entry.leaf()) == entry


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), TEXT)))
def test_a_prompt_is_committed_to_in_canonical_json(turns: list[tuple[Any, str]]) -> None:
    words = asked([Message(role, text) for role, text in turns])
    assert words == rfc8785.dumps([list(turn) for turn in turns])
    assert commitment(SALTS[:16], words) == hashlib.sha256(SALTS[:16] + words).hexdigest()


def test_an_answer_is_committed_to_as_its_client_holds_it() -> None:
    chunks = [
        Chunk(1, "second"),
        Chunk(0, "first "),
        Chunk(0, "", ToolCallPiece(0, "id", "name", '{"a"')),
        Chunk(0, "and last"),
        Chunk(0, "", ToolCallPiece(0, arguments=": 1}")),
    ]
    call = {"id": "id", "type": "function", "function": {"name": "name", "arguments": '{"a": 1}'}}
    first, second = {"content": "first and last", "tool_calls": [call]}, {"content": "second"}
    assert spoken(chunks) == choices_of({"choices": [{"message": first}, {"message": second}]})


def test_half_a_pair_of_surrogates_does_not_stop_a_receipt() -> None:
    assert asked([Message("user", "a\ud800b")]) == b'[["user","a?b"]]'


def test_a_policy_is_an_entry_too(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        (event,) = ledger.events()
        (leaf,) = put(ledger, "SELECT leaf FROM entries WHERE seq = 1")[0]
    assert replace(event, seq=0) == EVENT
    entry = parse_leaf(leaf)
    assert (entry.kind, entry.key, entry.key_sequence, entry.subject) == ("policy", "policy", 0, "1")
