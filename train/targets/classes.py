"""Classes of colour in any space: what a network learns to tell, and the bins that they become."""

from dataclasses import dataclass

import torch

from vidcolor.color.bins import CANDIDATE_SIDES, ColorBins, nearest

from .spaces import SPACES, Space

OUTER = 0.001
"""The share of the samples beyond the outer edges of a grid, at either end of an axis."""


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes of colour: the cells around centres in a space.

    bins: what they are in UV: the mean chroma of each class's pixels, and its frequency. A network
        that tells the classes is decoded by these bins as any other.
    space: the name of the space (`SPACES`).
    centers: (n, axes) float32, in the space; None where the bins' own are meant, in UV.
    cell: (2,) float32, the sides of a cell where classes are pairs of two parts, of which `centers`
        are then (`Space.split`); None where they are none.
    """

    bins: ColorBins
    space: str = "yuv"
    centers: torch.Tensor | None = None
    cell: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.bins)

    @classmethod
    def fit(cls, luma: torch.Tensor, uv: torch.Tensor, count: int, space: str) -> "Classes":
        """Cut a space into squares or cubes and keep the `count` most frequent.

        As in `ColorBins.fit`, one is centred on the origin, and the side is the one whose classes
        reproduce the samples best. luma, uv: (N,) and (N, 2) float32. Raises ValueError where no
        side gives `count` classes.
        """
        if space == "yuv":
            return cls(ColorBins.fit(uv, count))
        coordinates = _points(SPACES[space], luma, uv)
        sides = [side * SPACES[space].unit for side in CANDIDATE_SIDES]
        fits = [found for side in sides if (found := cls._cut(coordinates, uv, count, side, space))]
        if not fits:
            raise ValueError(f"the samples fill fewer than {count} cells at every side")
        errors = [found._error(coordinates, uv) for found in fits]
        return fits[errors.index(min(errors))]

    @classmethod
    def _cut(
        cls, points: torch.Tensor, uv: torch.Tensor, count: int, side: float, space: str
    ) -> "Classes | None":
        """Return the `count` most frequent cells of one side; None where fewer are filled."""
        cells = torch.floor(points / side + 0.5)
        _, cell, pixels = cells.unique(dim=0, return_inverse=True, return_counts=True)
        if len(pixels) < count:
            return None
        kept = pixels.argsort(descending=True, stable=True)[:count]
        centers = _means(points, cell, len(pixels))[kept]
        return cls._counted(points, uv, centers, side / SPACES[space].unit, space)

    @classmethod
    def _counted(
        cls, points: torch.Tensor, uv: torch.Tensor, centers: torch.Tensor, side: float, space: str
    ) -> "Classes":
        """Return the classes around centres; points: the samples there, uv: their chroma."""
        members = nearest(points, centers)
        pixels = torch.bincount(members, minlength=len(centers))
        chroma = _means(uv, members, len(centers))
        return cls(ColorBins(chroma, pixels / pixels.sum(), side), space, centers)

    @classmethod
    def grid(cls, luma: torch.Tensor, uv: torch.Tensor, side: int, space: str) -> "Classes":
        """Divide both parts of a space evenly: side x side classes, pair i side + j of both.

        The ends of each axis lie where `OUTER` of the samples are beyond, which count for the
        outermost cells. A class without samples has the chroma of its middle at half luma. luma,
        uv: as for `fit`; the space has two axes.
        """
        parts = _parts(SPACES[space], _points(SPACES[space], luma, uv))
        low, high = (torch.quantile(parts, q, 0) for q in (OUTER, 1 - OUTER))
        cell = (high - low).clamp_min(torch.finfo(low.dtype).eps) / side
        steps = torch.arange(side) + 0.5
        centers = low + torch.cartesian_prod(steps, steps) * cell
        found = cls._counted(parts / cell, uv, centers / cell, 0.0, space)
        empty = found.bins.frequencies == 0
        chroma = torch.where(empty[:, None], _chroma_at(SPACES[space], centers), found.bins.centers)
        bins = ColorBins(chroma, found.bins.frequencies, float(cell.mean()) / SPACES[space].unit)
        return cls(bins, space, centers, cell)

    def _error(self, points: torch.Tensor, uv: torch.Tensor) -> float:
        """Return what `ColorBins.error` tells, of pixels that become their class's chroma."""
        assert self.centers is not None
        made = self.bins.centers[nearest(points, self.centers)]
        return ColorBins(torch.zeros(1, 2), torch.ones(1), 1.0).error(made - uv)

    def assign(self, luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
        """Return the class of each pixel, (B, H, W) int64; luma: (B, 1, H, W), uv: (B, 2, H, W)."""
        if self.centers is None:
            return self.bins.assign(uv)
        points = SPACES[self.space].coordinates(luma, uv)
        flat = points.movedim(1, -1).flatten(0, -2)
        centers = self.centers.to(uv.device)
        if self.cell is not None:
            cell = self.cell.to(uv.device)
            flat, centers = _parts(SPACES[self.space], flat) / cell, centers / cell
        return nearest(flat, centers).reshape(len(uv), *uv.shape[2:])

    def encode(self, luma: torch.Tensor, uv: torch.Tensor, neighbours: int) -> torch.Tensor:
        """Return soft targets, (B, n, H, W) float32, as `ColorBins.encode` does, in the space."""
        if self.centers is None:
            return self.bins.encode(uv, neighbours)
        space = SPACES[self.space]
        points = space.coordinates(luma, uv)
        there = ColorBins(self.centers, self.bins.frequencies, self.bins.side * space.unit)
        return there.encode(points, neighbours)


def _points(space: Space, luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
    """Return the coordinates (N, axes) of samples, luma (N,) and uv (N, 2)."""
    planes = space.coordinates(luma[:, None, None, None], uv[:, :, None, None])
    return planes[:, :, 0, 0]


def _parts(space: Space, points: torch.Tensor) -> torch.Tensor:
    """Return the two parts (N, 2) of coordinates (N, 2)."""
    return space.split(points) if space.split else points


def _chroma_at(space: Space, parts: torch.Tensor) -> torch.Tensor:
    """Return the chroma (N, 2) of two parts (N, 2) at half luma."""
    points = space.join(parts) if space.join else parts
    luma = torch.full((len(points), 1, 1, 1), 0.5)
    return space.chroma(points[:, :, None, None], luma)[:, :, 0, 0]


def _means(values: torch.Tensor, members: torch.Tensor, count: int) -> torch.Tensor:
    """Return the mean of the values (N, any) of each of `count` groups; 0 of one without any.

    members: (N,) int64, the group of each. Returns (count, any) float32.
    """
    sums = torch.zeros(count, values.shape[1], dtype=torch.float64)
    sums.index_add_(0, members, values.double())
    return (sums / torch.bincount(members, minlength=count).clamp_min(1)[:, None]).float()
