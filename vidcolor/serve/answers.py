"""What a page asks of a server, and what it is answered: plain functions, which know no HTTP."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from vidcolor.errors import VidcolorError

SMALL = 1 << 20
"""The bytes that a request may bring where nothing else is said."""


class RefusedError(VidcolorError):
    """A request that is answered with a line instead; status: as in HTTP. more: said beside it."""

    def __init__(self, line: str, status: int = 400, **more: Any) -> None:
        super().__init__(line)
        self.status = status
        self.more = more


@dataclass(frozen=True)
class Asked:
    """A request: its query, the parts of its path that have names, and what it brings.

    is_gone: tells whether the page no longer waits for the answer.
    """

    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_gone: Callable[[], bool] = lambda: False

    def content(self) -> dict[str, Any]:
        """Return the JSON object that it brings. Raises RefusedError for anything else."""
        try:
            content = json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise RefusedError("the request is no JSON") from None
        if not isinstance(content, dict):
            raise RefusedError("the request is no JSON object")
        return content

    def asked(self, name: str) -> str:
        """Return a value of the query. Raises RefusedError where it is missing."""
        if name not in self.query:
            raise RefusedError(f"the request lacks '{name}'")
        return self.query[name]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


@dataclass(frozen=True)
class Content:
    """An answer that is no JSON. kind: its MIME type. kept: whether the browser may keep it."""

    content: bytes
    kind: str
    kept: bool = False


Answer: TypeAlias = Content | dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """What is answered under a path.

    path: as Starlette writes it, `/api/shots/{id}`. work: is called in a thread; the line of a
    RefusedError or another VidcolorError that it raises is the answer. limit: the bytes that a
    request may bring.
    """

    method: str
    path: str
    work: Callable[[Asked], Answer]
    limit: int = SMALL
