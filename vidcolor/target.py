"""The place of an output: checked before work, filled only by finished files."""

import os
import secrets
from pathlib import Path

from vidcolor.errors import OutputError, UsageError


class Target:
    """The file that `path` leads to, behind symbolic links, and a temporary one beside it.

    Args:
        path: where the output shall appear.
        source: the input, which it may not be.
        overwrite: replace an existing file.

    Raises:
        UsageError: `path` exists without `overwrite`, or is the input.
        OutputError: `path` is a folder, or its folder can't be written to.
    """

    temporary: Path
    """A short, hidden, unused name in the same folder with the same suffix."""

    def __init__(self, path: Path, source: Path, overwrite: bool) -> None:
        self._final = final = path.resolve()
        if final.is_dir():
            raise OutputError(f"{path}: is a folder; name a file in it")
        if final.exists():
            if source.exists() and final.samefile(source):
                raise UsageError(f"{path}: is the input itself; choose another output")
            if not final.is_file():
                raise OutputError(f"{path}: is not a regular file; choose another output")
            if not overwrite:
                raise UsageError(f"{path}: exists already; --overwrite replaces it")
        if not final.parent.is_dir():
            raise OutputError(f"{path}: its folder does not exist; create {path.parent}")
        if not os.access(final.parent, os.W_OK | os.X_OK):
            raise OutputError(f"{path}: no permission to write into {path.parent}")
        self.temporary = final.with_name(f".{secrets.token_hex(6)}{final.suffix}")

    def commit(self) -> None:
        """Give the temporary file its final name."""
        self.temporary.replace(self._final)

    def discard(self) -> None:
        """Remove the temporary file, if there is one."""
        self.temporary.unlink(missing_ok=True)
