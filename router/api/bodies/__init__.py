"""Bodies of requests on their way to a parser: looked over first where they are large, and parsed apart."""
