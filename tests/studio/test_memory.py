"""Memory after many clicks: what is kept has an end."""

import gc
from pathlib import Path

import numpy as np
import pytest
from hint_films import SHOT, make_shots, middle_of, shots, time_of
from studio_requests import Page, page_of


def memory() -> float:
    """What this process has in use, in MB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def click(page: Page, count: int, chance: np.random.Generator) -> None:
    """Set so many points in frames of the film at random, and look at each."""
    for _ in range(count):
        number = int(chance.integers(200))
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
    make_shots(film, shots(20))
    chance = np.random.default_rng(1)
    with page_of(film, weights) as page:
        for number in range(0, 200, SHOT):
            page.open(str(float(time_of(number))))
        click(page, 500, chance)
        before = memory()
        click(page, 1500, chance)
        assert memory() - before < 50
