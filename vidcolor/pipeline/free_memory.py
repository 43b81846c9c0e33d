"""Memory that was freed goes back to the system."""

import ctypes
import sys


def give_back() -> None:
    """Give memory that was freed back to the system, where the C library keeps it.

    GNU's keeps it for each thread apart, also for one that has ended, and other threads take more.
    """
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if hasattr(library, "malloc_trim"):  # others give it back themselves
            library.malloc_trim(0)
