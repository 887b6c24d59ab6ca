"""OpenAI's Responses API: items in, items out, over the same line as chat completions.

Invariant: nothing that was said is kept between requests; what a client leaves to OpenAI to keep or to run is refused
by name, and what no model can be told is dropped with a note in the receipt.
"""
