"""The gate before a server: who may ask, from where, how much, and what every answer says."""

import json
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vidcolor.serve.keys import Keys
from vidcolor.serve.names import Names

SECRET_HEADER = "x-vidcolor-secret"
"""Brings the secret of `Keys` to `NEW_TOKEN`."""
NEW_TOKEN = "/token"
"""The path at which who knows the secret is given a token."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAID_ALWAYS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_HARMLESS = {"GET", "HEAD"}
"""Methods that change nothing, for which browsers need not tell the origin."""
_LONGEST = 4096
"""The most bytes of a path with its query."""


class Gate:
    """Lets a request through to an application if it has the cookie and comes from our page.

    `/?token=...` exchanges a token for the cookie, which JavaScript can't read and no foreign page
    sends along. What is refused is answered with a line in JSON.
    """

    def __init__(self, application: ASGIApp, keys: Keys, names: Names) -> None:
        self._application = application
        self._keys = keys
        self._names = names
        self._cookie = f"vidcolor-{names.port}"  # ports share cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on; see ASGI."""
        if scope["type"] != "http":
            return
        answered = _with_headers(send)
        headers = Headers(scope=scope)
        refusal = self._foreign(scope, headers)
        if refusal is not None:
            await _refuse(answered, *refusal)
        elif scope["path"] == NEW_TOKEN:
            await self._give_token(scope, headers, answered)
        elif scope["path"] == "/" and b"token=" in scope["query_string"]:
            await self._exchange(scope, answered)
        elif not self._keys.knows(self._cookie_of(headers)):
            await _refuse(
                answered, 401, "open the page by the address that vidcolor printed; each works once"
            )
        else:
            await self._application(scope, receive, answered)

    def _foreign(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Return status and line for a request that may not come from our page; else None."""
        if len(scope["path"]) + len(scope["query_string"]) > _LONGEST:
            return 414, "the address is too long"
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or hosts[0].lower() not in self._names.hosts:
            return 421, "this name is not served; name it with --host"
        if any(origin not in self._names.origins for origin in origins):
            return 403, "another page may not ask this"
        if scope["method"] not in _HARMLESS and not origins and SECRET_HEADER not in headers:
            return 403, "the request does not tell which page it comes from"
        return None

    async def _give_token(self, scope: Scope, headers: Headers, send: Send) -> None:
        """Answer with a token whoever knows the secret."""
        if scope["method"] != "POST" or not self._keys.knows_secret(headers.get(SECRET_HEADER, "")):
            await _refuse(send, 403, "only who started this server may ask for a token")
            return
        await _answer(send, 200, {"token": self._keys.token()})

    async def _exchange(self, scope: Scope, send: Send) -> None:
        """Exchange a token for the cookie, and lead to the page."""
        asked = scope["query_string"].decode("latin-1")
        token = next(p.removeprefix("token=") for p in asked.split("&") if p.startswith("token="))
        cookie = self._keys.cookie_for(token) if scope["method"] == "GET" else None
        if cookie is None:
            await _refuse(send, 403, "this address was used before; start the command again")
            return
        given = f"{self._cookie}={cookie}; HttpOnly; SameSite=Strict; Path=/"
        await _answer(send, 303, {}, {"location": "/", "set-cookie": given})

    def _cookie_of(self, headers: Headers) -> str | None:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return None
        return None if found is None else found.value


def _with_headers(send: Send) -> Send:
    """Return what sends messages, and with each answer's beginning the headers of all answers."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_SAID_ALWAYS)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending


async def _refuse(send: Send, status: int, line: str) -> None:
    await _answer(send, status, {"error": line})


async def _answer(
    send: Send, status: int, content: dict[str, str], headers: dict[str, str] | None = None
) -> None:
    """Answer with a JSON object."""
    body = json.dumps(content).encode()
    said = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
