"""The small server, as a browser or somebody else's program asks it: real requests."""

import http.client
import json
import os
import resource
import socket
import stat
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from visitors import Visitor, enter, listening

from vidcolor.errors import UsageError
from vidcolor.serve.answers import Answer, Asked, Content, Endpoint, RefusedError
from vidcolor.serve.lock import ServerLock
from vidcolor.serve.server import Served, serving
from vidcolor.serve.site import Site


def _double(asked: Asked) -> Answer:
    return {"twice": 2 * asked.content()["number"]}


def _picture(asked: Asked) -> Answer:
    return Content(asked.path["name"].encode(), "image/png", kept=True)


def _refuse(asked: Asked) -> Answer:
    raise RefusedError("the film has\nchanged", 409, revision=7)


_ABANDONED = threading.Event()


def _wait(asked: Asked) -> Answer:
    while not asked.is_gone():
        time.sleep(0.01)
    _ABANDONED.set()
    return {}


def _fail(asked: Asked) -> Answer:
    raise ZeroDivisionError("no more")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<!doctype html><title>A page</title>")
    (page / "page.js").write_text("export const one = 1;")
    (tmp_path / "private.txt").write_text("private")
    return Site(
        page,
        [
            Endpoint("POST", "/api/double", _double),
            Endpoint("GET", "/api/picture/{name}", _picture),
            Endpoint("GET", "/api/refuse", _refuse),
            Endpoint("GET", "/api/fail", _fail),
            Endpoint("GET", "/api/wait", _wait),
        ],
    )


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with serving(site) as served:
        yield served


@pytest.fixture
def visitor(served: Served) -> Iterator[Visitor]:
    """Is served, and still is when the test is done."""
    visitor = enter(served)
    yield visitor
    assert json.loads(visitor("POST", "/api/double", {"number": 21})[2]) == {"twice": 42}


def test_page_files_and_answers(visitor: Visitor) -> None:
    assert b"A page" in visitor("GET", "/")[2]
    status, headers, content = visitor("GET", "/static/page.js")
    assert (status, content) == (200, b"export const one = 1;")
    assert "javascript" in headers["Content-Type"]
    status, headers, content = visitor("GET", "/api/picture/one")
    assert (headers["Content-Type"], content) == ("image/png", b"one")
    assert "immutable" in headers["Cache-Control"]


def test_every_answer_keeps_the_page_to_itself(served: Served, visitor: Visitor) -> None:
    for each in (visitor("GET", "/"), visitor("GET", "/none"), Visitor(served)("GET", "/")):
        policy = each[1]["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy
        assert "unsafe" not in policy
        assert each[1]["X-Content-Type-Options"] == "nosniff"
        assert each[1]["Referrer-Policy"] == "no-referrer"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_pages(served: Served) -> None:
    path = served.fresh_address().removeprefix(served.address[:-1])
    cookie = Visitor(served)("GET", path)[1]["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_token_is_good_once(served: Served, visitor: Visitor) -> None:
    path = served.fresh_address().removeprefix(served.address[:-1])
    assert Visitor(served)("GET", path)[0] == 303
    status, headers, content = Visitor(served)("GET", path)
    assert status == 403
    assert "Set-Cookie" not in headers
    assert "used before" in json.loads(content)["error"]


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/api/picture/one", "/api/events"])
@pytest.mark.parametrize("cookie", [None, "vidcolor-1=x", "vidcolor=\x01", "a" * 5000])
def test_without_the_cookie_nothing_is_answered(
    visitor: Visitor, path: str, cookie: str | None
) -> None:
    status, _, content = visitor("GET", path, Cookie=cookie)
    assert status == 401
    assert set(json.loads(content)) == {"error"}


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"Host": "evil.example"}, 421),
        ("GET", {"Host": "127.0.0.1:1"}, 421),
        ("GET", {"Origin": "http://evil.example"}, 403),
        ("GET", {"Origin": "null"}, 403),
        ("POST", {"Origin": "http://evil.example"}, 403),
        ("POST", {"Origin": None}, 403),
    ],
)
def test_foreign_hosts_and_origins_are_refused(
    visitor: Visitor, method: str, headers: dict[str, Any], status: int
) -> None:
    found, _, content = visitor(method, "/api/double", {"number": 1}, **headers)
    assert found == status
    assert "\n" not in json.loads(content)["error"]


@pytest.mark.parametrize(
    "path",
    ["/static/../private.txt", "/static/%2e%2e/private.txt", "/static/..%2fprivate.txt",
     "/static//etc/passwd", "/static/%00", "/none", "/static/" + "a" * 300],
)  # fmt: skip
def test_nothing_outside_the_page_is_served(visitor: Visitor, path: str) -> None:
    status, _, content = visitor("GET", path)
    assert status == 404
    assert b"private" not in content


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 10_000, b'{"number": NaN}', b""])
def test_what_is_no_json_object_is_refused(visitor: Visitor, body: bytes) -> None:
    status, _, content = visitor("POST", "/api/double", body)
    assert status == 400
    assert "JSON" in json.loads(content)["error"]


