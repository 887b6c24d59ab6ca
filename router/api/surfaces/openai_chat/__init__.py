"""OpenAI's chat completions as a surface."""
