"""Which frames the network sees, where it does not see all."""

_EVERY = 3
"""Of so many frames one is seen where nobody says otherwise (docs/steadiness.md, How sparse)."""


def usual_every(motion: bool, window: int) -> int:
    """Return of how many frames one is seen unless told otherwise.

    All are where nothing is followed, and where so few are smoothed together that each shall be as
    it is seen. motion: whether smoothing follows what moves. window: of its kernel.
    """
    return _EVERY if motion and window >= _EVERY else 1


class Rhythm:
    """Tells which frames are due to be seen, by their numbers: one in `every`.

    A frame's number is that which its time has at the film's mean rate, so that it is the same
    wherever reading began. A frame is due if it is the first whose number lies in a new run of
    `every` numbers, or if `every` frames have come since the last such frame: where frames come
    faster than the mean, they are all due then. Whether a frame is due follows from the `every`
    numbers before its own.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._run: int | None = None
        self._since = 0

    def __call__(self, number: int) -> bool:
        """Tell whether the film's next frame is due; the first one is."""
        run = number // self._every
        self._since = 0 if run != self._run else self._since + 1
        self._run = run
        return self._since == 0 or self._since >= self._every


def reach_beyond(every: int) -> tuple[int, int]:
    """Return how many frames more a result depends on, before it and after it.

    A frame follows from the ones seen at most every - 1 before and behind it. What is seen is
    certain from the first due frame on, and that one at the latest `every` after reading began.
    """
    return (2 * every - 1, every - 1) if every > 1 else (0, 0)
