"""A page with what stands behind it, as an application that a server runs."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from vidcolor.errors import VidcolorError
from vidcolor.serve.answers import Asked, Content, Endpoint, RefusedError
from vidcolor.serve.events import Events
from vidcolor.text import one_line

_KEPT = "private, max-age=86400, immutable"
_STATIC = "private, max-age=60"
"""Files of the page are kept for a page's icons, and asked for anew after a moment, as another
version of vidcolor may serve them."""


@dataclass(frozen=True)
class Site:
    """A page and what stands behind it.

    page: a folder; its `index.html` is the page, all others lie under `/static/`. They are read
    once and answered from memory, so that a page is there at once though libraries load meanwhile.
    endpoints: what else is answered. events: those under `/api/events`.
    """

    page: Path
    endpoints: Sequence[Endpoint] = ()
    events: Events = field(default_factory=Events)

    def application(self) -> Starlette:
        """Return it as a server runs it."""
        routes: list[BaseRoute] = [
            _file("/", self.page / "index.html", "no-cache"),
            Route("/api/events", self._listen),
            *(_route(each) for each in self.endpoints),
            *(_file(f"/static/{each.name}", each, _STATIC) for each in self.page.iterdir()),
        ]
        handlers = {
            HTTPException: _http_failure,
            VidcolorError: _failure,
            Exception: _surprise,
        }
        return Starlette(routes=routes, exception_handlers=handlers)

    async def _listen(self, request: Request) -> Response:
        return StreamingResponse(self.events.stream(), media_type="text/event-stream")


def _file(path: str, file: Path, kept: str) -> Route:
    """Return the route of a file of the page. kept: how long the browser keeps it."""
    content, kind = file.read_bytes(), guess_type(file.name)[0]

    async def answer(request: Request) -> Response:
        return Response(content, media_type=kind, headers={"cache-control": kept})

    return Route(path, answer)


def _route(endpoint: Endpoint) -> Route:
    """Return the route of an endpoint, whose work is done in a thread."""

    async def answer(request: Request) -> Response:
        body = await _body(request, endpoint.limit)
        with _watched(request) as is_gone:
            asked = Asked(dict(request.query_params), dict(request.path_params), body, is_gone)
            found = await run_in_threadpool(endpoint.work, asked)
        if isinstance(found, Content):
            kept = {"cache-control": _KEPT} if found.kept else None
            return Response(found.content, media_type=found.kind, headers=kept)
        return JSONResponse(found)

    return Route(endpoint.path, answer, methods=[endpoint.method])


@contextmanager
def _watched(request: Request) -> Iterator[Callable[[], bool]]:
    """Give what tells whether the page has closed the connection, while the context lasts."""
    gone = threading.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    task = asyncio.create_task(watch())
    try:
        yield gone.is_set
    finally:
        task.cancel()


async def _body(request: Request, limit: int) -> bytes:
    """Return what a request brings. Raises RefusedError where that is more than `limit` bytes."""
    too_much = RefusedError(f"the request brings more than {limit} bytes", 413)
    try:
        if int(request.headers.get("content-length", 0)) > limit:
            raise too_much
    except ValueError:
        raise RefusedError("the request does not tell its length") from None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise too_much
    return bytes(body)


async def _failure(request: Request, error: Exception) -> Response:
    """Answer with the line of an error that was raised on purpose."""
    refusal = error if isinstance(error, RefusedError) else RefusedError(str(error))
    content = {**refusal.more, "error": one_line(str(error))}
    return JSONResponse(content, refusal.status)


async def _http_failure(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code)


async def _surprise(request: Request, error: Exception) -> Response:
    """Answer after an error that nobody expected; a page that is gone needs no answer."""
    if isinstance(error, ClientDisconnect):
        return Response(status_code=499)
    kind = type(error).__name__
    return JSONResponse({"error": f"vidcolor failed ({kind}: {one_line(str(error))})"}, 500)
