"""Every error that vidcolor raises on purpose.

VidcolorError            the root; its message is one line: file, problem, remedy
├── UsageError           options that contradict each other or the files (exit code 2)
├── InputError           a file that is missing, unreadable, damaged or not a film
│   └── UnsupportedError a sound film of a kind that vidcolor refuses, and why
├── OutputError          a result that can't be written: encoder, permission, space
├── CheckpointError      weights that are missing, damaged or of another kind
├── DeviceError          a device or precision that this machine does not have
└── TrainingError        data, recipe or run that can't be trained on
"""

import re

# How PyTorch on a GPU, PyTorch on the CPU, OpenVINO, OpenCV, the loader of libraries and threads
# say that memory ran out.
_NO_MEMORY = re.compile(
    "out of memory|can't alloc|Insufficient memory|bad_alloc|could not create a primitive"
    "|failed to map segment|[Cc]annot allocate memory|cannot allocate static TLS"
    "|can't start new thread|can't create new thread|Resource temporarily unavailable"
    r"|[Ff]ailed to allocate (\d+ bytes of )?memory|[Uu]nable to allocate"
)
_NO_THREADS = re.compile("new thread|Resource temporarily unavailable")


class VidcolorError(Exception):
    """The root of the tree; its text can be shown to the user as it is."""


class UsageError(VidcolorError):
    """Options that contradict each other or the files they are used on."""


class InputError(VidcolorError):
    """A file that is missing, unreadable, damaged or not a film."""


class UnsupportedError(InputError):
    """A sound film of a kind that vidcolor refuses; the message says why."""


class OutputError(VidcolorError):
    """A result that can't be written."""


class CheckpointError(VidcolorError):
    """Weights that are missing, damaged or of another kind."""


class DeviceError(VidcolorError):
    """A device or precision that this machine does not have."""


class TrainingError(VidcolorError):
    """Data, a recipe or a run that can't be trained on."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether a machine or device had too little memory; each library says it differently.

    A library that could not be loaded for that reason says so in the error that came before.
    """
    if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
        return True
    earlier = error.__cause__ or error.__context__
    return isinstance(error, ImportError) and earlier is not None and is_out_of_memory(earlier)


def is_out_of_threads(error: BaseException) -> bool:
    """Tell whether the system let no further thread begin, which counts as too little memory."""
    return _NO_THREADS.search(str(error)) is not None
