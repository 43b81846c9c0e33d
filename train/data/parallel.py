"""A function over an iterable, computed ahead by threads."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield function(item) for each of `items`, in their order.

    As many threads as there are processors compute it, at most two items ahead each. The items are
    taken in the consumer's thread. What the function or the items raise is raised at its place in
    the order.
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
    """Yield the futures of function(item); if taking an item fails, that is the last future."""
    try:
        for item in items:
            yield pool.submit(function, item)
    except Exception as error:
        failed: Future[Result] = Future()
        failed.set_exception(error)
        yield failed
