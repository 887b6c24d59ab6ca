"""The HTTP surface: OpenAI's shapes at the edge, the line inside."""
