"""`FrameSequence`: the path of a film that lies on disk as one picture file for each frame."""

import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

if sys.platform == "win32":
    from pathlib import WindowsPath as _SystemPath
else:
    from pathlib import PosixPath as _SystemPath

_NUMBER = re.compile(r"%(?:0(\d{1,2}))?d")


class FrameSequence(_SystemPath):
    """The path of a frame sequence, with the rate that the files themselves do not tell.

    It is taken wherever the path of a film is. The sequence is a folder, or a pattern of names in
    which `%d` stands for the frame's number, or `%06d` for the number in six digits.

    Args:
        path: the folder or pattern.
        rate: frames a second, above 0.
    """

    rate: Fraction

    def __new__(cls, path: Path | str, rate: Fraction | int) -> "FrameSequence":
        sequence = super().__new__(cls, path)
        sequence.rate = Fraction(rate)
        return sequence

    if sys.version_info >= (3, 12):

        def __init__(self, path: Path | str, rate: Fraction | int) -> None:
            super().__init__(path)

        def with_segments(self, *segments: str) -> Path:
            """Return a path derived from this one, which is none of a sequence."""
            return Path(*segments)

    def __reduce__(self) -> tuple[Any, ...]:
        """Tell pickle how to make an equal path."""
        return FrameSequence, (str(self), self.rate)

    @property
    def folder(self) -> Path:
        """The folder that holds the frames."""
        return self.parent if _NUMBER.search(self.name) else Path(self)

    @property
    def parent(self) -> Path:  # type: ignore[override]
        """The folder that the folder or pattern lies in, where outputs go."""
        return Path(self).parent

    @property
    def stem(self) -> str:
        """The name of the film: what the pattern begins with, or else the folder's name."""
        begin = _NUMBER.split(self.name)[0] if _NUMBER.search(self.name) else ""
        return begin.rstrip("._- ") or self.folder.absolute().name

    @property
    def suffix(self) -> str:
        """Nothing: a sequence is no file whose kind an output could have."""
        return ""

    @property
    def file_names(self) -> re.Pattern[str] | None:
        """Names of files that fit the pattern, with the number as a group; None for a folder."""
        begin, number, end = self.name, _NUMBER.search(self.name), ""
        if number is None:
            return None
        begin, end = self.name[: number.start()], self.name[number.end() :]
        # As printf writes numbers: with zeros in front up to the width, but none beyond it.
        width = int(number[1] or 1)
        digits = rf"\d{{{width}}}|[1-9]\d{{{width},}}"
        return re.compile(f"{re.escape(begin)}({digits}){re.escape(end)}")


def is_sequence(path: Path) -> bool:
    """Tell whether a path can only be that of a frame sequence: a folder, or a pattern of names."""
    if path.is_dir():
        return True
    return _NUMBER.search(path.name) is not None and not path.exists()
