"""Colors as people write them: `#8c1c1c`, or the name that CSS gives them."""

import difflib
import re
from reprlib import repr as short

from PIL import ImageColor

from vidcolor.color.yuv import rgb_to_yuv


def parse_color(text: str) -> tuple[float, float, float]:
    """Return R, G and B in [0, 1] of a color. Raises ValueError, naming the nearest color."""
    name = text.strip().lower()
    if not re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", name) and name not in ImageColor.colormap:
        near = difflib.get_close_matches(name[:40], ImageColor.colormap, n=1, cutoff=0)[0]
        raise ValueError(
            f"{short(text)} is no color; write it as '#8c1c1c', or name one of CSS, such as "
            f"'{near}'"
        )
    red, green, blue = ImageColor.getrgb(name)[:3]
    return red / 255, green / 255, blue / 255


def chroma_of(text: str) -> tuple[float, float]:
    """Return U and V by BT.709 of a color that `parse_color` reads."""
    _, u, v = rgb_to_yuv(*parse_color(text))
    return u, v
