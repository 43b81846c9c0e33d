"""Measuring networks on photographs whose colour is known."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from vidcolor.color import metrics
from vidcolor.color.bins import ColorBins
from vidcolor.color.unrest import spreads as flat_spreads
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.net.predictor import Predictor, resize

from ..data.old_film import old_film
from .baselines import BASELINES
from .candidates import GIVEN, Candidate, Colourist, Photograph
from .figures import TRUTH, BinFigures, Figures, NetworkFigures, PictureFigures
from .pictures import colorize, from_uint8, predict, to_uint8, with_chroma

LARGEST_BATCH = 16
"""The largest number of photographs that are measured at once."""


def evaluate(
    photographs: Sequence[Photograph],
    candidates: Mapping[str, Colourist],
    baselines: Sequence[str] = tuple(BASELINES),
    aged: bool = False,
    quiet: bool = False,
    bins: ColorBins | None = None,
) -> list[Figures]:
    """Measure candidates and baselines on each of the photographs.

    Every picture has the photograph's own size and luma. A network's distribution is measured in
    its own bins.

    Args:
        photographs: what to measure on.
        candidates: who colours them, by name.
        baselines: the names of the baselines.
        aged: whether networks are shown each photograph with an old film's look (`old_film`). The
            pictures keep the photograph's own luma, so that only the colour is measured.
        quiet: whether no progress is shown.
        bins: those of the baselines and of the weights of the balanced accuracy; None for those of
            the first candidate, which is then a network.

    Returns:
        The figures of each photograph, in their order.

    Raises:
        InputError: as `Outside.pictures`.
    """
    if bins is None:
        first = next(iter(candidates.values()))
        assert isinstance(first, Candidate)
        bins = first.predictor.bins
    measured: dict[int, Figures] = {}
    with tqdm(total=len(photographs), unit=" photographs", disable=quiet or None) as progress:
        for places in _batches_of_one_shape(photographs):
            truth = _Truth(np.stack([photographs[place].pixels for place in places]), bins)
            grounds = {name: truth.compare(truth.baseline(name)) for name in baselines}
            luma = truth.aged(places) if aged else truth.luma
            unrest = {TRUTH: truth.spreads(truth.uv)}
            networks = {}
            for name, candidate in candidates.items():
                if isinstance(candidate, Candidate):
                    networks[name], spreads = _measure(truth, luma, candidate)
                else:
                    seen = [candidate.pictures(photographs[place])[GIVEN] for place in places]
                    networks[name], spreads = _measure_given(truth, np.stack(seen))
                unrest |= {f"{name} {setting}": every for setting, every in spreads.items()}
            for position, place in enumerate(places):
                measured[place] = Figures(
                    float(truth.weights[position].mean()),
                    {name: every[position] for name, every in grounds.items()},
                    {name: every[position] for name, every in networks.items()},
                    {name: every[position] for name, every in unrest.items()},
                )
            progress.update(len(places))
    return [measured[place] for place in range(len(photographs))]


def _batches_of_one_shape(photographs: Sequence[Photograph]) -> Iterator[list[int]]:
    """Yield the places of photographs of one shape, at most LARGEST_BATCH at a time."""
    by_shape = defaultdict(list)
    for place, photograph in enumerate(photographs):
        by_shape[photograph.pixels.shape].append(place)
    for group in by_shape.values():
        for start in range(0, len(group), LARGEST_BATCH):
            yield group[start : start + LARGEST_BATCH]


class _Truth:
    """Photographs of one shape, which other pictures are compared with.

    pictures: (B, H, W, 3) uint8 RGB. bins: of the first candidate.
    """

    weights: np.ndarray
    """(B, H, W) float32, 1 / P of each pixel's true bin."""

    def __init__(self, pictures: np.ndarray, bins: ColorBins) -> None:
        self.luma, u, v = rgb_to_yuv(*from_uint8(pictures).split(1, 1))
        self.uv = torch.cat([u, v], 1)
        self.weights = bins.weights(mix=0.0)[bins.assign(self.uv)].numpy()
        self._pictures = pictures
        self._bins = bins

    def aged(self, seeds: Sequence[int]) -> torch.Tensor:
        """Return the luma of an old print of each, (B, 1, H, W), with an age drawn by its seed."""
        generators = (torch.Generator().manual_seed(seed) for seed in seeds)
        pictures = from_uint8(self._pictures).split(1)
        return torch.cat(list(map(old_film, pictures, generators)))

    def baseline(self, name: str) -> torch.Tensor:
        """Return the pictures of a baseline, RGB (B, 3, H, W) in [0, 1]."""
        return with_chroma(self.luma, BASELINES[name](self.uv, self._bins))

    def compare(self, rgb: torch.Tensor) -> list[PictureFigures]:
        """Return the figures of each of the pictures, RGB (B, 3, H, W) in [0, 1]."""
        return list(map(_compare, self._pictures, to_uint8(rgb), self.weights))

    def spreads(self, uv: torch.Tensor) -> list[tuple[float, ...]]:
        """Return for each photograph how UV (B, 2, H, W) is spread in its flat squares."""
        return [tuple(flat_spreads(*each)[0]) for each in zip(self.luma[:, 0], uv, strict=True)]


