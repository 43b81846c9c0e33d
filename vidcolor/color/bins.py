"""Colour as classes: the bins of the UV plane (Zhang et al. 2016, section 2; ColorUNet 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from vidcolor.color.yuv import chroma_offsets

TABLE_SIDE = 512
"""The number of the look-up table's cells along each axis; a cell is 1/512 of the UV plane's side,
half the step of an 8-bit chroma code."""

CANDIDATE_SIDES = tuple(hundredths / 100 for hundredths in range(3, 13))
"""The bin sides, in UV units, that `ColorBins.fit` tries unless told otherwise."""

REBALANCE_MIX = 0.5
"""The λ of the rebalancing weights used in decoding (Zhang et al. 2016, equation 4)."""


def nearest(uv: torch.Tensor, centers: torch.Tensor) -> torch.Tensor:
    """Return the index of the centre nearest to each chroma.

    uv: (N, 2). centers: (n, 2). Returns (N,) int64.
    """
    # In parts, so that the distances of all pixels to all centres never stand in memory at once.
    return torch.cat([torch.cdist(part, centers).argmin(1) for part in uv.split(1 << 16)])


def distributions(logits: torch.Tensor) -> torch.Tensor:
    """Return the softmax over the bins, of logits (B, n, h, w): the same shape.

    Each picture's is computed alone. Threads that share a batch round otherwise where their parts
    of it end, and that is in the midst of pictures, elsewhere for each place in the batch.
    """
    return torch.stack([picture.softmax(0) for picture in logits])


@dataclass(frozen=True, eq=False)
class ColorBins:
    """The n classes of chroma that the network tells apart.

    centers: (n, 2) float32, the mean U and V of each bin's pixels, in [-0.5, 0.5].
    frequencies: (n,) float32, the share of the training pixels that are nearest to each centre;
        they sum to 1.
    side: the side of each bin's square in the UV plane, in UV units.
    """

    centers: torch.Tensor
    frequencies: torch.Tensor
    side: float

    def __len__(self) -> int:
        return len(self.centers)

    @classmethod
    def fit(
        cls, uv: torch.Tensor, count: int = 32, sides: Sequence[float] = CANDIDATE_SIDES
    ) -> "ColorBins":
        """Divide the UV plane into squares and keep the `count` most frequent (ColorUNet 2018).

        uv: (N, 2) float32 chroma samples. One square is centred on grey. The side is chosen among
        `sides`: the one whose bins reproduce the samples best, with the smallest mean squared RGB
        error when each sample is replaced by its nearest centre. Raises ValueError where no side
        gives `count` bins.
        """
        fits = [bins for side in sides if len(bins := cls._cut(uv, count, side)) == count]
        if not fits:
            raise ValueError(f"the samples fill fewer than {count} bins at every side")
        return min(fits, key=lambda bins: bins.error(uv))

    @classmethod
    def _cut(cls, uv: torch.Tensor, count: int, side: float) -> "ColorBins":
        """Return the `count` most frequent squares of one side, or fewer if fewer are filled."""
        row, column = torch.floor(uv / side + 0.5).to(torch.int64).unbind(1)
        across = round(1 / side) + 2
        _, square, pixels = (row * across + column).unique(return_inverse=True, return_counts=True)
        kept = pixels.argsort(descending=True, stable=True)[:count]
        sums = torch.zeros(len(pixels), 2, dtype=torch.float64).index_add_(0, square, uv.double())
        centers = (sums[kept] / pixels[kept, None]).float()
        return cls(centers, torch.full((len(centers),), 1 / len(centers)), side).counted(uv)

    def counted(self, uv: torch.Tensor) -> "ColorBins":
        """Return the same bins with the frequencies that they have among uv (N, 2)."""
        members = torch.bincount(nearest(uv, self.centers), minlength=len(self))
        return ColorBins(self.centers, members / members.sum(), self.side)

    def error(self, uv: torch.Tensor) -> float:
        """Return the mean squared RGB error of replacing each of uv (N, 2) by its nearest centre.

        RGB is in [0, 1].
        """
        lost = self.centers[nearest(uv, self.centers)] - uv
        return float(torch.stack(chroma_offsets(lost[:, 0], lost[:, 1])).square().mean())

    @cached_property
    def _table(self) -> torch.Tensor:
        """The bin nearest to the middle of each cell of the UV plane, (512, 512) int64."""
        middles = (torch.arange(TABLE_SIDE) + 0.5) / TABLE_SIDE - 0.5
        cells = torch.cartesian_prod(middles, middles)
        return nearest(cells, self.centers.cpu()).reshape(TABLE_SIDE, TABLE_SIDE)

    def assign(self, uv: torch.Tensor) -> torch.Tensor:
        """Return the nearest bin of each pixel: uv (B, 2, H, W) -> (B, H, W) int64.

        A table is looked up. The result is exact except for pixels within half a cell's diagonal
        of the border between two bins.
        """
        cells = ((uv + 0.5) * TABLE_SIDE).long().clamp_(0, TABLE_SIDE - 1)
        return self._table.to(uv.device)[cells[:, 0], cells[:, 1]]

    def encode(self, uv: torch.Tensor, neighbours: int) -> torch.Tensor:
        """Return soft targets: uv (B, 2, H, W) -> (B, n, H, W) float32, sum 1 over the bins.

        Each pixel is shared among its `neighbours` nearest bins by a Gaussian of the distance
        whose standard deviation is half a bin's side (Zhang et al. 2016, section 2.2: five
        neighbours, half a bin's side).
        """
        pixels = uv.movedim(1, -1)
        centers = self.centers.to(uv.device)
        distances, nearest = torch.cdist(pixels.flatten(1, 2), centers).topk(
            neighbours, largest=False
        )
        shares = (-(distances**2) / (2 * (self.side / 2) ** 2)).softmax(-1)
        encoded = shares.new_zeros(*nearest.shape[:2], len(self)).scatter_(2, nearest, shares)
        return encoded.unflatten(1, pixels.shape[1:3]).movedim(-1, 1)

    def weights(self, mix: float = REBALANCE_MIX) -> torch.Tensor:
        """Return the rebalancing weights, (n,) float32 (Zhang et al. 2016, equation 4).

        w_b ∝ 1 / ((1 - mix) P(b) + mix / n), scaled so that Σ P(b) w_b = 1. mix is in [0, 1];
        1 gives no rebalancing. At 0, a bin that never occurs gets the weight of the rarest bin
        that does occur.
        """
        smoothed = (1 - mix) * self.frequencies + mix / len(self)
        weights = 1 / smoothed.clamp_min(smoothed[smoothed > 0].min())
        return weights / (self.frequencies * weights).sum()

    def smoothed(self) -> "ColorBins":
        """Return the same bins with frequencies that neighbouring bins share.

        Each bin's is dealt out among all by a Gaussian of the distance whose standard deviation is
        half a bin's side (Zhang et al. 2016, section 2.2, smooth P before they rebalance).
        """
        distances = torch.cdist(self.centers, self.centers)
        shares = (-(distances**2) / (2 * (self.side / 2) ** 2)).softmax(1)
        return ColorBins(self.centers, self.frequencies @ shares, self.side)

    def decode(
        self, probabilities: torch.Tensor, temperature: float, rebalance: float
    ) -> torch.Tensor:
        """Return the annealed mean of the rebalanced distribution, UV (B, 2, H, W).

        probabilities: (B, n, H, W) float32. With z_b ∝ w_b^rebalance p_b, the result is
        Σ_b c_b z_b^(1/T) / Σ_b z_b^(1/T) (Zhang et al. 2016, equation 5). Temperature 1 gives the
        mean; towards 0 it approaches the mode, and 0 gives the mode itself, the first bin where
        several are equal. rebalance 0 decodes a calibrated net as it is; 1 gives what training
        with the weights would give.
        """
        centers = self.centers.to(probabilities.device)
        weights = self.weights().to(probabilities.device)
        log_z = probabilities.clamp_min(torch.finfo(probabilities.dtype).tiny).log()
        log_z += rebalance * weights.log()[:, None, None]
        if temperature == 0:
            return centers[log_z.argmax(1)].movedim(-1, 1).contiguous()
        shares = distributions(log_z / temperature)
        # Made contiguous, because interleaved planes are resized at a third of the speed.
        return torch.einsum("bnhw,nc->bchw", shares, centers).contiguous()
