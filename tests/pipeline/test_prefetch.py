"""Stages: order, bounds, errors and stopping, with real threads."""

import os
import sys
import threading
from collections.abc import Iterator

import pytest

from vidcolor.pipeline.prefetch import Prefetch


def test_items_come_in_order_through_several_stages() -> None:
    with Prefetch(range(100), 2) as first, Prefetch((2 * i for i in first), 3) as second:
        assert list(second) == list(range(0, 200, 2))


def test_no_more_than_depth_items_wait() -> None:
    made = 0
    reached = threading.Event()

    def items() -> Iterator[int]:
        nonlocal made
        for item in range(50):
            made += 1
            if made == 4:
                reached.set()
            yield item

    with Prefetch(items(), 3) as stage:
        assert reached.wait(5)
        assert not threading.Event().wait(0.3)
        assert made == 4, "three in the queue and one that waits for room"
        assert list(stage) == list(range(50))


def test_an_error_surfaces_at_its_place_and_stops_every_stage() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("lost")

    seen = []
    with (
        pytest.raises(OSError, match="lost"),
        Prefetch(items(), 2) as first,
        Prefetch((i for i in first), 2) as second,
    ):
        for item in second:
            seen.append(item)
    assert seen == [1]


def test_leaving_early_ends_the_threads() -> None:
    before = threading.active_count()
    with Prefetch(iter(int, 1), 2) as first, Prefetch((i for i in first), 2) as second:
        next(iter(second))
    assert threading.active_count() == before


@pytest.mark.skipif(sys.platform != "linux", reason="there niceness is the whole process's")
def test_a_stage_gives_way_to_its_consumer_alone() -> None:
    own = os.nice(0)
    with Prefetch((os.nice(0) for _ in range(2)), 1) as first, Prefetch(first, 1) as second:
        assert list(second) == [min(own + 10, 19)] * 2
    assert os.nice(0) == own
