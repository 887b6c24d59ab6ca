"""Instances of JSON Schemas, made without chance and checked before they are handed out."""

from providers.stub.schema.make import instance
from providers.stub.schema.root import Unsatisfiable
from providers.stub.schema.strings import Writer

__all__ = ["Unsatisfiable", "Writer", "instance"]
