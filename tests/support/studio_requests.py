"""Asks the studio as its page does, by requests, without a browser."""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from hint_films import middle_of, time_of
from PIL import Image
from visitors import Visitor, enter

from vidcolor.colorize.settings import ColorSettings
from vidcolor.output.encoders import EncoderSettings
from vidcolor.studio.open_studio import studio


class Page(Visitor):
    """A page of the studio, as far as it is requests."""

    def get(self, path: str) -> Any:
        """What a GET is answered, as JSON."""
        status, _, content = self("GET", path)
        assert status == 200, content
        return json.loads(content)

    def send(self, path: str, method: str = "POST", expected: int = 200, **content: Any) -> Any:
        """What another request is answered."""
        status, _, answer = self(method, path, content)
        assert status == expected, answer
        return json.loads(answer)

    def open(self, at: str = "0") -> Any:
        """Open the shot at a time, and wait for all of it."""
        found = self.send("/api/open", at=at)
        for time_of_frame in found["times"]:
            path = f"/api/frame?at={time_of_frame}&size=64"
            self.until(lambda path=path: self("GET", path)[0] == 200)
        return found

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.05)

    def frame(self, at: object, **query: object) -> np.ndarray:
        """A frame, (H, W, 3)."""
        asked = "&".join(f"{name}={value}" for name, value in {"at": at, **query}.items())
        status, _, content = self("GET", f"/api/frame?{asked}")
        assert status == 200, content
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))

    def add(self, *marks: dict[str, Any], kind: str = "point") -> Any:
        """Add hints of one kind."""
        edits = [{"op": "add", "kind": kind, "fields": fields} for fields in marks]
        return self.send("/api/edit", revision=self.get("/api/hints")["revision"], edits=edits)


@contextmanager
def page_of(path: Path, weights: Path, **options: Any) -> Iterator[Page]:
    settings = ColorSettings(weights=str(weights), precision="fp32", batch_size=4)
    hints = path.with_name(f"{path.stem}.hints.toml")
    with studio(
        path,
        hints,
        settings,
        given={"weights"},
        device="cpu",
        encoder=EncoderSettings("ffv1"),
        **options,
    ) as served:
        visitor = enter(served)
        yield Page(served, visitor.headers["Cookie"])


def point(number: int, color: str = "#c02020", **more: Any) -> dict[str, Any]:
    """A point on the thing in a frame."""
    return {
        "at": str(float(time_of(number))),
        "xy": list(middle_of(number)),
        "color": color,
        "radius": 0.06,
        **more,
    }
