"""A browser for the tests of the studio's page; without one they are skipped."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from studio_visits import CHROMIUM, Visit, studio


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium: a build of its own, as Playwright has, can't be had everywhere."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not CHROMIUM:
        pytest.skip("there is no Chromium; on Debian: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        # As root, as in CI, Chromium runs only without its sandbox; it visits nobody but us.
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def visit(browser: Any, film: Path, weights: Path) -> Iterator[Callable[..., Visit]]:
    """Opens the studio of a film; what the browser is told of the window comes by name."""
    opened: list[Any] = []

    def open_studio(film: Path = film, *, options: tuple[object, ...] = (), **window: Any) -> Visit:
        running = studio(film, "--weights", weights, "--device", "cpu", *options)
        address = running.__enter__()
        opened.append(running)
        size = {"width": 1280, "height": 720}
        context = browser.new_context(viewport=size, **window)
        context.set_default_timeout(20_000)
        found = Visit(context.new_page(), address)
        visits.append(found)
        opened.append(context)
        return found

    visits: list[Visit] = []
    yield open_studio
    for each in reversed(opened):
        if hasattr(each, "close"):
            each.close()
        else:
            each.__exit__(None, None, None)
    assert not [error for each in visits for error in each.errors]
