"""Processes that share a film: they die, fail, and are replaced."""

import multiprocessing
from collections import Counter
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

import pytest
from clips import make_clip
from orders import assert_same_film, in_one_go, order_of

from vidcolor.errors import OutputError, VidcolorError
from vidcolor.jobs.journal import work_folder
from vidcolor.jobs.run import Means, colorize_film
from vidcolor.jobs.workers import devices_of, next_segment
from vidcolor.net.device import available_devices
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.order import Order


@pytest.fixture
def order(tmp_path: Path, weights: Path) -> Order:
    """A film of four segments of 1 s."""
    make_clip(tmp_path / "a.mkv", times=range(0, 4000, 40), gop=5, audio="flac")
    quick = {"window": 2, "look_ahead": 1, "motion": False}
    return order_of(weights, tmp_path / "a.mkv", tmp_path / "b.mkv", quick)


class Killer:
    """Kills one of the processes when it is told of progress, so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, done: int, seconds: Fraction, length: Fraction | None) -> None:
        if self.left and (children := multiprocessing.active_children()):
            self.left -= 1
            children[0].kill()
            children[0].join()


def made(order: Order, progress: Killer) -> None:
    colorizer = order.settings.make_colorizer(order.device)
    means = Means(("cpu", "cpu"), length=Fraction(1))
    colorize_film(order, colorizer, means, listener=Listener(progress=progress))


def test_a_process_that_dies_is_replaced(tmp_path: Path, order: Order) -> None:
    made(order, Killer(1))
    in_one_go(order, tmp_path / "whole.mkv")
    assert_same_film(order.output, tmp_path / "whole.mkv")


@pytest.mark.long
def test_processes_that_always_die_end_the_film_in_one_line(tmp_path: Path, order: Order) -> None:
    with pytest.raises(OutputError, match="ended with code -9; is there enough memory"):
        made(order, Killer(100))
    assert not multiprocessing.active_children()
    assert not order.output.exists()


def test_an_error_of_a_process_is_the_error_of_the_film(tmp_path: Path, order: Order) -> None:
    """What can't be written fails twice, by two processes, and is said once."""
    colorizer = order.settings.make_colorizer(order.device)
    said = Counter[str]()

    def progress(done: int, seconds: Fraction, length: Fraction | None) -> None:
        folder = work_folder(order.output)
        if not (folder / "3.part.unfinished").is_dir():
            (folder / "3.part.unfinished").mkdir()

    means = Means(("cpu", "cpu"), length=Fraction(1))
    listener = Listener(progress=progress, note=lambda line: said.update([line]))
    with pytest.raises(VidcolorError, match=r"3\.part\.unfinished: can't be written"):
        colorize_film(order, colorizer, means, listener=listener)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("todo", "behind", "in_work", "expected"),
    [
        (range(10), None, {None}, 0),
        (range(1, 10), None, {None, 0}, 5),
        ([1, 2, 3, 4, 6, 7, 8, 9], 0, {5}, 1),
        ([3, 4], 9, {2}, 4),
        ([4], 9, {3}, 4),
        ([2, 5, 6, 7], 9, {1, 3}, 5),
    ],
)
def test_a_process_goes_on_behind_its_last_segment_or_where_most_is_left(
    todo: Collection[int], behind: int | None, in_work: set[int | None], expected: int
) -> None:
    assert next_segment(todo, behind, in_work) == expected


def test_devices_of_processes() -> None:
    assert devices_of(1, "cpu") == ()
    assert devices_of(3, "cpu") == ("cpu", "cpu", "cpu")
    assert devices_of(2, "cuda:1") == ("cuda:1", "cuda:1")
    gpus = [name for name in available_devices() if name.startswith("cuda")]
    assert set(devices_of(8, "auto")) == set(gpus[:8] or ["auto"])
