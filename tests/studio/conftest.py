"""Opens the studio in a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from studio_visits import Visit, studio


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
