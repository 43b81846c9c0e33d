"""Charts that Matplotlib draws, as PNG files and as pixels."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_DPI = 110


def chart_png(figure: Figure) -> bytes:
    """Return a chart as a PNG file, at 110 dots per inch."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DPI)
    return content.getvalue()


def chart_pixels(figure: Figure) -> np.ndarray:
    """Return a chart as pixels, (H, W, 3) uint8 RGB, at its own dots per inch."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
