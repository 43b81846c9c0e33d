"""What there is to tell of marks in the picture they were given for; none of it is an error."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from vidcolor.color.yuv import fit_to_luma, yuv_to_rgb
from vidcolor.errors import UsageError
from vidcolor.hints.marks import Mark, Point, Region
from vidcolor.hints.named_colors import chroma_of
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import cover

_SEEN = 1.0
"""A CIEDE2000 that can be seen."""


def check_marks(
    marks: Sequence[tuple[str, Mark]], placement: Placement, luma: np.ndarray
) -> Iterator[str]:
    """Yield a line for each mark that does not do what it seems to.

    Args:
        marks: with their names, such as "point 3"; a later one lies over earlier ones.
        placement: of the active picture.
        luma: of that, (h, w) float32 in [0, 1], at the size of the hints.

    Raises as `cover`.
    """
    points: dict[tuple[int, ...], str] = {}
    for name, mark in marks:
        try:
            covered = cover(mark, placement, luma.shape)
        except UsageError as error:
            raise UsageError(f"{name}: {error}") from None
        if not covered.any():
            yield (
                f"{name}: what its mask shows bright lies in the black bars, or is nothing"
                if isinstance(mark, Region) and mark.mask is not None
                else f"{name} lies in the black bars, which stay grey"
            )
            continue
        if isinstance(mark, Point):
            cell = tuple(np.floor(placement.cells((mark.xy,), luma.shape)[0]).astype(int))
            if cell in points:
                yield (
                    f"{points[cell]} and {name} lie within one pixel of the size at which hints "
                    f"spread; {name} counts"
                )
            points[cell] = name
        nearest, away = nearest_color(mark.color, float(luma[covered].mean()))
        if away > _SEEN:
            yield (
                f"{name}: the picture is too {'bright' if luma[covered].mean() > 0.5 else 'dark'} "
                f"there for {mark.color}; the nearest that it can hold is {nearest} "
                f"(CIEDE2000 {away:.1f})"
            )


def nearest_color(color: str, luma: float) -> tuple[str, float]:
    """Return the color, as `#rrggbb`, that a luma in [0, 1] can hold instead of one asked for.

    Also its CIEDE2000 from the chroma asked for at that luma, outside of RGB as that may be.
    """
    from skimage.color import deltaE_ciede2000, rgb2lab  # late: it takes long to load

    uv = torch.tensor(chroma_of(color), dtype=torch.float32)[:, None, None]
    y = torch.full((1, 1, 1), luma)
    wanted, held = (
        np.stack([float(part) for part in yuv_to_rgb(luma, *each.flatten())])
        for each in (uv, fit_to_luma(uv, y, y))
    )
    away = float(deltaE_ciede2000(rgb2lab(wanted[None, None]), rgb2lab(held[None, None]))[0, 0])
    codes = (held * 255).round().clip(0, 255).astype(int)
    return "#" + "".join(f"{code:02x}" for code in codes), away
