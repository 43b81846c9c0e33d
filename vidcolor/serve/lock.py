"""One server for one file: a second one is told the address of the first."""

import http.client
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from vidcolor.errors import OutputError, UsageError
from vidcolor.files import write_failure
from vidcolor.serve.gate import NEW_TOKEN, SECRET_HEADER

_LOCK, _ADDRESS = "lock", "address.json"
_PATIENCE = 5.0
"""Seconds in which the first server must answer the second."""


class ServerLock:
    """A hidden folder that only the user can read: a lock, and how the server is reached."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def held(self, what: str) -> Iterator[None]:
        """Hold it while the context lasts; what: is served, for the errors.

        Raises UsageError where another process holds it, with a fresh address of that one, and
        OutputError where the folder can't be made.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            lock = FileLock(self._folder / _LOCK, mode=0o600)
            lock.acquire(timeout=0)
        except Timeout:
            raise UsageError(f"{what}: is open already{self._first()}") from None
        except OSError as error:
            raise OutputError(f"{self._folder}: {write_failure(error)}") from error
        try:
            yield
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            lock.release()

    def tell(self, address: str, secret: str) -> None:
        """Tell those who come later how the server is reached."""
        path = self._folder / _ADDRESS
        path.unlink(missing_ok=True)  # a server that was killed has left it
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            json.dump({"address": address, "secret": secret}, opened)

    def _first(self) -> str:
        """Return how the server that holds the lock is reached, as the end of a sentence."""
        with suppress(OSError, ValueError, KeyError, http.client.HTTPException):
            known = json.loads((self._folder / _ADDRESS).read_text())
            return f" at {known['address']}?token={_fresh_token(known['address'], known['secret'])}"
        return "; end that first"


def _fresh_token(address: str, secret: str) -> str:
    """Ask a server for a token. Raises OSError, HTTPException, ValueError or KeyError."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=_PATIENCE)
    try:
        connection.request("POST", NEW_TOKEN, headers={SECRET_HEADER: secret})
        return str(json.loads(connection.getresponse().read())["token"])
    finally:
        connection.close()
