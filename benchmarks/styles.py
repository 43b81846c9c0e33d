"""What a picture's style is worth for another picture, beside older ways, and part by part.

The photographs are packed ones, which no network was trained on. `halves`: one half of each is the
reference for the other half, of which PSNR and CIEDE2000 tell how near it comes to the truth.
`others`: the reference is the photograph, of all given, that is most alike in outline; there the
truth has other colors, and what counts is how far the colors are from the reference's, as the share
of the picture whose bin would have to change, and how little is lost for it.

    python benchmarks/styles.py halves|others PACKED... [--every 8] [--decoder DECODER.pt]

DECODER.pt: the published network's, by `style_net.py`.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias
from unittest import mock

import numpy as np
import torch
from style_baselines import cluster_palettes, luma_neighbourhood, mean_and_variance
from style_net import Encoder, StyleNet
from torch.nn import functional as F

from vidcolor.color import metrics
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.colorize import style as styles
from vidcolor.colorize.multipliers import find_multipliers, multiply
from vidcolor.colorize.pool import pool
from vidcolor.colorize.references import Reference, matched
from vidcolor.colorize.saturation import luma_of_cells
from vidcolor.colorize.spread import spread
from vidcolor.colorize.style import Seen, Style, mean_color, styled
from vidcolor.draw.pixels import rgb_pixels
from vidcolor.net.checkpoint import load
from vidcolor.net.decoding import Decoding
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import Predictor, resize, working_shape
from vidcolor.train.data.photographs import Photographs


@dataclass(frozen=True, eq=False)
class Known:
    """A photograph: its planes, what the network makes of it, and its style."""

    luma: np.ndarray
    chroma: np.ndarray
    seen: Seen
    probabilities: torch.Tensor
    automatic: torch.Tensor
    style: Style


Way: TypeAlias = Callable[[Known, Known], torch.Tensor]
"""Makes the chroma of a photograph of another one."""


class Studio:
    """The network, and the ways that need it."""

    def __init__(self, decoder: Path | None) -> None:
        checkpoint = load("film")
        self.decoding: Decoding = checkpoint.decoding
        self.predictor = Predictor(
            checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32
        )
        self.net = StyleNet()
        if decoder is not None:
            kept = torch.load(decoder, weights_only=True)
            self.net.decoder.load_state_dict(kept["decoder"])
            print(f"published network after {kept['step']} steps")

    @torch.inference_mode()
    def known(self, rgb: np.ndarray) -> Known:
        """Return all that is known of a photograph, (H, W, 3) uint8."""
        planes = rgb_to_yuv(*(np.float32(rgb) / 255).transpose(2, 0, 1))
        luma, chroma = planes[0], np.stack(planes[1:])
        size, stride = self.decoding.working_size, self.predictor.model.dims.output_stride
        shape = working_shape(*luma.shape, Fraction(1), size, stride)
        shown = resize(torch.from_numpy(luma)[None, None], shape).clamp(0, 1)
        probabilities = self.predictor.probabilities(shown)
        automatic = self.predictor.chroma(pool(probabilities, shown), self.decoding)[0]
        cells = luma_of_cells(shown[0], probabilities.shape[2:])[0]
        mean = mean_color(self.predictor, probabilities[0])
        seen = Seen(shown[0, 0], cells, self.predictor.features(shown)[0], mean)
        lent = Style.lent(luma, chroma, np.ones_like(luma), self.predictor, size)
        return Known(luma, chroma, seen, probabilities[0], automatic, lent)

    def spread(self, target: Known, told: HintMap) -> torch.Tensor:
        """Return the chroma of a photograph of which so much is told, as films are colored."""
        added = spread(target.seen.luma, target.probabilities, target.automatic, told)
        return target.automatic + added

    def palette(self, target: Known, reference: Known) -> torch.Tensor:
        """Return the chroma when colors are as frequent as in the reference: `--like`."""
        shares = self.frequencies(reference.chroma)
        multipliers = find_multipliers(target.probabilities.flatten(1), shares)
        changed = multiply(target.probabilities, multipliers)[None]
        pooled = pool(changed, target.seen.shown[None, None])
        return self.predictor.chroma(pooled, self.decoding)[0]

    def matched(self, target: Known, reference: Known) -> torch.Tensor:
        """Return the chroma with the reference matched place by place, whatever the gate says."""
        style = reference.style
        plain = Reference(style.features, style.luma, style.chroma, style.known)
        return self.spread(target, matched(target.seen.features, target.seen.luma, [plain]))

    def published(self, where: Sequence[str], target: Known, reference: Known) -> torch.Tensor:
        """Return what the published transfer network makes, spread; where: as for `transfer`."""
        mine = styles._rgb(target.seen.shown, target.automatic)
        chroma = resize(torch.from_numpy(reference.chroma)[None], reference.seen.shown.shape)[0]
        theirs = styles._rgb(reference.seen.shown, chroma)
        rgb = self.net.transfer(mine, theirs, where)[0].clamp(0, 1)
        made = torch.stack(rgb_to_yuv(*rgb)[1:])
        coarse = F.adaptive_avg_pool2d(made, target.seen.luma.shape)
        return self.spread(target, _everywhere(coarse))

    def style(
        self, target: Known, reference: Known, *, grey: bool = False, encoder: Any = None,
        share: float = 1.0, **changed: float,
    ) -> torch.Tensor:  # fmt: skip
        """Return the chroma in the reference's style.

        Args:
            target, reference: both photographs.
            grey: whether the encoder is shown grey pictures.
            encoder: for which the network's features are exchanged.
            share: of the places that are hints; those of a part of them weigh 1.
            changed: constants of `colorize.style`.
        """
        lent, seen = reference.style, target.seen
        if encoder is not None:
            chroma, mine = (torch.zeros(2, 1, 1),) * 2 if grey else (lent.chroma, seen.automatic)
            theirs = styles._rgb(reference.seen.shown, chroma)
            levels = encoder(styles._rgb(seen.shown, mine), encoder(theirs))
            middles = [each.mean((2, 3), keepdim=True) for each in encoder(theirs)]
            lent = replace(lent, features=styles._cells(encoder(theirs), middles, lent.luma))
            seen = replace(seen, features=styles._cells(levels, middles, seen.luma))
        with mock.patch.multiple(styles, _LUMA=changed.pop("_LUMA", styles._LUMA), **changed):
            told = styled(seen, [lent])
        if share < 1:
            random = torch.Generator().manual_seed(0)
            taken = torch.rand(told.weight.shape, generator=random) < share
            told = replace(told, weight=taken.float())
        return self.spread(target, told)

    def frequencies(self, chroma: np.ndarray) -> torch.Tensor:
        """Return how frequent each bin is in chroma (2, H, W)."""
        bins = self.predictor.bins
        counts = torch.bincount(
            bins.assign(torch.from_numpy(chroma)[None]).flatten(), minlength=len(bins.centers)
        )
        return counts / counts.sum()

    def ways(self, has_decoder: bool) -> dict[str, Way]:
        """Return all ways by their names."""
        found: dict[str, Way] = {
            "automatic": lambda t, r: t.automatic,
            "palette (--like)": self.palette,
            "mean and variance (Reinhard)": lambda t, r: mean_and_variance(t.automatic, r.style),
            "luma neighbourhood (Welsh)": lambda t, r: luma_neighbourhood(t.seen, r.style),
            "palettes of clusters": lambda t, r: cluster_palettes(t.seen, t.automatic, r.style),
            "matched, not gated": self.matched,
        }
        if has_decoder:
            for where in (("encoder",), ("decoder",), ("encoder", "decoder")):
                found[f"published, AdaIN in {' and '.join(where)}"] = lambda t, r, where=where: (
                    self.published(where, t, r)
                )
        plain, adapted = _WithoutAdaIN(Encoder()), Encoder()
        variants: dict[str, dict[str, Any]] = {
            "style": {},
            "style, nothing pre-coloured": {"_PRE_COLOR": 0.0},
            "style, luma does not count": {"_LUMA": 0.0},
            "style, way down on grey": {"encoder": adapted, "grey": True},
            "style, way down on pre-colour": {"encoder": adapted},
            "style, the same without AdaIN": {"encoder": plain},
            "style, a tenth of the places": {"share": 0.1},
            "style, a hundredth": {"share": 0.01},
        }
        for name, options in variants.items():
            found[name] = lambda t, r, options=options: self.style(t, r, **options)
        return found


class _WithoutAdaIN:
    """An encoder that leaves features as they are."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __call__(self, rgb: torch.Tensor, style: object = None) -> list[torch.Tensor]:
        return self._encoder(rgb)


