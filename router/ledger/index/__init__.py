"""The index of receipts: what people search and sum, made from the ledger and never needed to prove anything."""

from router.ledger.index.receipt_index import ReceiptIndex

__all__ = ["ReceiptIndex"]