def _compare(truth: np.ndarray, picture: np.ndarray, weights: np.ndarray) -> PictureFigures:
    """Return the figures of a picture, (H, W, 3) uint8 RGB; weights: (H, W), of its pixels."""
    error = metrics.ab_error(truth, picture)
    return PictureFigures(
        psnr=metrics.psnr(truth, picture),
        ssim=metrics.ssim(truth, picture),
        raw_accuracy=metrics.raw_accuracy(error),
        balanced_accuracy=metrics.raw_accuracy(error, weights),
        ciede2000=metrics.ciede2000(truth, picture),
        colourfulness=metrics.colourfulness(picture),
    )


def _measure(
    truth: _Truth, luma: torch.Tensor, candidate: Candidate
) -> tuple[list[NetworkFigures], dict[str, list[tuple[float, ...]]]]:
    """Return a candidate's figures of each photograph, and by setting the spreads of each.

    luma: (B, 1, H, W), what the network is shown.
    """
    predictor = candidate.predictor
    sizes = {decoding.working_size: None for decoding in candidate.settings.values()}
    probabilities = {size: predict(predictor, luma, size) for size in sizes}
    bins: Sequence[BinFigures | None] = [None] * len(luma)
    if isinstance(predictor, Predictor):
        bins = _compare_bins(next(iter(probabilities.values())).cpu(), truth.uv, predictor)
    pictures, spreads = {}, {}
    for name, decoding in candidate.settings.items():
        seen = probabilities[decoding.working_size]
        colored = colorize(predictor, seen, truth.luma, decoding, luma)
        pictures[name] = truth.compare(colored)
        spreads[name] = truth.spreads(torch.cat(rgb_to_yuv(*colored.split(1, 1))[1:], 1))
    figures = [
        NetworkFigures(own, {name: every[position] for name, every in pictures.items()})
        for position, own in enumerate(bins)
    ]
    return figures, spreads


def _measure_given(
    truth: _Truth, pictures: np.ndarray
) -> tuple[list[NetworkFigures], dict[str, list[tuple[float, ...]]]]:
    """Return what `_measure` does, of pictures (B, H, W, 3) uint8 RGB that others made."""
    rgb = from_uint8(pictures)
    figures = [NetworkFigures(None, {GIVEN: every}) for every in truth.compare(rgb)]
    uv = torch.cat(rgb_to_yuv(*rgb.split(1, 1))[1:], 1)
    return figures, {GIVEN: truth.spreads(uv)}


def _compare_bins(
    probabilities: torch.Tensor, uv: torch.Tensor, predictor: Predictor
) -> list[BinFigures]:
    """Return the figures of each distribution, (B, n, h, w); uv: the true chroma (B, 2, H, W).

    The true bin of a cell is that of the mean chroma over it at the working size, as in training.
    """
    stride = predictor.model.dims.output_stride
    height, width = (cells * stride for cells in probabilities.shape[-2:])
    cells = F.avg_pool2d(resize(uv, (height, width)), stride)
    target = predictor.bins.assign(cells)[:, None]
    true = probabilities.gather(1, target).clamp_min(torch.finfo(torch.float32).tiny)
    likeliest = probabilities.topk(min(5, len(predictor.bins)), 1).indices == target
    columns = (-true.log(), likeliest[:, :1], likeliest.any(1, keepdim=True))
    means = torch.cat(columns, 1).mean((2, 3))
    return [BinFigures(*row) for row in means.tolist()]
