"""OpenTelemetry: a trace and figures for every request that a model is asked to answer, by the GenAI conventions.

Invariant: it is imported only where it was asked for. Nothing here holds a request up or fails it, and no word of a
prompt or an answer leaves by it.
"""
