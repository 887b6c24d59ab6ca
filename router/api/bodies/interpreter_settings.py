"""Settings of the interpreter and of the allocator for a server that reads large bodies beside many small requests.

Invariant: they change how soon threads take turns and when memory goes back to the system, and nothing else.
"""

import ctypes
import gc
import sys
from collections.abc import Callable

TURN_S = 0.0005
"""How long a thread keeps the interpreter while another wants it."""
COLLECTED_AT = (10_000, 20, 50)
"""How many more objects, and rounds, call for a look for garbage: a request leaves none, and looks took a 25th."""
MAPPED = 1024 * 1024
"""What is as large as this is mapped on its own, and so given back as soon as it is freed."""
_M_MMAP_THRESHOLD = -3


def spare_the_start() -> None:
    """Look for no garbage until `settle_interpreter`: a start makes 150,000 objects that stay, and hardly any garbage.

    Looking through them again and again took an eighth of what a start takes of the processor.
    """
    gc.disable()


def settle_interpreter(library: Callable[[], object] = lambda: ctypes.CDLL(None)) -> bool:
    """Set them, and spare what is there now from being looked through for garbage; whether the allocator took its own.

    Left to itself, glibc's allocator raises the size with every large body, and keeps the room of all of them.
    """
    sys.setswitchinterval(TURN_S)
    # What is there now stays for good; of a start that was spared that is all of it, but for a thousand small objects.
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(*COLLECTED_AT)
    try:
        mallopt: Callable[[int, int], int] = library().mallopt  # type: ignore[attr-defined]
    except (OSError, AttributeError, TypeError):
        # Another system's C library, which has other ways.
        return False
    return mallopt(_M_MMAP_THRESHOLD, MAPPED) == 1
