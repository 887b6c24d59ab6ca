"""`fungible receipt verify`: a proof in a file against a public key, offline."""

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from router.cli.output import print_json
from router.config.files.text_file import decoded
from router.errors import NotFound, ProofError, RouterError
from router.ledger.location import Place
from router.transparency.commitments import answered, asked, choices_of, hashed
from router.transparency.note import PublicKey, parse_public_key
from router.transparency.proof import Shown, parse_proof, verify
from router.types import Message

STANDARD_INPUT = Path("-")


def run(
    file: Path, key: str, witnesses: Sequence[str], prompt: Path | None, answer: Path | None, *, as_json: bool
) -> None:
    """Say what the file proves; exit code 1 with the first step that fails."""
    trusted, others = public_key(key), [public_key(witness) for witness in witnesses]
    try:
        shown = verify(parse_proof(_text(file)), trusted, others)
        _refuse_unwitnessed(shown, others)
        opened = _opened(shown, prompt, answer)
    except ProofError as error:
        _refuse(error.message, as_json=as_json)
    else:
        _tell(shown, opened, as_json=as_json)


def public_key(written: str) -> PublicKey:
    """A public key, from its own words or a file; raises ProofError."""
    path = Path(written)
    return parse_public_key(_text(path).strip() if "+" not in written and path.is_file() else written)


def own_key(place: Place) -> str:
    """The first key of the log at hand, named on standard error; raises NotFound with where another's is had."""
    if not place.has_ledger():
        raise NotFound(
            f"No --key was given, and there is no ledger at {place} to take it from. Whoever runs the router gives it: "
            "`fungible ledger head` prints it, and GET /v1/log/keys answers with it."
        )
    with closing(place.ledger()) as ledger:
        key = str(ledger.log.identity().first)
    print(f"with the key of your own ledger, {place}", file=sys.stderr)  # noqa: T201
    return key


def _text(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if file == STANDARD_INPUT else file.read_bytes()
        return decoded(data)
    except UnicodeDecodeError:
        raise ProofError(f"{file} is no text in UTF-8 or UTF-16: save it as one of these.") from None
    except OSError as error:
        raise ProofError(f"{file} cannot be read: {error.strerror}.") from None


def _refuse_unwitnessed(shown: Shown, witnesses: Sequence[PublicKey]) -> None:
    for witness in witnesses:
        if witness.name not in shown.witnesses:
            raise ProofError(f"The witness {witness.name} has not signed the head of {shown.checkpoint.size} entries.")


def _opened(shown: Shown, prompt: Path | None, answer: Path | None) -> list[str]:
    """The words that were held against the commitments; raises ProofError where they are others."""
    checked = []
    for name, path, of, same in (
        ("prompt", prompt, _prompt, shown.prompt_is),
        ("answer", answer, _answer, shown.answer_is),
    ):
        if path is not None:
            if not same(_sound(path) or _bytes(_text(path), of)):
                raise ProofError(f"That is not the {name}: {path} has other words than the entry commits to.")
            checked.append(name)
    return checked


def _sound(path: Path) -> bytes | None:
    """The committed form of what is no text: speech, as it was saved."""
    try:
        data = path.read_bytes() if path != STANDARD_INPUT else b""
        data.decode()
    except OSError:
        return None
    except UnicodeDecodeError:
        return answered(hashed(data))
    return answered(hashed(data)) if data.startswith(b"RIFF") else None


def _bytes(text: str, of: Callable[[Any, str], bytes]) -> bytes:
    """The committed form of a JSON document, or of the text itself."""
    try:
        return of(orjson.loads(text), text)
    except (ValueError, TypeError, KeyError, AttributeError, RouterError):
        return of(None, text)


def _prompt(body: Any, text: str) -> bytes:
    if body is None:
        return asked([Message("user", text)])
    from pydantic import TypeAdapter

    from router.api.surfaces.anthropic_messages.parse import TOKENS_BODY
    from router.api.surfaces.anthropic_messages.parse import parse as parse_messages
    from router.api.surfaces.openai_embeddings import Embeddings

    if "input" in body:
        return asked(Embeddings().parse(text.encode(), None).request.messages)
    try:
        messages = TypeAdapter(tuple[Message, ...]).validate_python(body["messages"])
    except ValueError:
        messages = ()
    if messages and "system" not in body:
        return asked(messages)
    return asked(parse_messages(text.encode(), None, TOKENS_BODY)[0].messages)


def _answer(body: Any, text: str) -> bytes:
    return answered([[text, []]] if body is None else choices_of(body))


def _refuse(sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"verified": False, "because": sentence})
    else:
        print(f"NOT verified: {sentence}", file=sys.stderr)  # noqa: T201
    sys.exit(1)


def _tell(shown: Shown, opened: Sequence[str], *, as_json: bool) -> None:
    entry, head = shown.entry, shown.checkpoint
    record = orjson.loads(shown.body)
    if as_json:
        print_json(
            {
                "verified": True,
                "origin": head.origin,
                "size": head.size,
                "key": str(shown.key),
                "witnesses": shown.witnesses,
                "opened": opened,
                "entry": entry._asdict(),
                "record": record,
            }
        )
        return
    lines = [
        f"verified: {entry.kind} {entry.subject}",
        f"  asked {record.get('asked')}, served {record.get('served')}, charged {record.get('charged')} micro-dollars",
        f"  entry {entry.sequence} of {head.size} in {head.origin}, written {entry.time}, number {entry.key_sequence} "
        f"of {entry.key}",
        f"  signed by {shown.key}",
        *(f"  seen by {name} at second {second} since 1970" for name, second in shown.witnesses.items()),
        *(f"  the {name} is the one that was committed to" for name in opened),
    ]
    print("\n".join(lines))  # noqa: T201
