"""HTML pages, read as a browser would, to see what is on them and what they refer to."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
from PIL import Image


class Page(HTMLParser):
    """What a page shows: texts by the tag they stand in, and table cells by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        """All that it refers to."""
        self.texts: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        """Of all tables: the texts of their cells, pictures as what they refer to."""
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open = tag
        references = [value or "" for name, value in attrs if name in ("src", "href", "srcset")]
        self.sources += references
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "img" and self.rows and self.rows[-1]:
            self.rows[-1][-1] += "".join(references)

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open, []).append(data)
        if self._open in ("td", "th"):
            self.rows[-1][-1] += data

    def stands_alone(self) -> bool:
        """Whether it needs nothing but itself: pictures within, no scripts nor other documents."""
        inside = all(source.startswith("data:image/") for source in self.sources)
        styles = "".join(self.texts.get("style", []))
        foreign = {"script", "link", "iframe", "object", "embed", "base"} & set(self.tags)
        return inside and not foreign and not re.search(r"url\(|@import", styles)


def decoded(source: str) -> Image.Image:
    """The picture that a page holds in a data: reference, whose type is the one it claims."""
    found = re.fullmatch(r"data:image/(\w+);base64,(.+)", source)
    assert found
    picture = Image.open(io.BytesIO(base64.b64decode(found[2])))
    assert picture.format
    assert picture.format.lower() == found[1]
    return picture


def pixels(source: str) -> np.ndarray:
    """The same as an array, (H, W) or (H, W, 3)."""
    with decoded(source) as picture:
        return np.asarray(picture)
