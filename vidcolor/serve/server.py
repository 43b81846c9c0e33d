"""The small server: runs a site on this machine, for the browser of whoever started it."""

import asyncio
import logging
import socket
import threading
import time
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from vidcolor.errors import OutputError
from vidcolor.serve.gate import Gate
from vidcolor.serve.keys import Keys
from vidcolor.serve.names import EVERY, LOCAL, Names
from vidcolor.serve.site import Site
from vidcolor.signals import undivided

_GRACE = 2
"""Seconds that answers in work have when the server ends."""


@dataclass(frozen=True)
class Served:
    """A server that runs. address: without a token."""

    address: str
    keys: Keys
    _thread: threading.Thread

    def fresh_address(self) -> str:
        """Return an address that opens the page once."""
        return f"{self.address}?token={self.keys.token()}"

    def open_browser(self) -> bool:
        """Open the page in the user's browser; False if none has a window of its own."""
        try:
            browser = webbrowser.get()
        except webbrowser.Error:
            return False
        takes_terminal = isinstance(browser, webbrowser.GenericBrowser)
        if takes_terminal and not isinstance(browser, webbrowser.BackgroundBrowser):
            return False
        return browser.open(self.fresh_address())

    def wait(self) -> None:
        """Wait until the server ends; a signal ends the wait."""
        while self._thread.is_alive():
            time.sleep(0.5)  # a `join` that a signal interrupts takes the thread for ended


@contextmanager
def serving(site: Site, hosts: Sequence[str] = ()) -> Iterator[Served]:
    """Serve a site while the context lasts, on a free port.

    It is reached from this machine only, unless `hosts` names what it is called elsewhere. The
    server runs in a thread of its own, so that signals reach the caller. Raises OutputError where
    no port can be had.
    """
    try:
        listening = socket.create_server((EVERY if hosts else LOCAL, 0))
    except OSError as error:
        raise OutputError(f"no port to serve the page on: {error.strerror}") from error
    # An answer's content must not wait until the browser has acknowledged its headers; asyncio does
    # not see to it for sockets made so. Those of connections take it over.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    names, keys = Names(listening.getsockname()[1], tuple(hosts)), Keys()
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # connections that pages cut short
    server = uvicorn.Server(
        uvicorn.Config(
            Gate(site.application(), keys, names),
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            http="h11",
            loop="asyncio",
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
        )
    )
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve([listening])), name="server", daemon=True
    )
    thread.start()
    try:
        yield Served(names.address, keys, thread)
    finally:
        with undivided():
            server.should_exit = True
            site.events.close()
            thread.join()
            listening.close()
