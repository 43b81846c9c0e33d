"""Makes a demonstration without the Internet: a photograph becomes a film, the film gets color."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import UsageError
from vidcolor.input.pyav_gaps import converted
from vidcolor.net.checkpoint import load
from vidcolor.pipeline.film import colorize_file

CREDIT = "photograph: china.jpg by danielbuechele, CC BY 2.0, as shipped with scikit-learn"

HEIGHT, WIDTH = 360, 480
FRAMES, RATE = 72, 24


def make_demo(folder: Path, overwrite: bool = False) -> Iterator[str]:
    """Make film.mkv, film.color.mkv and side-by-side.png in `folder`; yields lines that say so.

    Raises UsageError where there is one of them and `overwrite` is false.
    """
    import cv2
    from sklearn.datasets import load_sample_image

    film, colored = folder / "film.mkv", folder / "film.color.mkv"
    picture = folder / "side-by-side.png"
    for path in (film, colored, picture):
        if path.exists() and not overwrite:
            raise UsageError(f"{path}: exists already; --overwrite replaces it")
    folder.mkdir(parents=True, exist_ok=True)

    yield CREDIT
    photograph = load_sample_image("china.jpg")
    luma = rgb_to_yuv(*photograph.transpose(2, 0, 1).astype(np.float32))[0]
    _write_film(film, luma.round().astype(np.uint8))
    yield f"{film}: black-and-white, {FRAMES} frames"
    result = colorize_file(film, colored, Colorizer(load()), overwrite=True)
    yield f"{colored}: in colour, {result.fps:.1f} frames a second on {result.device}"
    pair = np.hstack([_middle_frame(film), _middle_frame(colored)])
    cv2.imwrite(str(picture), pair[..., ::-1])
    yield f"{picture}: both, side by side"


def _write_film(path: Path, luma: np.ndarray) -> None:
    """A camera move over luma (H, W) uint8, in full-range grey."""
    height, width = luma.shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", RATE, options={"crf": "14"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        for index in range(FRAMES):
            done = index / (FRAMES - 1)
            top = round(done * (height - HEIGHT))
            left = round(done * (width - WIDTH))
            view = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            view[:HEIGHT] = luma[top : top + HEIGHT, left : left + WIDTH]
            frame = av.VideoFrame.from_ndarray(view, "yuvj420p")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _middle_frame(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return converted(frames[len(frames) // 2], "rgb24").to_ndarray()
