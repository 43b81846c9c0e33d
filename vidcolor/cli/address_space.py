"""The address space that a process may take (`ulimit -v`): whether the libraries fit into it.

Where it ends while they are loaded, some of them end the process, and OpenBLAS even never ends.
"""

import sys

from vidcolor.errors import DeviceError

NEEDED = 1400
"""Megabytes of which PyTorch for CPUs, PyAV and OpenCV take 1,130 as they load, on Linux; with less
than this, threads that fail to begin could still end the process."""
_NEEDED_DATA = 500
"""The part of it that counts as data (`ulimit -d`)."""


def require_room() -> None:
    """Raise DeviceError if a limit of the system leaves too little room for the libraries.

    There is room if they are loaded already, and on systems without such limits, as Windows.
    """
    if "torch" in sys.modules:
        return
    try:
        import resource
    except ImportError:
        return
    limits = (("v", resource.RLIMIT_AS, NEEDED), ("d", resource.RLIMIT_DATA, _NEEDED_DATA))
    for letter, number, needed in limits:
        limit, _ = resource.getrlimit(number)
        if limit != resource.RLIM_INFINITY and limit < needed << 20:
            raise DeviceError(
                f"too little memory may be taken here: {limit >> 20} MB, and vidcolor needs "
                f"{needed} MB and more; raise the limit (ulimit -{letter} unlimited)"
            )
