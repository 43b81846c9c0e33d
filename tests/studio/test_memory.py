"""Memory after many clicks, of the server and of the page: what is kept has an end."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hint_films import SHOT, make_shots, middle_of, shots, time_of
from studio_requests import Page, page_of
from studio_visits import Visit, studio

FRAMES = 200


def memory(process: object = "self") -> float:
    """What a process has in use, in MB."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096 / 1e6


def click(page: Page, count: int, chance: np.random.Generator) -> None:
    """Set so many points in frames of the film at random, and look at each."""
    for _ in range(count):
        number = int(chance.integers(FRAMES))
        at = str(float(time_of(number)))
        xy = np.clip(middle_of(number % 30) + chance.normal(0, 0.1, 2), 0, 1).tolist()
        page.add({"at": at, "xy": xy, "color": f"#{chance.integers(1 << 24):06x}"})
        page.frame(at, size=96)


@pytest.mark.long
def test_after_500_and_2000_clicks_it_is_the_same(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    film = tmp_path / "film.mkv"
    make_shots(film, shots(FRAMES // SHOT))
    chance = np.random.default_rng(1)
    with page_of(film, weights) as page:
        for number in range(0, FRAMES, SHOT):
            page.open(str(float(time_of(number))))
        click(page, 500, chance)
        gc.collect()
        before = memory()
        click(page, 1500, chance)
        gc.collect()
        assert memory() - before < 50


@pytest.mark.long
def test_in_the_browser_it_is_the_same(browser: Any, tmp_path: Path, weights: Path) -> None:
    """Places are clicked and given colours in all frames, shot by shot; each is looked at."""
    film = tmp_path / "film.mkv"
    make_shots(film, shots(FRAMES // SHOT))
    with studio(film, "--weights", weights, "--device", "cpu") as address:
        desk = Visit(browser.new_page(viewport={"width": 1280, "height": 720}), address)
        tell = taken(browser, desk.page, film)
        clicks(desk, 500)
        before = tell()
        clicks(desk, 1500)
        after = tell()
        print(f"memory in MB at 500 and 2,000 clicks: {before}, {after}")
        assert all(after[name] - before[name] < 50 for name in before)
        desk.page.close()


def clicks(desk: Visit, count: int) -> None:
    """Set so many points, a frame after another."""
    chance = np.random.default_rng(count)
    for number in range(count):
        desk.page.mouse.click(*desk.at(*chance.uniform(0.1, 0.9, 2)))
        desk.page.locator(".suggestion").first.wait_for()
        with desk.page.expect_response(lambda answer: "/api/edit" in answer.url):
            desk.page.keyboard.press("1")
        desk.page.keyboard.press("Escape")
        if number % SHOT == SHOT - 1:
            desk.press("PageDown" if number // SHOT % 40 < 20 else "PageUp")
            desk.settle()
        else:
            desk.page.keyboard.press(".")


def taken(browser: Any, page: Any, film: Path) -> Callable[[], dict[str, float]]:
    """Return what tells the memory in MB of the page's process, its scripts, and the server."""
    asking, whole = page.context.new_cdp_session(page), browser.new_browser_cdp_session()
    (server,) = (
        each.parent.name
        for each in Path("/proc").glob("[0-9]*/cmdline")
        if each.read_bytes().split(b"\0")[2:5] == [b"vidcolor", b"studio", bytes(film)]
    )

    def tell() -> dict[str, float]:
        asking.send("HeapProfiler.collectGarbage")
        heap = asking.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        processes = whole.send("SystemInfo.getProcessInfo")["processInfo"]
        pages = sum(memory(each["id"]) for each in processes if each["type"] == "renderer")
        return {"page": pages, "scripts": heap, "server": memory(server)}

    return tell
