"""Judges by a real browser: a judge who knows each picture by its pixels and answers as told."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_PATIENCE = 60
"""Seconds until what never comes is no longer waited for."""

Key = tuple[int, int, int]
"""What a picture is known by: the sums of its red, green and blue."""

_STATE = """() => {
    for (const id of ["thanks", "welcome", "problem"]) {
        if (!document.getElementById(id).hidden) return id;
    }
    return ["question", "between"].find((id) => !document.getElementById(id).hidden) ?? "";
}"""
_KEYS = """() => [...document.querySelectorAll("canvas")].map((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const sums = [0, 0, 0];
    for (let at = 0; at < data.length; at += 1) if (at % 4 < 3) sums[at % 4] += data[at];
    return sums;
})"""


@contextmanager
def page_of(*words: object) -> Iterator[str]:
    """Run a command of vidcolor that serves a page; its address, good for one visit."""
    command = [sys.executable, "-m", "vidcolor", *map(str, words), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield next(re.findall(r"http://\S+", line)[0] for line in process.stdout)
        finally:
            process.terminate()  # what runs in a shell's background may not heed Ctrl-C
            process.wait(30)


class JudgeVisit:
    """One visit of a judge. late: how many questions came late so far."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.late = 0
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(address)
        self.until("welcome")

    def state(self) -> str:
        """What stands on the page: welcome, question, between, thanks, problem, or "" for none."""
        found: str = self.page.evaluate(_STATE)
        return found

    def until(self, *states: str) -> str:
        """Wait until one of these stands on the page, and return it."""
        end = time.monotonic() + _PATIENCE
        while (found := self.state()) not in states:
            assert time.monotonic() < end, f"{states} never came; there is '{found}'"
            self.page.wait_for_timeout(20)
        return found

    def answer(self, choose: Callable[[list[Key]], int], most: int) -> list[int]:
        """Answer up to so many questions by keyboard; return what was chosen.

        choose: is given the pictures of a question, and returns the place of one. What was shown
        late is not asked, and is counted.
        """
        chosen: list[int] = []
        while len(chosen) < most and self.until("question", "between", "thanks") != "thanks":
            if self.state() == "between":
                told = self.page.locator("#said").text_content()
                self.late += "does not count" in told
                self.page.keyboard.press("Enter")
            elif self.state() == "question":
                pictures = [tuple(sums) for sums in self.page.evaluate(_KEYS)]
                chosen.append(choose(pictures))
                self.page.keyboard.press(("ArrowLeft", "ArrowRight")[chosen[-1]])
            self.page.wait_for_timeout(50)
        return chosen


def choose_by(places: Mapping[Key, int]) -> Callable[[list[Key]], int]:
    """Return what chooses the picture with the highest number; those not known have 0."""
    return lambda pictures: max(range(2), key=lambda at: places.get(pictures[at], 0))
