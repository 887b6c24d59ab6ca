"""`fungible receipt verify`: a proof in a file against a public key, offline."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from router.cli.output import print_json
from router.errors import ProofError, RouterError
from router.transparency.commitments import answered, asked, choices_of, hashed
from router.transparency.note import PublicKey, parse_public_key
from router.transparency.proof import Shown, parse_proof, verify
from router.types import Message

STANDARD_INPUT = Path("-")


def run(
    file: Path, key: str, witnesses: Sequence[str], prompt: Path | None, answer: Path | None, *, as_json: bool
) -> None:
    """Say what the file proves; exit code 1 with the first step that fails."""
    trusted, others = public_key(key), [public_key(one) for one in witnesses]
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
    return parse_public_key(path.read_text(encoding="utf-8") if "+" not in written and path.is_file() else written)


def _text(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if file == STANDARD_INPUT else file.read_bytes()
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ProofError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from None


def _refuse_unwitnessed(shown: Shown, witnesses: Sequence[PublicKey]) -> None:
    for one in witnesses:
        if one.name not in shown.witnesses:
            raise ProofError(f"The witness {one.name} has not signed the head of {shown.checkpoint.size} entries.")


def _opened(shown: Shown, prompt: Path | None, answer: Path | None) -> list[str]:
    """The words that were held against the commitments; raises ProofError where they are others."""
    found = []
    for name, path, of, same in (
        ("prompt", prompt, _prompt, shown.prompt_is),
        ("answer", answer, _answer, shown.answer_is),
    ):
        if path is not None:
            if not same(_sound(path) or _bytes(_text(path), of)):
                raise ProofError(f"That is not the {name}: {path} has other words than the entry commits to.")
            found.append(name)
    return found


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


def _prompt(told: Any, text: str) -> bytes:
    if told is None:
        return asked([Message("user", text)])
    from pydantic import TypeAdapter

    from router.api.surfaces.anthropic_messages.parse import TOKENS_BODY
    from router.api.surfaces.anthropic_messages.parse import parse as parse_messages
    from router.api.surfaces.openai_embeddings import Embeddings

    if "input" in told:
        return asked(Embeddings().parse(text.encode(), None).request.messages)
    try:
        messages = TypeAdapter(tuple[Message, ...]).validate_python(told["messages"])
    except ValueError:
        messages = ()
    if messages and "system" not in told:
        return asked(messages)
    return asked(parse_messages(text.encode(), None, TOKENS_BODY)[0].messages)


def _answer(told: Any, text: str) -> bytes:
    return answered([[text, []]] if told is None else choices_of(told))


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
