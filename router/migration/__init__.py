"""Other products' configurations become a folder of ours, with a report of what came over and what did not.

Invariant: nothing here reads a file, a clock or the environment; what it needs of them is passed in. No secret of the
input stands in a file or a sentence that comes out.
"""
