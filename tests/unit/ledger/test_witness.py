"""A witness signs what goes on from what it saw, and nothing else; an exported log is verified from its file."""

from contextlib import closing
from pathlib import Path

import orjson
import pytest

from router.errors import ProofError
from router.ledger import SqliteLedger
from router.ledger.location import Place
from router.ledger.log.export import export, verify_export
from router.ledger.log.signing_key_file import read_key
from router.ledger.log.verify import verify_ledger
from router.ledger.log.witness import Attested, attest
from router.transparency.checkpoint import Checkpoint, parse_checkpoint, witnessed
from router.transparency.note import LOG, PublicKey, SecretKey, parse_note, signed
from router.transparency.proof import verify
from router.transparency.signed_heads import parse_head
from router.transparency.tree import leaf_hash
from unit.ledger.test_verify import cut
from unit.ledger_samples import fill, put, sample


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return sample(tmp_path / "ledger.sqlite3")


def watch(path: Path, second: int = 1000, trusted: PublicKey | None = None) -> Attested:
    with closing(SqliteLedger(path)) as ledger:
        return attest(ledger.log, path.parent / "witness", "witness.example", second, trusted)


def test_a_witness_signs_heads_that_grow_and_proofs_carry_its_word(path: Path) -> None:
    first = watch(path, trusted=read_key(path.with_suffix(".key")).public)
    again = watch(path, 2000)
    assert (first.before, again.before, len(again.note.signatures)) == (0, 40, 2)
    with closing(SqliteLedger(path)) as ledger:
        fill(ledger, 50, 55)
        proof = ledger.prove(f"{7:032x}")
        late = ledger.prove(f"{54:032x}")
        key = ledger.log.identity().first
    assert verify(proof, key, [first.key]).witnesses == {"witness.example": 2000}
    assert verify(late, key, [first.key]).witnesses == {}
    grown = watch(path, 3000)
    assert (grown.before, parse_checkpoint(grown.note.text).size) == (40, 45)
    assert witnessed(parse_note(grown.kept.read_text(encoding="utf-8")), grown.key) == 3000
    assert verify_ledger(path, [parse_head("kept", str(grown.note))]).findings == ()


def test_of_two_heads_of_one_size_only_the_one_that_was_seen_is_signed(path: Path) -> None:
    key = read_key(path.with_suffix(".key"))
    other = str(signed(Checkpoint(key.name, 40, leaf_hash(b"another past")).text, key))
    with closing(SqliteLedger(path)) as ledger:
        put(ledger, "INSERT INTO heads (id, size, note) VALUES (0, 40, ?)", other)
        attest(ledger.log, path.parent / "witness", "witness.example", 1000)
        notes = [note for (note,) in put(ledger, "SELECT note FROM heads WHERE size = 40 ORDER BY id")]
    assert notes[0] == other
    assert "witness.example" in notes[1]


def test_a_witness_follows_a_new_key(path: Path) -> None:
    watch(path)
    with closing(SqliteLedger(path)) as ledger:
        ledger.log.rotate()
    assert watch(path).before == 40


def test_a_witness_refuses_a_log_that_was_cut(path: Path) -> None:
    watch(path)
    cut(Place(path.parent), 30)
    with pytest.raises(ProofError, match="had 40 entries and has 30: its tail was cut off"):
        watch(path)


@pytest.mark.parametrize(("size", "why"), [(40, "another root at 40"), (21, "does not begin with the 21")])
def test_a_witness_refuses_a_fork(path: Path, size: int, why: str) -> None:
    witness, key = watch(path), read_key(path.with_suffix(".key"))
    witness.kept.write_text(str(signed(Checkpoint(key.name, size, leaf_hash(b"another past")).text, key)))
    with pytest.raises(ProofError, match=why):
        watch(path)


def test_a_witness_refuses_a_head_that_the_trusted_key_did_not_sign(path: Path) -> None:
    name = read_key(path.with_suffix(".key")).name
    for stranger in (SecretKey(name, LOG, bytes(32)), SecretKey("other", LOG, bytes(32))):
        with pytest.raises(ProofError, match="is not signed by"):
            watch(path, trusted=stranger.public)


def test_an_exported_log_is_verified_from_its_file(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "log.jsonl"
    with closing(SqliteLedger(path)) as ledger:
        assert export(ledger.log, out) == 40
        key = ledger.log.identity().first
    assert (verify_export(out, trusted=key).findings, verify_export(out).size) == ((), 40)
    lines = out.read_bytes().splitlines(keepends=True)
    for changed, wrong in (
        ([*lines[:9], lines[9].replace(b"key_", b"kee_"), *lines[10:]], "changed"),
        ([*lines[:9], orjson.dumps(orjson.loads(lines[9]) | {"body": None}) + b"\n", *lines[10:]], "removed"),
        (lines[:-1], "truncated"),
        ([*lines[:9], *lines[10:]], "removed"),
        ([lines[0], lines[2], lines[1], *lines[3:]], "reordered"),
    ):
        out.write_bytes(b"".join(changed))
        assert wrong in {finding.wrong for finding in verify_export(out).findings}
    for text in (b"", b"nothing", b"[]\n"):
        out.write_bytes(text)
        with pytest.raises(ProofError, match="no exported log"):
            verify_export(out)


def test_what_is_removed_before_an_export_shows_in_it(path: Path, tmp_path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        put(ledger, "DELETE FROM receipts WHERE entry = 12")
        export(ledger.log, tmp_path / "log.jsonl")
    (finding,) = verify_export(tmp_path / "log.jsonl").findings
    assert (finding.wrong, finding.sequence) == ("removed", 12)


def test_a_head_that_is_none_is_told_with_its_place() -> None:
    with pytest.raises(ProofError, match="somewhere: That is no"):
        parse_head("somewhere", "nothing")
