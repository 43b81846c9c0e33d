"""What is kept so that it need not be made again, up to a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by key; those not used for longest give way. Any thread may use it.

    most: the bytes that they may take together; size: tells those of one.
    """

    def __init__(self, most: int, size: Callable[[Value], int]) -> None:
        self._most = most
        self._size = size
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._taken = 0

    @property
    def taken(self) -> int:
        """The bytes that they take together."""
        return self._taken

    def get(self, key: Hashable) -> Value | None:
        """Return a value; None where it is not kept, or no longer."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Hashable, value: Value) -> Value:
        """Keep a value, and return it."""
        with self._lock:
            if key in self._values:
                self._taken -= self._size(self._values.pop(key))
            self._values[key] = value
            self._taken += self._size(value)
            while self._taken > self._most and len(self._values) > 1:
                self._taken -= self._size(self._values.popitem(last=False)[1])
        return value

    def got(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return a value, made if it is not kept; two threads may then both make it."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._values.clear()
            self._taken = 0
