"""From the files that people edit to one frozen Config, or to a list of everything that is wrong with them."""

from router.config.load import from_documents, load, read_documents

__all__ = ["from_documents", "load", "read_documents"]
