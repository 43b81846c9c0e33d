"""The address space that a process may take (`ulimit -v`): whether the libraries fit into it.

Where it ends while they are loaded, some of them end the process, and OpenBLAS even never ends.
"""

from vidcolor.errors import DeviceError

NEEDED = 1400
"""Megabytes that PyTorch for CPUs, PyAV and OpenCV take together, with their threads, before they
do any work: measured on Linux with two cores, and a tenth more."""
_NEEDED_DATA = 500
"""The part of it that counts as data (`ulimit -d`)."""


def require_room() -> None:
    """Raise DeviceError if a limit of the system leaves too little room for the libraries.

    Systems that know no such limits, such as Windows, have room.
    """
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
