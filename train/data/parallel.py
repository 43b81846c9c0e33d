"""A function over an iterable, computed ahead by threads."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """function(item) for each of `items`, in their order.

    As many threads as there are processors compute it, at most two items ahead each; the items
    are taken in the consumer's thread. What either raises is raised at its place in the order.
    """
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Result]] = deque()
        for result in _submitted(pool, function, items):
            waiting.append(result)
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        for result in waiting:
            yield result.result()


def _submitted(
    pool: ThreadPoolExecutor, function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Future[Result]]:
    try:
        for item in items:
            yield pool.submit(function, item)
    except Exception as error:
        failed: Future[Result] = Future()
        failed.set_exception(error)
        yield failed
