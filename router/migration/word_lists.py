"""Lists of words as tables have them: apart by spaces."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())
