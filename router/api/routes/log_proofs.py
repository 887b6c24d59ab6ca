"""What the log proves, over HTTP: proofs of receipts, the signed head, consistency, and keys.

Invariant: these routes run in threads, so that no proof holds up an answer; what is proved is checked before it is
sent.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter, Depends, Request, Response

from router.api.http.authentication import own_receipt
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import TEXT, Consistency, LogKeys, answers
from router.errors import ProofError, RouterError
from router.ids import receipt_id
from router.ledger import DatabaseLedger
from router.transparency.checkpoint import parse_checkpoint


def build_proofs(ledger: DatabaseLedger) -> APIRouter:
    """The routes of the log."""
    routes = APIRouter(tags=["proofs"], default_response_class=Response, dependencies=[Depends(only_known_words)])

    @routes.get(
        "/v1/receipts/{id}/proof",
        summary="That a receipt is in the log, as a C2SP tlog-proof",
        responses=answers(media=TEXT),
    )
    def proof(id: str, request: Request, salts: bool = False) -> Response:  # noqa: A002
        own_receipt(request.scope, ledger, id)
        with _proof_errors_answered():
            return Response(str(ledger.prove(receipt_id(id), salts=salts)), media_type=TEXT)

    @routes.get(
        "/v1/log/checkpoint",
        summary="The signed head of the log, as a C2SP tlog-checkpoint",
        responses=answers(media=TEXT),
    )
    def checkpoint() -> Response:
        with _proof_errors_answered():
            return Response(str(ledger.log.head()), media_type=TEXT)

    @routes.get(
        "/v1/log/consistency",
        summary="That the log of `new` entries begins with the log of `old`",
        responses=answers(Consistency),
    )
    def consistency(old: int, new: int | None = None) -> Response:
        with _proof_errors_answered():
            head = ledger.log.head()
            size = parse_checkpoint(head.text).size if new is None else new
            path = [b64encode(node).decode() for node in ledger.log.consistency(old, size)]
        return json_response({"old": old, "new": size, "path": path, "head": str(head)})

    @routes.get(
        "/v1/log/keys",
        summary="The log's first public key, and the announcements of later ones",
        responses=answers(LogKeys),
    )
    def keys() -> Response:
        with _proof_errors_answered():
            who = ledger.log.identity()
        return json_response({"origin": who.origin, "key": str(who.first), "announcements": who.announcements})

    return routes


@contextmanager
def _proof_errors_answered() -> Iterator[None]:
    try:
        yield
    except ProofError as error:
        raise RouterError(error.message) from error