def _everywhere(chroma: torch.Tensor) -> HintMap:
    """Return a coarse map as styles have it."""
    weight = torch.full(chroma.shape[1:], styles._WEIGHT)
    return HintMap(chroma, weight, weight < 0)


def halves(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the two halves of a photograph, cut across its longer side."""
    height, width = rgb.shape[:2]
    if width >= height:
        return rgb[:, : width // 2], rgb[:, width - width // 2 :]
    return rgb[: height // 2], rgb[height - height // 2 :]


def neighbours(known: Sequence[Known]) -> list[tuple[Known, Known]]:
    """Return a third of photographs, those that have the likest others, with these."""
    outlines = [F.adaptive_avg_pool2d(each.seen.features, (3, 4)).flatten() for each in known]
    alike = F.normalize(torch.stack(outlines)) @ F.normalize(torch.stack(outlines)).T
    likest, other = alike.fill_diagonal_(-1).max(1)
    chosen = likest.argsort(descending=True)[: len(known) // 3].tolist()
    return [(known[n], known[int(other[n])]) for n in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["halves", "others"])
    parser.add_argument("photographs", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=8)
    parser.add_argument("--decoder", type=Path)
    parser.add_argument("--ways", default="", help="those alone whose names begin so")
    given = parser.parse_args()
    torch.set_num_threads(1)
    studio = Studio(given.decoder)
    pairs: list[tuple[Known, Known]] = []
    for folder in given.photographs:
        packed = Photographs(folder)
        chosen = [np.array(packed[n]) for n in packed.validation[:: given.every]]
        if given.kind == "halves":
            cut = [[studio.known(half) for half in halves(each)] for each in chosen]
            pairs += [(right, left) for left, right in cut]
        else:
            pairs += neighbours([studio.known(each) for each in chosen])
    print(
        f"{given.kind}, {len(pairs)} pairs: PSNR, CIEDE2000, distance from the reference's colors"
    )
    base = None
    with torch.inference_mode():
        for name, way in studio.ways(given.decoder is not None).items():
            if not (base is None or name.startswith(given.ways)):
                continue
            rows = []
            for target, reference in pairs:
                height, width = target.luma.shape
                uv = resize(way(target, reference)[None], (height, width))[0].clamp(-0.5, 0.5)
                made = rgb_pixels(target.luma, uv.permute(1, 2, 0).numpy())
                true = rgb_pixels(target.luma, target.chroma.transpose(1, 2, 0))
                away = studio.frequencies(uv.numpy()) - studio.frequencies(reference.chroma)
                rows.append(
                    (
                        metrics.psnr(true, made),
                        metrics.ciede2000(true, made),
                        float(away.abs().sum() / 2),
                    )
                )
            figures = np.array(rows)
            base = figures if base is None else base
            gains = figures[:, 0] - base[:, 0]
            mean = figures.mean(0)
            print(
                f"{name:34s} {mean[0]:.2f} {mean[1]:.2f} {mean[2]:.2f}  "
                f"gain {gains.mean():+.2f} ± {gains.std() / len(gains) ** 0.5:.2f}, "
                f"below automatic {np.mean(gains < -0.1):.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
