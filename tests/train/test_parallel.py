"""Work ahead in threads: order, bounds, errors."""

import os
import threading
from collections.abc import Iterator

import pytest

from vidcolor.train.data.parallel import map_ahead


def test_results_come_in_the_order_of_their_items() -> None:
    assert list(map_ahead(lambda item: item**2, range(100))) == [item**2 for item in range(100)]


def test_items_are_taken_a_few_ahead_in_the_consumers_thread() -> None:
    threads = []

    def items() -> Iterator[int]:
        for item in range(1000):
            threads.append(threading.current_thread())
            yield item

    results = map_ahead(abs, items())
    for _ in range(10):
        next(results)
    assert len(threads) == 10 + 2 * (os.cpu_count() or 1)
    assert set(threads) == {threading.current_thread()}
    results.close()


def test_an_error_is_raised_at_its_place() -> None:
    results = map_ahead(lambda item: 1 // item, [2, 1, 0, 1])
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_so_is_an_error_of_the_items() -> None:
    def items() -> Iterator[int]:
        yield from (-1, -2, -3)
        raise OSError("no more")

    results = map_ahead(abs, items())
    assert [next(results) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(OSError, match="no more"):
        next(results)
