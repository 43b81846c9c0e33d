"""Asks a server that runs as its page would, and as others would, by real requests."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from vidcolor.serve.server import Served


class Visitor:
    """Asks a server as the page would, unless told otherwise."""

    def __init__(self, served: Served, cookie: str | None = None) -> None:
        self.port = urlsplit(served.address).port
        self.headers = {"Origin": served.address.rstrip("/")}
        if cookie:
            self.headers["Cookie"] = cookie

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        timeout: float = 30,
        **headers: str | None,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        said = {**self.headers, **{name.replace("_", "-"): v for name, v in headers.items()}}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {name: value for name, value in said.items() if value is not None}
        with closing(connection):
            connection.request(method, path, content, given)
            with connection.getresponse() as answer:
                return answer.status, answer.headers, answer.read()


def enter(served: Served) -> Visitor:
    """Visit the page by a fresh address."""
    visitor = Visitor(served)
    status, headers, _ = visitor("GET", served.fresh_address().removeprefix(served.address[:-1]))
    assert status == 303
    assert headers["Location"] == "/"
    return Visitor(served, headers["Set-Cookie"].partition(";")[0])


@contextmanager
def listening(visitor: Visitor) -> Iterator[http.client.HTTPResponse]:
    """Listen to the events."""
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=10)
    connection.request("GET", "/api/events", headers=visitor.headers)
    with connection.getresponse() as answer:
        yield answer
    connection.close()