@pytest.mark.parametrize("told", [f"Content-Length: {1 << 30}", "Transfer-Encoding: chunked"])
def test_a_body_of_1_gib_is_refused_and_not_gathered(visitor: Visitor, told: str) -> None:
    """It is thrown away as it comes, so that the browser gets to read why."""
    part = bytes(1 << 20)
    is_chunked = "chunked" in told
    if is_chunked:
        part = f"{len(part):x}\r\n".encode() + part + b"\r\n"
    with socket.create_connection(("127.0.0.1", visitor.port)) as connection:
        lines = [f"{name}: {value}" for name, value in visitor.headers.items()]
        lines = ["POST /api/double HTTP/1.1", f"Host: 127.0.0.1:{visitor.port}", *lines]
        connection.sendall("\r\n".join([*lines, told, "", ""]).encode())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(1024):
            connection.sendall(part)
            if number == 16:
                refused = connection.recv(1000)
                assert b"413" in refused.partition(b"\r\n")[0]
        if is_chunked:
            connection.sendall(b"0\r\n\r\n")
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000  # kB


@pytest.mark.parametrize(
    "content", [b"\0\0\0\0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\r\n\r\n"]
)
def test_what_is_no_http_is_turned_away(visitor: Visitor, content: bytes) -> None:
    with socket.create_connection(("127.0.0.1", visitor.port)) as connection:
        connection.sendall(content)
        assert b" 4" in connection.recv(1000).partition(b"\r\n")[0]


def test_errors_become_one_line(visitor: Visitor) -> None:
    status, _, content = visitor("GET", "/api/refuse")
    assert status == 409
    assert json.loads(content) == {"error": "the film has\\nchanged", "revision": 7}
    status, _, content = visitor("GET", "/api/fail")
    assert status == 500
    assert "ZeroDivisionError" in json.loads(content)["error"]
    assert visitor("DELETE", "/api/refuse")[0] == 405


def test_work_is_told_that_nobody_waits_for_it(visitor: Visitor) -> None:
    with pytest.raises(TimeoutError):
        visitor("GET", "/api/wait", timeout=0.2)
    assert _ABANDONED.wait(5)


def test_events_reach_the_pages(site: Site, served: Served, visitor: Visitor) -> None:
    with listening(visitor) as answer:
        assert answer.readline() == b"retry: 1000\n"
        site.events.tell("shots", done=True)
        lines = [answer.readline() for _ in range(2)]
        assert json.loads(lines[1].removeprefix(b"data: ")) == {"type": "shots", "done": True}


def test_it_ends_though_a_page_listens(site: Site) -> None:
    with ExitStack() as stack:
        with serving(site) as served:
            answer = stack.enter_context(listening(enter(served)))
            answer.readline()
            began = time.monotonic()
        assert time.monotonic() - began < 3
        assert answer.read() == b"\n"


def test_only_this_machine_is_served_unless_a_name_is_given(site: Site, served: Served) -> None:
    with socket.socket() as elsewhere, pytest.raises(OSError):
        elsewhere.connect(("127.0.0.2", urlsplit(served.address).port))
    with serving(site, ["film-room"]) as open_to_others:
        port = urlsplit(open_to_others.address).port
        visitor = Visitor(open_to_others)
        assert open_to_others.address == f"http://film-room:{port}/"
        assert visitor("GET", "/", Host=f"film-room:{port}")[0] == 401
        assert visitor("GET", "/", Host=f"other:{port}")[0] == 421


def test_a_second_server_is_told_a_fresh_address_of_the_first(
    tmp_path: Path, site: Site, served: Served
) -> None:
    lock = ServerLock(tmp_path / ".film.studio")
    with lock.held("film.mkv"):
        lock.tell(served.address, served.keys.secret)
        for path in (tmp_path / ".film.studio").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(UsageError, match="is open already at") as refused:
            ServerLock(tmp_path / ".film.studio").held("film.mkv").__enter__()
        address = str(refused.value).split(" at ")[1]
        assert Visitor(served)("GET", address.removeprefix(served.address[:-1]))[0] == 303
    assert not (tmp_path / ".film.studio").exists()


def test_who_does_not_know_the_secret_gets_no_token(served: Served, visitor: Visitor) -> None:
    assert visitor("POST", "/token", x_vidcolor_secret="guessed")[0] == 403
    assert visitor("GET", "/token", x_vidcolor_secret=served.keys.secret)[0] == 403


def test_a_killed_server_locks_nobody_out(tmp_path: Path, served: Served) -> None:
    code = (
        "import os, sys; from pathlib import Path; from vidcolor.serve.lock import ServerLock\n"
        "lock = ServerLock(Path(sys.argv[1])); lock.held('x').__enter__()\n"
        "lock.tell('http://127.0.0.1:1/', 'gone'); os._exit(9)"
    )
    folder = tmp_path / ".film.studio"
    subprocess.run([sys.executable, "-c", code, folder])
    lock = ServerLock(folder)
    with lock.held("film.mkv"):
        lock.tell(served.address, served.keys.secret)


def test_small_answers_do_not_wait_to_be_acknowledged(visitor: Visitor) -> None:
    """By Nagle's algorithm each on a connection that is kept would come 40 ms late."""
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port)
    took = []
    with closing(connection):
        for _ in range(20):
            began = time.monotonic()
            connection.request("POST", "/api/double", b'{"number": 1}', visitor.headers)
            connection.getresponse().read()
            took.append(time.monotonic() - began)
    assert statistics.median(took) < 0.03


def test_many_at_once_are_answered(visitor: Visitor) -> None:
    found: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda n=n: found.append(visitor("POST", "/api/double", {"number": n})[2])
        )
        for n in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(each)["twice"] for each in found) == list(range(0, 100, 2))


def test_the_folder_of_the_lock_is_the_users_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with ServerLock(tmp_path / "lock").held("film.mkv"):
            assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o700
    finally:
        os.umask(old)
