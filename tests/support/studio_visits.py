"""Visits the studio in a real browser: what one does on its page, with a process behind it."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

_PATIENCE = 20
"""Seconds until what never comes is no longer waited for."""


@contextmanager
def studio(film: Path, *options: object) -> Iterator[str]:
    """Run the studio of a film; its address, good for one visit."""
    command = [sys.executable, "-m", "vidcolor", "studio", film, "--no-browser", *options]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            told = iter(process.stdout)
            yield next(re.findall(r"http://\S+", line)[0] for line in told if "http://" in line)
        finally:
            process.terminate()


class Visit:
    """One page of a studio, and what a person does there. Places are fractions of the picture."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(address)
        self.settle()

    def asked(self, path: str) -> Any:
        """What the server answers to a GET."""
        return self.page.evaluate("path => fetch(path).then(answer => answer.json())", path)

    def entries(self) -> list[dict[str, Any]]:
        """The hints, as the server tells them."""
        found: list[dict[str, Any]] = self.asked("/api/hints")["entries"]
        return found

    def until(self, told: str) -> None:
        """Wait until JavaScript is true; the page's policy forbids what Playwright has for it."""
        end = time.monotonic() + _PATIENCE
        while not self.page.evaluate(told):
            assert time.monotonic() < end, f"never came true: {told}"
            self.page.wait_for_timeout(50)

    def settle(self) -> None:
        """Wait until the frame and the strip show the hints as they are now, in full."""
        self.until(
            """(async () => {
                if (!document.querySelector("#opening").hidden) return false;
                const { revision } = await (await fetch("/api/hints")).json();
                const strip = [...document.querySelectorAll(".other:not([hidden])")];
                const canvases = strip.map((cell) => cell.querySelector("canvas"));
                canvases.push(document.querySelector("#colored"));
                return !strip.some((cell) => cell.matches(".waiting"))
                    && canvases.every((each) => each.dataset.revision === String(revision));
            })()"""
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place in the window of a place in the picture."""
        box = self.page.locator("#grey").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def click(self, x: float, y: float) -> None:
        """Click in the picture, and wait for what is suggested."""
        self.page.mouse.click(*self.at(x, y))
        self.page.locator(".suggestion").first.wait_for()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(20)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Wait until what is done within is saved, and the page shows what became of it."""
        with self.page.expect_response(lambda answer: answer.request.method in ("POST", "PUT")):
            yield
        self.settle()

    def frame(self) -> np.ndarray:
        """The colored frame as it is shown, (H, W, 3)."""
        return self._pixels("#colored")

    def strip(self) -> np.ndarray:
        """The later frames, one above the other, (H, W, 3)."""
        count = self.page.locator(".later:not([hidden])").count()
        cells = [f".later:nth-of-type({number + 2}) canvas" for number in range(count)]
        return np.concatenate([self._pixels(cell) for cell in cells])

    def drop(self, picture: Path, kind: str) -> None:
        """Drop a picture on the page, as a "reference" or a "palette"."""
        self.page.evaluate(
            """([bytes, name, kind]) => {
                const files = new DataTransfer();
                files.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
                const drag = (type, place) => place.dispatchEvent(
                    new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
                drag("dragenter", document.body);
                drag("dragover", document.querySelector(`#drop [data-kind=${kind}]`));
                drag("drop", document.querySelector(`#drop [data-kind=${kind}]`));
            }""",
            [list(picture.read_bytes()), picture.name, kind],
        )

    def _pixels(self, selector: str) -> np.ndarray:
        width, height, flat = self.page.evaluate(
            """(selector) => {
                const canvas = document.querySelector(selector);
                const { width, height } = canvas;
                const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
                return [width, height, [...data]];
            }""",
            selector,
        )
        return np.array(flat, np.uint8).reshape(height, width, 4)[..., :3]
